import { has, range, union, type CodePointSet } from '../../tokenizer/unicode/code-point-set.js';

/** What `\b` takes for a part of a word. */
const WORD: CodePointSet = union(
  range(0x30, 0x39),
  range(0x41, 0x5a),
  range(0x5f, 0x5f),
  range(0x61, 0x7a),
);
const ASCII = 0x80;

/** Code points in classes that all sets take or leave as one. */
export class Alphabet {
  /** Classes of code points. */
  readonly classes: number;
  /** Where segments of code points begin, ascending, and the class of each. */
  readonly #first: readonly number[];
  readonly #classOf: readonly number[];
  /** [sets] of each class whether it is in the set. */
  readonly #inSet: readonly Uint8Array[];
  readonly #inWord: Uint8Array;
  readonly #ascii: Uint16Array;

  constructor(sets: readonly CodePointSet[]) {
    const told = [...sets, WORD];
    this.#first = [...new Set([0, ...told.flat()])].sort((a, b) => a - b);
    const signatures = this.#first.map(() => '');
    told.forEach((set, number) => {
      this.#first.forEach((code, i) => {
        if (has(set, code)) signatures[i] += `${number} `;
      });
    });
    const numbers = new Map([...new Set(signatures)].map((signature, i) => [signature, i]));
    this.classes = numbers.size;
    this.#classOf = signatures.map((signature) => numbers.get(signature) ?? 0);
    const flags = told.map((set) => {
      const inSet = new Uint8Array(this.classes);
      this.#first.forEach((code, i) => {
        if (has(set, code)) inSet[this.#classOf[i] ?? 0] = 1;
      });
      return inSet;
    });
    this.#inSet = flags.slice(0, -1);
    this.#inWord = flags.at(-1) ?? new Uint8Array(this.classes);
    this.#ascii = Uint16Array.from({ length: ASCII }, (_, code) => this.#search(code));
  }

  classOf(code: number): number {
    return code < ASCII ? (this.#ascii[code] ?? 0) : this.#search(code);
  }

  isInSet(set: number, symbol: number): boolean {
    return this.#inSet[set]?.[symbol] === 1;
  }

  isInWord(symbol: number): boolean {
    return this.#inWord[symbol] === 1;
  }

  #search(code: number): number {
    let low = 0;
    let high = this.#first.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#first[middle] ?? 0) <= code) low = middle;
      else high = middle;
    }
    return this.#classOf[low] ?? 0;
  }
}
