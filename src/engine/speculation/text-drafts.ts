import type { RequestState } from '../request-state.js';
import type { Sequence } from '../sequence.js';
import type { Draft, DraftSource } from './draft-source.js';
import { PROMPT, TextIndex, type Place } from './text-index.js';

/** Fewer tokens in common say next to nothing. */
const LEAST_MATCH = 2;
/** More tokens in common say nothing further. */
const MOST_MATCH = 32;
/** Places that are compared for one draft. */
const COMPARED = 16;
/** Tokens that a step adds to the index for one sequence, so that a long prompt holds nobody up. */
const ADDED_AT_ONCE = 2048;

/** The texts of a request: its prompt and its choices. */
class Texts {
  readonly #index = new TextIndex();
  readonly #choices = new Map<number, { readonly sequence: Sequence; indexed: number }>();
  #indexedPrompt = LEAST_MATCH;

  /** Takes in what the sequence has gained, and of the prompt what is missing. */
  catchUp(sequence: Sequence): void {
    const { promptIds } = sequence.request.generation;
    let left = ADDED_AT_ONCE;
    for (; this.#indexedPrompt < promptIds.length && left > 0; this.#indexedPrompt++, left--) {
      this.#add(sequence, { owner: PROMPT, position: this.#indexedPrompt });
    }
    const { choice } = sequence;
    let known = this.#choices.get(choice);
    if (known === undefined) {
      known = { sequence, indexed: Math.max(LEAST_MATCH, promptIds.length) };
      this.#choices.set(choice, known);
    }
    for (; known.indexed < sequence.length && left > 0; known.indexed++, left--) {
      this.#add(sequence, { owner: choice, position: known.indexed });
    }
  }

  #add(sequence: Sequence, place: Place): void {
    const { position } = place;
    this.#index.add(sequence.tokenAt(position - 2), sequence.tokenAt(position - 1), place);
  }

  /** The place before which most of the sequence's last tokens stand; of equals the newest. */
  best(sequence: Sequence): { source: Sequence; position: number; matched: number } | null {
    const { length } = sequence;
    if (length < LEAST_MATCH) return null;
    let best = null;
    let matched = LEAST_MATCH - 1;
    const [first, second] = [sequence.tokenAt(length - 2), sequence.tokenAt(length - 1)];
    for (const { owner, position } of this.#index.find(first, second, COMPARED)) {
      const source = owner === PROMPT ? sequence : this.#choices.get(owner)?.sequence;
      if (source === undefined) continue;
      const common = tokensInCommon(sequence, length, source, position);
      if (common <= matched) continue;
      matched = common;
      best = { source, position, matched };
      if (matched === MOST_MATCH) break;
    }
    return best;
  }
}

/**
 * Drafts from what a request's texts say already: the prompt (a document that is quoted or edited),
 * the answer itself, and the other choices, which may be further on. What follows the longest match
 * of the sequence's last tokens is the draft (prompt lookup decoding, Saxena 2023).
 */
export class TextDrafts implements DraftSource {
  readonly #texts = new WeakMap<RequestState, Texts>();

  draft(sequence: Sequence, most: number): Draft | null {
    const { request } = sequence;
    let texts = this.#texts.get(request);
    if (texts === undefined) this.#texts.set(request, (texts = new Texts()));
    texts.catchUp(sequence);
    const best = texts.best(sequence);
    if (best === null) return null;
    const { source, position, matched } = best;
    const tokens: number[] = [];
    while (tokens.length < most) {
      const next = position + tokens.length;
      if (next < source.length) tokens.push(source.tokenAt(next));
      // A text that repeats itself goes on as it does, beyond its end.
      else if (source === sequence) tokens.push(tokens[next - source.length]!);
      else break;
    }
    return { tokens, matched };
  }
}

/** How many tokens before the two positions are the same, MOST_MATCH at most. */
function tokensInCommon(a: Sequence, endOfA: number, b: Sequence, endOfB: number): number {
  const most = Math.min(MOST_MATCH, endOfA, endOfB);
  let common = 0;
  while (common < most && a.tokenAt(endOfA - 1 - common) === b.tokenAt(endOfB - 1 - common)) {
    common++;
  }
  return common;
}
