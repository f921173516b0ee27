/** How a schema counts: as the first of these that it is. */
export const OUTCOMES = ['crash', 'compile', 'validation', 'invalidation', 'passing'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What an engine made of one schema. Times in microseconds. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: Outcome;
  /** Why, where it isn't passing. */
  readonly why: string;
  readonly compileUs: number;
  /** Of each token's mask, nothing being built before the instance. */
  readonly maskUs: readonly number[];
  /** The same again, with what the first time has left. */
  readonly warmUs: readonly number[];
}

export interface Times {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
}

export function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { mean, p50: at(0.5), p99: at(0.99) };
}

/** The worse of two outcomes. */
export function worse(a: Outcome, b: Outcome): Outcome {
  return OUTCOMES.indexOf(a) <= OUTCOMES.indexOf(b) ? a : b;
}
