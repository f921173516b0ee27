/** How fast a model could decode if a token cost only the reading of weights and KV. */
import type { BenchResult } from '../../src/cli/bench.js';

/** What is read for a token on average, in bytes: the weights of a step, and the KV of the context so far. */
export function bytesPerToken({
  stepWeightBytes,
  kvBytesPerToken,
  prompt,
  generate,
}: Pick<BenchResult, 'stepWeightBytes' | 'kvBytesPerToken' | 'prompt' | 'generate'>): number {
  // The first decoded token sees prompt + 1 positions, the last prompt + generate.
  return stepWeightBytes + kvBytesPerToken * (prompt + (generate + 1) / 2);
}
