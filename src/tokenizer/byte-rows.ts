import { spell } from './byte-alphabet.js';
import { sharedBytes, sharedUint32 } from './shared-arrays.js';

/** Rows of bytes, one after the other, while they are collected. */
export class ByteRows {
  #bytes: Uint8Array;
  #length = 0;
  /** Where each row ends. */
  readonly #ends: number[] = [];

  /** `capacity`: bytes that are expected; more have room too. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get count(): number {
    return this.#ends.length;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#ends.push(this.#length);
  }

  /** Appends the bytes that a token stands for; false, and no row, where it leaves the alphabet. */
  spell(token: string): boolean {
    this.#reserve(token.length);
    if (!spell(token, this.#bytes, this.#length)) return false;
    this.#length += token.length;
    this.#ends.push(this.#length);
    return true;
  }

  /** The rows' bytes and [rows + 1] where each begins, in shared memory. */
  tables(): { readonly bytes: Uint8Array; readonly offsets: Uint32Array } {
    const bytes = sharedBytes(this.#length);
    bytes.set(this.#bytes.subarray(0, this.#length));
    const offsets = sharedUint32(this.#ends.length + 1);
    offsets.set(this.#ends, 1);
    return { bytes, offsets };
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
