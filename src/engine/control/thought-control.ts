import type { SequenceText } from '../text/sequence-text.js';
import type { ThoughtEnd, ThoughtLimits } from '../types.js';

/** Tokens that a character may take beyond the end that its thought was to have. */
const MAX_TOKENS_OF_CHARACTER = 3;

/** A thought that may take all there is. */
export const UNLIMITED: ThoughtLimits = { budget: null, closing: [], answerTokens: 0 };

/**
 * Decides when a thought has to end, and knows how it did. It is told of accepted tokens only, and asks
 * the text, which alone knows where thought and answer are.
 */
export class ThoughtControl {
  readonly #limits: ThoughtLimits;
  readonly #text: SequenceText;
  /** Tokens of the whole choice at which its thought makes room for the answer. */
  readonly #room: number;
  readonly #maxTokens: number;
  /** Tokens between the tags. */
  #tokens = 0;
  /** The choice's tokens when the thought first had to end inside a character. */
  #lateFrom: number | null = null;
  /** Why it has to end before its budget. */
  #asked: Exclude<ThoughtEnd, 'model'> | null = null;

  /** `maxTokens`: of thought and answer together. */
  constructor(limits: ThoughtLimits, text: SequenceText, maxTokens: number) {
    this.#limits = limits;
    this.#text = text;
    this.#maxTokens = maxTokens;
    this.#room = maxTokens - limits.answerTokens - limits.closing.length;
  }

  /** It has to end where it is. False: there is nothing to end it with. */
  ask(by: 'repetition' | 'client'): boolean {
    if (this.#limits.closing.length === 0) return false;
    if (this.#text.phase === 'thought') this.#asked ??= by;
    return true;
  }

  /** A token was drawn that neither opened the thought nor ended it. */
  drawn(): void {
    this.#tokens++;
  }

  /**
   * Why the thought has to end now, where the choice has `generated` tokens; null: it goes on, or there
   * is none. A character that has begun is finished first.
   */
  due(generated: number): Exclude<ThoughtEnd, 'model'> | null {
    const { budget, closing } = this.#limits;
    if (this.#text.phase !== 'thought' || closing.length === 0) return null;
    const spent = generated >= this.#room || (budget !== null && this.#tokens >= budget);
    const why = spent ? 'budget' : this.#asked;
    if (why === null) return null;
    if (!this.#text.insideCharacter) return why;
    this.#lateFrom ??= generated;
    return generated - this.#lateFrom < MAX_TOKENS_OF_CHARACTER ? null : why;
  }

  /** What is written in the model's place then, as far as the choice has room for it. */
  closing(generated: number): readonly number[] {
    return this.#limits.closing.slice(0, this.#maxTokens - generated);
  }

  /** Tokens between the tags that were drawn. */
  get tokens(): number {
    return this.#tokens;
  }
}
