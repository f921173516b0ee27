import type { Tokenizer } from '../../tokenizer/tokenizer.js';

/** A token's string and bytes. Ids of a padded vocabulary beyond the tokenizer's stand for nothing. */
export function tokenText(tokenizer: Tokenizer, id: number): { token: string; bytes: Uint8Array } {
  const bytes = tokenBytes(tokenizer, id);
  return { token: Buffer.from(bytes).toString('utf8'), bytes };
}

function tokenBytes(tokenizer: Tokenizer, id: number): Uint8Array {
  const { bytes, offsets } = tokenizer.table;
  if (id < 0 || id + 1 >= offsets.length) return new Uint8Array(0);
  return bytes.subarray(offsets[id], offsets[id + 1]);
}

/** The least log-probability that JSON is given: it has no infinity. vLLM's number. */
const LEAST_LOGPROB = -9999;

export function finiteLogprob(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : LEAST_LOGPROB;
}
