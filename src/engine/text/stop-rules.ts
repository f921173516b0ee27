import type { Finish } from '../types.js';

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
export function finishAt(rules: StopRules, tokenId: number, generated: number): Finish | null {
  if (generated > rules.minTokens) {
    if (rules.stopTokenIds.includes(tokenId)) return stopped(tokenId);
    if (!rules.ignoreEos && rules.eosIds.includes(tokenId)) return stopped(null);
  }
  return generated >= rules.maxTokens ? NO_MORE_TOKENS : null;
}

/** An end of sequence, or what of the request's own ends `matched`. */
export function stopped(matched: string | number | null): Finish {
  return { reason: 'stop', matched, repetition: false };
}

export const NO_MORE_TOKENS: Finish = { reason: 'length', matched: null, repetition: false };

/** A text that repeats itself; one that a grammar holds may not be whole. */
export function stuck(insideGrammar: boolean): Finish {
  return { reason: insideGrammar ? 'length' : 'stop', matched: null, repetition: true };
}

/**
 * Ids that must not be drawn as the next token after `generated` ones: a sequence that drew its
 * end before `minTokens` would have to go on from a state that the model was never trained on.
 */
export function bannedIds(rules: StopRules, generated: number): readonly number[] {
  if (generated >= rules.minTokens) return [];
  return rules.ignoreEos ? rules.stopTokenIds : [...rules.eosIds, ...rules.stopTokenIds];
}
