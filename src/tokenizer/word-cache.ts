import type { IdList } from './id-list.js';

/** log2 of the slots; half of them are used at most. */
const SLOT_BITS = 15;
const SLOTS = 1 << SLOT_BITS;
const MAX_WORDS = SLOTS / 2;
const MAX_BYTES = 1 << 18;
const MAX_IDS = 1 << 17;
/** Longer words are seldom met again. */
export const MAX_CACHED_LENGTH = 48;

/** The ids of words met before, of bounded size: when it is full, it is emptied. About 1.3 MB. */
export class WordCache {
  /** [slots] the word's index, plus 1. */
  readonly #slots = new Uint16Array(SLOTS);
  /** [words × 2] where a word's bytes and its ids end. */
  readonly #ends = new Uint32Array((MAX_WORDS + 1) * 2);
  readonly #bytes = new Uint8Array(MAX_BYTES);
  readonly #ids = new Int32Array(MAX_IDS);
  #words = 0;
  /** The free slot at which the last lookup ended. */
  #free = 0;

  /** Appends the ids of the word bytes [start, end), or returns false. */
  find(source: Uint8Array, start: number, end: number, hash: number, out: IdList): boolean {
    const slots = this.#slots;
    const ends = this.#ends;
    const bytes = this.#bytes;
    const length = end - start;
    let slot = (hash ^ (hash >>> SLOT_BITS)) & (SLOTS - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      const word = slots[slot]! * 2;
      const from = ends[word - 2]!;
      if (ends[word]! - from !== length) continue;
      let i = 0;
      while (i < length && bytes[from + i] === source[start + i]) i++;
      if (i < length) continue;
      out.append(this.#ids, ends[word - 1]!, ends[word + 1]!);
      return true;
    }
    this.#free = slot;
    return false;
  }

  /** Keeps the word that `find` has just not found. */
  add(source: Uint8Array, start: number, end: number, ids: Int32Array, from: number, to: number) {
    const last = this.#words * 2;
    if (
      this.#words === MAX_WORDS ||
      this.#ends[last]! + end - start > MAX_BYTES ||
      this.#ends[last + 1]! + to - from > MAX_IDS
    ) {
      this.#slots.fill(0);
      this.#words = 0;
      return;
    }
    const bytesAt = this.#ends[last]!;
    const idsAt = this.#ends[last + 1]!;
    for (let i = start; i < end; i++) this.#bytes[bytesAt + i - start] = source[i]!;
    for (let i = from; i < to; i++) this.#ids[idsAt + i - from] = ids[i]!;
    this.#words++;
    this.#ends[this.#words * 2] = bytesAt + end - start;
    this.#ends[this.#words * 2 + 1] = idsAt + to - from;
    this.#slots[this.#free] = this.#words;
  }
}
