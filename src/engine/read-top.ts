import { MAX_TOP_LOGPROBS } from '../native/addon.js';
import type { TokenLogprob } from './types.js';

/** The best `count` of entry `index`; where the vocabulary has fewer, ids of -1 follow them. */
export function readTop(
  ids: Int32Array,
  logprobs: Float32Array,
  index: number,
  count: number,
): TokenLogprob['top'] {
  const first = index * MAX_TOP_LOGPROBS;
  const top: { id: number; logprob: number }[] = [];
  for (let i = first; i < first + count && ids[i]! >= 0; i++) {
    top.push({ id: ids[i]!, logprob: logprobs[i]! });
  }
  return top;
}
