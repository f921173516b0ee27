import type { KingletError } from '../errors.js';
import { clientGone, readerStalled } from '../errors/availability.js';

/**
 * The one timer of --reader-stall: it runs while something that was written to a client has not been
 * taken, anew whenever a part of that is. Then it hangs up without a farewell: the client's buffer is
 * full, and neither an error event nor a closing handshake would reach it.
 */
export class ReaderStall {
  readonly #stallMs: number;
  readonly #hangUp: () => void;
  #waiting = 0;
  #timer: NodeJS.Timeout | null = null;
  #stalled = false;

  constructor(stallMs: number, hangUp: () => void) {
    this.#stallMs = stallMs;
    this.#hangUp = hangUp;
  }

  /** Something was written that the client has not taken yet. */
  wrote(): void {
    this.#waiting++;
    this.#timer ??= this.#start();
  }

  /** One of what was written has been taken, or never will be. */
  taken(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = --this.#waiting > 0 ? this.#start() : null;
  }

  /** Why something was not taken: `reader_stalled`, or `cancelled` where the client itself has gone. */
  failure(cause?: unknown): KingletError {
    return this.#stalled ? readerStalled(this.#stallMs, cause) : clientGone(cause);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#stalled = true;
      this.#hangUp();
    }, this.#stallMs);
  }
}
