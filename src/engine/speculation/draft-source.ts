import type { Sequence } from '../sequence.js';

/** Tokens that may come next in a sequence. */
export interface Draft {
  /** At least one. */
  readonly tokens: readonly number[];
  /** So many of the sequence's last tokens stand before them where they come from. */
  readonly matched: number;
}

/**
 * Knows what may come next. What it says decides how fast an answer comes and nothing else: every
 * token is drawn, and a draft that the draws don't agree with is dropped.
 */
export interface DraftSource {
  /** The next tokens, `most` of them at most; null where nothing is known. Called once a step. */
  draft(sequence: Sequence, most: number): Draft | null;
}
