/** OpenAI's words for how much a model may think, and `max`, which vLLM has beside them. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** `low=0.2`: an effort, and the share of what an answer may use that its thought may have. */
export interface EffortShare {
  readonly effort: Effort;
  readonly share: number;
}

const SHARES: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.9,
  max: 1,
};

/** The share of an effort: as an operator set it, the last word counting, else the table's. */
export function shareOf(effort: Effort, set: readonly EffortShare[]): number {
  return set.findLast((each) => each.effort === effort)?.share ?? SHARES[effort];
}
