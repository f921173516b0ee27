import type { RequestKey } from './messages.js';
import { NgramIndex } from './ngram-index.js';
import { Sequence, type SequenceOptions } from './sequence.js';
import type { GenerationRequest, TokenLogprob } from './types.js';

/** A request under way: what its n sequences have in common. */
export class RequestState {
  readonly key: RequestKey;
  readonly request: GenerationRequest;
  readonly sequences: readonly Sequence[];
  /** Sequences that have not finished. */
  unfinished: number;
  /** The sequence that computes the prompt now, for all that wait for it. */
  leader: Sequence | null = null;
  /** Scores of prompt tokens 1, 2, …, as far as they were computed; null: none are wanted (any more). */
  scores: TokenLogprob[] | null;
  cachedTokens = 0;
  /** Its prompt is computed, and a choice has gained something. */
  answered = false;
  #promptNgrams: NgramIndex | null = null;

  // Seconds on the engine's clock.
  readonly submittedAt: number;
  startedAt: number | null = null;
  firstTokenAt: number | null = null;

  /** `serial` orders requests by age. */
  constructor(
    key: RequestKey,
    request: GenerationRequest,
    serial: number,
    submittedAt: number,
    options: SequenceOptions,
  ) {
    this.key = key;
    this.request = request;
    this.submittedAt = submittedAt;
    this.scores = request.promptTopLogprobs === null ? null : [];
    this.sequences = Array.from(
      { length: request.n },
      (_, choice) => new Sequence(this, choice, serial, options),
    );
    this.unfinished = request.n;
  }

  /** The n-grams of the prompt, which all samples have in common. */
  promptNgrams(size: number): NgramIndex {
    if (this.#promptNgrams === null) {
      const { promptIds } = this.request;
      this.#promptNgrams = new NgramIndex(size);
      const tokenAt = (position: number): number => promptIds[position];
      for (let i = 0; i < promptIds.length; i++) this.#promptNgrams.add(tokenAt, i);
    }
    return this.#promptNgrams;
  }

  /** The first prompt row that must still be scored, or null. */
  get nextScore(): number | null {
    if (this.scores === null) return null;
    const next = this.scores.length;
    return next < this.request.promptIds.length - 1 ? next : null;
  }

  /** All scores, once; null where none are wanted. */
  takeScores(): readonly TokenLogprob[] | null {
    const { scores } = this;
    this.scores = null;
    return scores;
  }
}
