import { incompleteBeta } from './beta.js';
import type { VoteTally } from './majority.js';

/**
 * Whether sampling can stop, by Adaptive-Consistency (arXiv 2305.11860) with its Beta approximation:
 * the leader would stay the majority, over endless sampling, with a probability of `confidence` or
 * more. A tally without votes never stops. Throws unless `confidence` is between 0 and 1, both
 * excluded.
 */
export function stopsAt(confidence: number, tally: VoteTally): boolean {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`sampling can't stop at a confidence of ${confidence}`);
  }
  const [leader, second] = tally.counts();
  if (leader === undefined) return false;
  return probabilityOfMajority(leader.votes, second?.votes ?? 0) >= confidence;
}

/**
 * P(p > 1/2) where p is the leader's share of the votes for the first two, of which Beta(first + 1,
 * second + 1) is the posterior under a uniform prior. That is 1 - I_1/2(first + 1, second + 1).
 */
function probabilityOfMajority(first: number, second: number): number {
  return incompleteBeta(0.5, second + 1, first + 1);
}
