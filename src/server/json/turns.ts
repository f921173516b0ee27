/** A text that is shorter is parsed in a few milliseconds, and waits for nobody. */
const LONG_BYTES = 64 * 2 ** 10;

/**
 * The order in which long texts are parsed: one in a turn of the event loop, so that whoever asks
 * something short meanwhile, such as /health, waits for one of them and not for all.
 */
export class ParseTurns {
  #last: Promise<void> = Promise.resolve();

  /** Whether a text has to wait for its turn. */
  isLong(bytes: number): boolean {
    return bytes > LONG_BYTES;
  }

  /** Resolves when a long text may be parsed. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}
