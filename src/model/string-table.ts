/** An array of strings as it lies in a file: UTF-8, without an object for each. */
import { isUtf8 } from 'node:buffer';
import { malformed } from '../errors/model-file.js';

/** Bytes of a string's length, which stands before it. */
export const LENGTH_BYTES = 8;

export class StringTable {
  readonly file: string;
  readonly key: string;
  readonly bytes: Buffer;
  readonly #starts: Uint32Array;

  /**
   * `starts`: [strings + 1] where each begins in `bytes`, and where one more would, `LENGTH_BYTES`
   * after the end of the one before. `file` and `key` are for messages.
   */
  constructor(file: string, key: string, bytes: Buffer, starts: Uint32Array) {
    this.file = file;
    this.key = key;
    this.bytes = bytes;
    this.#starts = starts;
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  /** Where string `i` < length begins in `bytes`. */
  start(i: number): number {
    return this.#starts[i]!;
  }

  end(i: number): number {
    return this.#starts[i + 1]! - LENGTH_BYTES;
  }

  /** Throws `file_malformed` for what is not UTF-8. */
  text(i: number): string {
    const [start, end] = [this.start(i), this.end(i)];
    const text = this.bytes.toString('utf8', start, end);
    // Decoding puts U+FFFD in the place of what is not UTF-8; a text may also hold it itself.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end))) {
      throw malformed(this.file, `key ${this.key}[${i}] is not UTF-8`);
    }
    return text;
  }

  /** The indexes of the strings that are one of `texts`, in order. */
  indexesOf(texts: ReadonlySet<string>): number[] {
    const firstBytes = new Set(Array.from(texts, (text) => Buffer.from(text)[0]));
    const indexes: number[] = [];
    for (let i = 0; i < this.length; i++) {
      if (firstBytes.has(this.bytes[this.start(i)]) && texts.has(this.text(i))) indexes.push(i);
    }
    return indexes;
  }
}
