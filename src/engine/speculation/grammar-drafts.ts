import type { Sequence } from '../sequence.js';
import type { Draft, DraftSource } from './draft-source.js';

/** Counts as more tokens in common than a text can have: such drafts are judged by themselves. */
const FORCED_MATCH = 64;

/**
 * Drafts from what an answer is held to: where its grammar leaves one text alone, that text follows,
 * cut as it is likely to be. Elsewhere another source is asked.
 */
export class GrammarDrafts implements DraftSource {
  readonly #otherwise: DraftSource;

  constructor(otherwise: DraftSource) {
    this.#otherwise = otherwise;
  }

  draft(sequence: Sequence, most: number): Draft | null {
    const tokens = sequence.grammar?.forcedTokens(most) ?? [];
    if (tokens.length > 0) return { tokens, matched: FORCED_MATCH };
    return this.#otherwise.draft(sequence, most);
  }
}
