import type { RequestKey } from './messages.js';

interface Waiting {
  readonly samples: number;
  readonly promptTokens: number;
}

/** What may be asked of a queue before a request enters it. */
export interface QueueLength {
  /** Places that nobody takes. */
  readonly places: number;
  /** Requests that wait for one, and the tokens of their prompts. */
  readonly requests: number;
  readonly tokens: number;
}

/**
 * The requests under way as the client knows them, counted as the scheduler gives out places: each
 * sample takes one, the oldest request first. Costs what has a place, not what waits.
 */
export class AdmissionQueue {
  readonly #places: number;
  /** Samples of each request that has started. */
  readonly #started = new Map<RequestKey, number>();
  #startedSamples = 0;
  /** In the order in which they came. */
  readonly #waiting = new Map<RequestKey, Waiting>();
  #waitingTokens = 0;

  constructor(places: number) {
    this.#places = places;
  }

  enter(key: RequestKey, waiting: Waiting): void {
    this.#waiting.set(key, waiting);
    this.#waitingTokens += waiting.promptTokens;
  }

  start(key: RequestKey): void {
    const waiting = this.#takeOut(key);
    if (waiting === undefined) return;
    this.#started.set(key, waiting.samples);
    this.#startedSamples += waiting.samples;
  }

  /** The request has ended, wherever it was. */
  leave(key: RequestKey): void {
    this.#takeOut(key);
    this.#startedSamples -= this.#started.get(key) ?? 0;
    this.#started.delete(key);
  }

  get length(): QueueLength {
    let places = this.#places - this.#startedSamples;
    let requests = this.#waiting.size;
    let tokens = this.#waitingTokens;
    for (const waiting of this.#waiting.values()) {
      if (places <= 0) break;
      places -= waiting.samples;
      requests--;
      tokens -= waiting.promptTokens;
    }
    return { places, requests, tokens };
  }

  #takeOut(key: RequestKey): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(key);
    this.#waitingTokens -= waiting.promptTokens;
    return waiting;
  }
}
