import type { RequestKey } from './messages.js';
import { NgramIndex } from './ngram-index.js';
import type { EngineEvent, GenerationRequest, TokenLogprob } from './types.js';

/** A request under way: what its n sequences have in common. */
export class RequestState {
  readonly key: RequestKey;
  /** What is asked for. */
  readonly generation: GenerationRequest;
  /** Orders requests by age. */
  readonly serial: number;
  /** Sequences that have not finished. */
  unfinished: number;
  cachedTokens = 0;
  /** Its prompt is computed, and a choice has gained something. */
  answered = false;
  /** Over all choices, as far as they have come. */
  completionTokens = 0;
  /** Of the choices that have finished. */
  reasoningTokens = 0;
  #scores: TokenLogprob[] | null;
  #promptNgrams: NgramIndex | null = null;

  // Seconds on the engine's clock.
  readonly submittedAt: number;
  /** Null: it waits in the queue. */
  startedAt: number | null = null;
  firstTokenAt: number | null = null;

  constructor(
    key: RequestKey,
    generation: GenerationRequest,
    order: { readonly serial: number; readonly submittedAt: number },
  ) {
    this.key = key;
    this.generation = generation;
    this.serial = order.serial;
    this.submittedAt = order.submittedAt;
    this.unfinished = generation.n;
    this.#scores = generation.promptTopLogprobs === null ? null : [];
  }

  /** The n-grams of the prompt, which all samples have in common. */
  promptNgrams(size: number): NgramIndex {
    if (this.#promptNgrams === null) {
      const { promptIds } = this.generation;
      this.#promptNgrams = new NgramIndex(size);
      const tokenAt = (position: number): number => promptIds[position]!;
      for (let i = 0; i < promptIds.length; i++) this.#promptNgrams.add(tokenAt, i);
    }
    return this.#promptNgrams;
  }

  /** The first prompt row that must still be scored, or null. */
  get nextScore(): number | null {
    if (this.#scores === null) return null;
    const next = this.#scores.length;
    return next < this.generation.promptIds.length - 1 ? next : null;
  }

  /** The scores of the prompt tokens that come next, as they were computed. */
  addScores(scores: readonly TokenLogprob[]): void {
    for (const score of scores) this.#scores?.push(score);
  }

  /** Scores of prompt tokens 1, 2, …, all of them, once; null where none are wanted. */
  takeScores(): readonly TokenLogprob[] | null {
    const scores = this.#scores;
    this.#scores = null;
    return scores;
  }

  /** What it came to, once all its sequences have finished. */
  end(now: number): EngineEvent {
    const { submittedAt, startedAt, firstTokenAt, cachedTokens } = this;
    const { completionTokens, reasoningTokens } = this;
    const promptTokens = this.generation.promptIds.length;
    const started = startedAt ?? now;
    return {
      type: 'end',
      usage: { promptTokens, cachedTokens, completionTokens, reasoningTokens },
      timings: {
        queue: started - submittedAt,
        prefill: (firstTokenAt ?? now) - started,
        decode: firstTokenAt === null ? 0 : now - firstTokenAt,
        firstToken: firstTokenAt === null ? null : firstTokenAt - submittedAt,
        total: now - submittedAt,
      },
    };
  }
}
