import { sharedBytes, sharedUint32 } from './shared-arrays.js';
import type { VocabEntries } from './vocab-entries.js';

/** Rows of bytes, one after the other, while they are collected. */
export class ByteRows {
  #bytes: Uint8Array;
  #length = 0;
  /** Where each row ends. */
  #ends: Uint32Array;
  #count = 0;

  /** What is expected; more has room too. */
  constructor(expected: { readonly rows: number; readonly bytes: number }) {
    this.#bytes = new Uint8Array(expected.bytes);
    this.#ends = new Uint32Array(expected.rows);
  }

  get count(): number {
    return this.#count;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#endRow();
  }

  /** Appends the bytes that an entry stands for; false, and no row, where it leaves the alphabet. */
  spell(vocab: VocabEntries, entry: number): boolean {
    this.#reserve(vocab.size(entry));
    const written = vocab.spell(entry, this.#bytes, this.#length);
    if (written < 0) return false;
    this.#length += written;
    this.#endRow();
    return true;
  }

  /** The rows' bytes and [rows + 1] where each begins, in shared memory. */
  tables(): { readonly bytes: Uint8Array; readonly offsets: Uint32Array } {
    const bytes = sharedBytes(this.#length);
    bytes.set(this.#bytes.subarray(0, this.#length));
    const offsets = sharedUint32(this.#count + 1);
    offsets.set(this.#ends.subarray(0, this.#count), 1);
    return { bytes, offsets };
  }

  #endRow(): void {
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(Math.max(16, this.#ends.length * 2));
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = this.#length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
