import type { ChoiceDelta, EngineEvent } from '../../engine/types.js';
import { KingletError } from '../../errors.js';
import { clientGone, engineFailed } from '../../errors/availability.js';
import type { Metrics } from '../metrics.js';
import type { RequestRecord } from './record.js';
import type { Steering } from './steering.js';

/** What a generation yields; an error event is thrown instead. */
export type GenerationEvent = Exclude<EngineEvent, { type: 'error' }>;

/** What looks at a request's events. */
export interface Meters {
  readonly metrics: Metrics;
  readonly record: RequestRecord;
  readonly steering: Steering;
}

/**
 * A request's events, measured as they pass. The iterator is written out: every token of every
 * client passes here, and a generator would wait three times for each.
 */
export class MeasuredEvents implements AsyncIterableIterator<GenerationEvent> {
  readonly #events: AsyncIterator<EngineEvent>;
  readonly #metrics: Metrics;
  readonly #record: RequestRecord;
  readonly #steering: Steering;
  readonly #signal: AbortSignal;
  /** When each choice got its last token. */
  readonly #lastToken = new Map<number, number>();
  #ended = false;

  constructor(
    events: AsyncIterable<EngineEvent>,
    { metrics, record, steering }: Meters,
    signal: AbortSignal,
  ) {
    this.#events = events[Symbol.asyncIterator]();
    this.#metrics = metrics;
    this.#record = record;
    this.#steering = steering;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<GenerationEvent>> {
    return this.#events.next().then(this.#passed);
  }

  async return(): Promise<IteratorResult<GenerationEvent>> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  readonly #passed = (result: IteratorResult<EngineEvent>): IteratorResult<GenerationEvent> => {
    if (result.done === true) {
      if (this.#ended) return result;
      if (this.#signal.aborted) throw clientGone();
      throw engineFailed('The engine ended a request without an answer.');
    }
    const event = result.value;
    switch (event.type) {
      case 'started':
        this.#record.started(event.cachedTokens);
        break;
      case 'promptScores':
        break;
      case 'error':
        this.#ended = true;
        throw new KingletError(event.code, event.message);
      case 'delta':
        this.#measure(event.delta);
        break;
      case 'end':
        this.#ended = true;
        this.#metrics.ended(event.timings, this.#record.secondsSoFar);
        break;
    }
    return { done: false, value: event };
  };

  #measure(delta: ChoiceDelta): void {
    const { choice, tokenIds, thoughtEnd, finish } = delta;
    this.#steering.note(delta);
    if (tokenIds.length > 0) {
      const now = performance.now();
      const first = this.#lastToken.size === 0;
      const before = this.#lastToken.get(choice);
      this.#record.generated(tokenIds.length);
      if (first) this.#metrics.firstToken(this.#record.secondsSoFar);
      if (before !== undefined) this.#metrics.interToken((now - before) / 1000, tokenIds.length);
      this.#lastToken.set(choice, now);
    }
    if (thoughtEnd !== null) this.#metrics.thought(thoughtEnd);
    if (finish !== null) {
      this.#record.finish(finish.reason);
      this.#metrics.finished(finish.reason);
      if (finish.repetition) this.#metrics.stuck('answer');
    }
  }
}
