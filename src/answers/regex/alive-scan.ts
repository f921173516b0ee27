import type { AliveSets } from './alive-sets.js';
import type { Symbols } from './symbols.js';

/** Places of a text whose sets are known at once. */
const BLOCK = 4096;

/**
 * Which states are alive at each place of a text, for one who goes through it forward. They are found
 * backward, so a pass notes them at some places, and the rest is found again from there, block by
 * block: twice the time, and memory that doesn't grow with the text.
 */
export class AliveScan {
  readonly #sets: AliveSets;
  readonly #symbols: Symbols;
  /** States at the end of each block, which is the begin of the next. */
  readonly #ends: Int32Array[] = [];
  readonly #numbers = new Int32Array(BLOCK + 1);
  #block = -1;

  constructor(sets: AliveSets, symbols: Symbols) {
    this.#sets = sets;
    this.#symbols = symbols;
    const last = Math.floor(symbols.length / BLOCK);
    sets.forgetIfFull();
    let set = sets.atEnd(symbols.placesAt(symbols.length));
    this.#ends[last] = sets.bitsOf(set);
    for (let block = last; block > 0; block--) {
      const end = Math.min((block + 1) * BLOCK, symbols.length);
      for (let i = end - 1; i >= block * BLOCK; i--) set = this.#before(set, i);
      const bits = sets.bitsOf(set);
      this.#ends[block - 1] = bits;
      sets.forgetIfFull();
      set = sets.numberOf(bits);
    }
  }

  /** The number of the set at place `i`; good until a place of another block is asked for. */
  at(i: number): number {
    const block = Math.floor(i / BLOCK);
    if (block !== this.#block) this.#load(block);
    return this.#numbers[i - block * BLOCK] ?? 0;
  }

  #before(set: number, i: number): number {
    return this.#sets.before(set, this.#symbols.at(i), this.#symbols.placesAt(i));
  }

  #load(block: number): void {
    this.#block = block;
    this.#sets.forgetIfFull();
    const start = block * BLOCK;
    const end = Math.min(start + BLOCK, this.#symbols.length);
    const bits = this.#ends[block];
    if (bits === undefined) throw new RangeError(`no block ${block}`);
    let set = this.#sets.numberOf(bits);
    this.#numbers[end - start] = set;
    for (let i = end - 1; i >= start; i--) {
      set = this.#before(set, i);
      this.#numbers[i - start] = set;
    }
  }
}
