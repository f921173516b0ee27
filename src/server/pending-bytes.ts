import { queueFull } from '../errors/availability.js';

/** Requests up to this size find room when larger ones have filled their share. */
const SMALL_BYTES = 64 * 2 ** 10;
/** The part of the whole that is kept for small requests. */
const SMALL_SHARE = 1 / 4;
const RETRY_SECONDS = 2;

/**
 * The memory of what clients have sent and the engine has not taken yet, over the whole process:
 * bodies that are being read or held by requests, websocket messages that wait. Beyond `max` bytes a
 * request is told `queue_full`. One that is alone is let in whatever its size: its own limit has
 * judged that.
 */
export class PendingBytes {
  #held = 0;

  constructor(readonly max: number) {}

  /** Bytes that are held now. */
  get used(): number {
    return this.#held;
  }

  /** A holder of no bytes yet. */
  hold(): Hold {
    return new Hold((size, more) => this.#change(size, more));
  }

  #change(size: number, more: number): void {
    const others = this.#held - size;
    const limit = size + more <= SMALL_BYTES ? this.max : this.max * (1 - SMALL_SHARE);
    if (more > 0 && others > 0 && this.#held + more > limit) {
      throw queueFull(
        `The requests that wait hold ${this.#held} bytes, and there is no room for ${more} more ` +
          '(--max-pending-bytes).',
        RETRY_SECONDS,
      );
    }
    this.#held += more;
  }
}

/** What one request, or one connection, holds. Once it is released it holds nothing any more. */
export class Hold {
  readonly #change: (size: number, more: number) => void;
  #size = 0;
  #released = false;

  constructor(change: (size: number, more: number) => void) {
    this.#change = change;
  }

  /** Holds this many bytes, more or fewer than before. Throws `queue_full` and changes nothing then. */
  set(bytes: number): void {
    if (this.#released) return;
    this.#change(this.#size, bytes - this.#size);
    this.#size = bytes;
  }

  release(): void {
    this.set(0);
    this.#released = true;
  }
}
