import type { ChoiceDelta, EngineEvent } from './types.js';

/** What a stream asks of the engine. */
export interface StreamControls {
  pause(choice: number): void;
  resume(choice: number): void;
  /** The reader left, or stopped reading, before the end. */
  abandon(reason: 'left' | 'stalled'): void;
}

export interface StreamLimits {
  readonly maxBufferedBytes: number;
  readonly readerTimeoutMs: number;
}

// What lies in memory beside the text, roughly.
const DELTA_BYTES = 64;
const TOKEN_BYTES = 8;
const LOGPROB_BYTES = 32;

function sizeOf(delta: ChoiceDelta): number {
  let bytes = DELTA_BYTES + 2 * (delta.text.length + delta.reasoning.length);
  bytes += delta.tokenIds.length * TOKEN_BYTES;
  for (const { top } of delta.logprobs) bytes += (1 + top.length) * LOGPROB_BYTES;
  return bytes;
}

/**
 * A request's events on their way to the reader: a buffer with an iterator over it. A choice of
 * which too much lies here unread is paused in the engine and resumed once half is taken; a reader
 * who takes nothing for `readerTimeoutMs` while one is paused is given up.
 */
export class EventStream implements AsyncIterableIterator<EngineEvent> {
  readonly #controls: StreamControls;
  readonly #limits: StreamLimits;
  readonly #buffered: EngineEvent[] = [];
  readonly #readers: ((result: IteratorResult<EngineEvent>) => void)[] = [];
  /** Bytes that lie here, by choice. */
  readonly #bytes: number[];
  readonly #paused = new Set<number>();
  #ended = false;
  #lastTaken = 0;
  #stallTimer: NodeJS.Timeout | null = null;

  constructor(choices: number, limits: StreamLimits, controls: StreamControls) {
    this.#bytes = new Array<number>(choices).fill(0);
    this.#limits = limits;
    this.#controls = controls;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes an event from the engine; `end` and `error` close the stream. */
  push(event: EngineEvent): void {
    if (this.#ended) return;
    if (event.type === 'end' || event.type === 'error') this.#end();
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
    } else {
      this.#buffered.push(event);
      if (event.type === 'delta' && !this.#ended) this.#account(event.delta);
    }
    if (this.#ended) this.#dismissReaders();
  }

  /** Ends the stream with an error that the reader meets next: what lies here is dropped. */
  fail(event: Extract<EngineEvent, { type: 'error' }>): void {
    if (this.#ended) return;
    this.#buffered.length = 0;
    this.push(event);
  }

  next(): Promise<IteratorResult<EngineEvent>> {
    this.#lastTaken = performance.now();
    const event = this.#buffered.shift();
    if (event !== undefined) {
      if (event.type === 'delta' && !this.#ended) this.#release(event.delta);
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<EngineEvent>> {
    const early = !this.#ended;
    this.#buffered.length = 0;
    this.#end();
    this.#dismissReaders();
    if (early) this.#controls.abandon('left');
    return Promise.resolve({ done: true, value: undefined });
  }

  #end(): void {
    this.#ended = true;
    if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
    this.#stallTimer = null;
  }

  #dismissReaders(): void {
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  #account(delta: ChoiceDelta): void {
    const { choice } = delta;
    this.#bytes[choice] += sizeOf(delta);
    if (this.#bytes[choice] <= this.#limits.maxBufferedBytes || this.#paused.has(choice)) return;
    if (this.#paused.size === 0) {
      this.#lastTaken = performance.now();
      this.#watch(this.#limits.readerTimeoutMs);
    }
    this.#paused.add(choice);
    this.#controls.pause(choice);
  }

  #release(delta: ChoiceDelta): void {
    const { choice } = delta;
    this.#bytes[choice] -= sizeOf(delta);
    if (!this.#paused.has(choice) || this.#bytes[choice] > this.#limits.maxBufferedBytes / 2) {
      return;
    }
    this.#paused.delete(choice);
    this.#controls.resume(choice);
  }

  /** Looks in `ms` whether the reader has moved since; runs only while a choice is paused. */
  #watch(ms: number): void {
    if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = null;
      if (this.#paused.size === 0) return;
      const left = this.#limits.readerTimeoutMs - (performance.now() - this.#lastTaken);
      // Timers may fire up to a millisecond early.
      if (left > 1) this.#watch(left);
      else this.#controls.abandon('stalled');
    }, ms);
    this.#stallTimer.unref();
  }
}
