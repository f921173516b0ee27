import type { FinishReason } from '../types.js';

/** The part of a request that decides which token ids end a sequence. */
export interface StopRules {
  /** Every id that ends an answer, from the checkpoint. */
  readonly eosIds: readonly number[];
  readonly stopTokenIds: readonly number[];
  readonly ignoreEos: boolean;
  /** No end of sequence and no stop token before this many. */
  readonly minTokens: number;
  /** Tokens that may be generated. */
  readonly maxTokens: number;
}

/**
 * Whether a drawn token ends its sequence, and why. `generated` counts it. With `stop` the ending
 * token's text is not part of the answer; `matched` is its id, or null for an end of sequence.
 */
export function finishAt(
  rules: StopRules,
  tokenId: number,
  generated: number,
): { readonly reason: FinishReason; readonly matched: number | null } | null {
  if (generated > rules.minTokens) {
    if (rules.stopTokenIds.includes(tokenId)) return { reason: 'stop', matched: tokenId };
    if (!rules.ignoreEos && rules.eosIds.includes(tokenId))
      return { reason: 'stop', matched: null };
  }
  return generated >= rules.maxTokens ? { reason: 'length', matched: null } : null;
}

/**
 * Ids that must not be drawn as the next token after `generated` ones: a sequence that drew its
 * end before `minTokens` would have to go on from a state that the model was never trained on.
 */
export function bannedIds(rules: StopRules, generated: number): readonly number[] {
  if (generated >= rules.minTokens) return [];
  return rules.ignoreEos ? rules.stopTokenIds : [...rules.eosIds, ...rules.stopTokenIds];
}
