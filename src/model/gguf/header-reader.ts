/** Reads a GGUF header value by value through a window, with every length checked before use. */
import { isUtf8 } from 'node:buffer';
import type { Hash } from 'node:crypto';
import type { BoundedFile } from '../bounded-file.js';
import { endsInside, malformed } from '../../errors/model-file.js';
import { PassedStrings } from './passed-strings.js';
import { LENGTH_BYTES } from '../string-table.js';

/** What fits into a core's own cache is hashed and read there. */
const WINDOW_BYTES = 1 << 18;
/** A header with 262,144 tokens has 15 MB; a longer one than this is an attack on memory. */
const MAX_HEADER_BYTES = 32 << 20;
const MAX_STRING_BYTES = 4 << 20;

export class HeaderReader {
  readonly file: BoundedFile;
  #hash: Hash;
  readonly #buffer = Buffer.allocUnsafe(WINDOW_BYTES);
  #window: Buffer = Buffer.alloc(0);
  /** Where the window begins in the file. */
  #windowStart = 0;
  /** The next byte, in the window. */
  #next = 0;

  constructor(file: BoundedFile, hash: Hash) {
    this.file = file;
    this.#hash = hash;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#windowStart + this.#next;
  }

  /** Bytes of the file beyond `position`. */
  get remaining(): number {
    return this.file.size - this.position;
  }

  /** Makes `length` bytes available in the window; returns where they begin in it. */
  #take(length: number, what: string): number {
    if (this.#window.length - this.#next < length) {
      const { position } = this;
      if (length > this.remaining) {
        throw endsInside(this.file.path, what, { offset: position, length, size: this.file.size });
      }
      if (position + length > MAX_HEADER_BYTES) {
        throw malformed(
          this.file.path,
          `has a header of more than ${MAX_HEADER_BYTES} bytes (reached at ${what})`,
        );
      }
      this.#hash.update(this.#window.subarray(0, this.#next));
      this.#window = this.file.read(
        position,
        Math.min(this.remaining, MAX_HEADER_BYTES - position, Math.max(length, WINDOW_BYTES)),
        what,
        length > WINDOW_BYTES ? undefined : this.#buffer,
      );
      this.#windowStart = position;
      this.#next = 0;
    }
    const at = this.#next;
    this.#next += length;
    return at;
  }

  /** Ends the header: what was read of the window goes into the hash. */
  finish(): void {
    this.#hash.update(this.#window.subarray(0, this.#next));
    this.#windowStart = this.position;
    this.#window = Buffer.alloc(0);
    this.#next = 0;
  }

  /** The next `length` bytes, valid until the next call. */
  bytes(length: number, what: string): Buffer {
    const at = this.#take(length, what);
    return this.#window.subarray(at, at + length);
  }

  u8(what: string): number {
    return this.bytes(1, what).readUInt8(0);
  }
  i8(what: string): number {
    return this.bytes(1, what).readInt8(0);
  }
  u16(what: string): number {
    return this.bytes(2, what).readUInt16LE(0);
  }
  i16(what: string): number {
    return this.bytes(2, what).readInt16LE(0);
  }
  u32(what: string): number {
    return this.bytes(4, what).readUInt32LE(0);
  }
  i32(what: string): number {
    return this.bytes(4, what).readInt32LE(0);
  }
  f32(what: string): number {
    return this.bytes(4, what).readFloatLE(0);
  }
  u64(what: string): bigint {
    return this.bytes(8, what).readBigUInt64LE(0);
  }
  i64(what: string): bigint {
    return this.bytes(8, what).readBigInt64LE(0);
  }
  f64(what: string): number {
    return this.bytes(8, what).readDoubleLE(0);
  }

  /** A 64-bit count that may be at most `most`; the limit's reason is in the message. */
  count(what: string, most: number, reason: string): number {
    const bytes = this.bytes(8, what);
    const low = bytes.readUInt32LE(0);
    const high = bytes.readUInt32LE(4);
    const value = high * 0x1_0000_0000 + low;
    if (value > most) {
      const exact = (BigInt(high) << 32n) | BigInt(low);
      throw malformed(this.file.path, `${what} is ${exact}: at most ${most} ${reason}`);
    }
    return value;
  }

  /** Passes over `count` strings, each of which fits into the file. */
  passStrings(count: number, what: string): PassedStrings {
    const offset = this.position;
    const starts = new Uint32Array(Math.min(count, MAX_HEADER_BYTES / LENGTH_BYTES) + 1);
    for (let i = this.#passInWindow(starts, 0, count, offset); i < count;) {
      const length = this.#stringLength(what);
      starts[i] = this.position - offset;
      this.#take(length, what);
      i = this.#passInWindow(starts, i + 1, count, offset);
    }
    const length = this.position - offset;
    starts[count] = length + LENGTH_BYTES;
    return new PassedStrings(offset, length, starts);
  }

  /** Passes over strings from the one of index `from` on, while the window holds all of one. */
  #passInWindow(starts: Uint32Array, from: number, count: number, offset: number): number {
    const window = this.#window;
    const begin = this.#windowStart - offset;
    let next = this.#next;
    let i = from;
    for (; i < count && next + LENGTH_BYTES <= window.length; ++i) {
      const start = next + LENGTH_BYTES;
      const length = window.readUInt32LE(next);
      if (length > window.length - start || window.readUInt32LE(next + 4) !== 0) break;
      starts[i] = begin + start;
      next = start + length;
    }
    this.#next = next;
    return i;
  }

  #stringLength(what: string): number {
    const at = this.#take(LENGTH_BYTES, what);
    const length = this.#window.readUInt32LE(at);
    if (this.#window.readUInt32LE(at + 4) !== 0 || length > MAX_STRING_BYTES) {
      const exact = this.#window.readBigUInt64LE(at);
      throw malformed(
        this.file.path,
        `the length of ${what} is ${exact}: at most ${MAX_STRING_BYTES} bytes are expected`,
      );
    }
    return length;
  }

  /** A length of 64 bits and as many bytes of UTF-8. */
  string(what: string): string {
    const length = this.#stringLength(what);
    const begin = this.#take(length, what);
    const text = this.#window.toString('utf8', begin, begin + length);
    // Decoding puts U+FFFD in the place of what is not UTF-8; a text may also hold it itself.
    if (text.includes('\ufffd') && !isUtf8(this.#window.subarray(begin, begin + length))) {
      throw malformed(this.file.path, `${what} is not UTF-8`);
    }
    return text;
  }
}
