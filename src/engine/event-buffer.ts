import type { ChoiceDelta, EngineEvent } from './types.js';

/** What a request's reader asks of the engine. */
export interface ReaderControls {
  pause(choice: number): void;
  resume(choice: number): void;
  /** The reader left before the end. */
  abandon(): void;
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
 * which too much lies here unread is paused in the engine and resumed once half is taken.
 */
export class EventBuffer implements AsyncIterableIterator<EngineEvent> {
  readonly #controls: ReaderControls;
  readonly #maxBytes: number;
  readonly #buffered: EngineEvent[] = [];
  readonly #readers: ((result: IteratorResult<EngineEvent>) => void)[] = [];
  /** Bytes that lie here, by choice. */
  readonly #bytes: Float64Array;
  readonly #paused = new Set<number>();
  #ended = false;

  /** `maxBytes`: what may lie here of each choice. */
  constructor(choices: number, maxBytes: number, controls: ReaderControls) {
    this.#bytes = new Float64Array(choices);
    this.#maxBytes = maxBytes;
    this.#controls = controls;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes an event from the engine; `end` and `error` are the last. */
  push(event: EngineEvent): void {
    if (this.#ended) return;
    if (event.type === 'end' || event.type === 'error') this.#ended = true;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
    } else {
      this.#buffered.push(event);
      if (event.type === 'delta' && !this.#ended) this.#account(event.delta);
    }
    if (this.#ended) this.#dismissReaders();
  }

  /** Ends with an error that the reader meets next: what lies here is dropped. */
  fail(event: Extract<EngineEvent, { type: 'error' }>): void {
    if (this.#ended) return;
    this.#buffered.length = 0;
    this.push(event);
  }

  next(): Promise<IteratorResult<EngineEvent>> {
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
    this.#ended = true;
    this.#dismissReaders();
    if (early) this.#controls.abandon();
    return Promise.resolve({ done: true, value: undefined });
  }

  #dismissReaders(): void {
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  #account(delta: ChoiceDelta): void {
    const { choice } = delta;
    const bytes = this.#add(choice, sizeOf(delta));
    if (bytes <= this.#maxBytes || this.#paused.has(choice)) return;
    this.#paused.add(choice);
    this.#controls.pause(choice);
  }

  #release(delta: ChoiceDelta): void {
    const { choice } = delta;
    const bytes = this.#add(choice, -sizeOf(delta));
    if (!this.#paused.has(choice) || bytes > this.#maxBytes / 2) return;
    this.#paused.delete(choice);
    this.#controls.resume(choice);
  }

  /** The choice's bytes, after `change`. */
  #add(choice: number, change: number): number {
    const bytes = (this.#bytes[choice] ?? 0) + change;
    this.#bytes[choice] = bytes;
    return bytes;
  }
}
