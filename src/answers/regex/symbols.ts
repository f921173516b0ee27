import type { Alphabet } from './alphabet.js';
import { PLACE_BITS } from './syntax.js';

/** A text in classes of an alphabet, one for each code point. */
export class Symbols {
  readonly length: number;
  readonly #classes: Uint16Array;
  /** [length + 1] where each code point begins, in UTF-16 units. */
  readonly #offsets: Int32Array;
  readonly #alphabet: Alphabet;

  constructor(text: string, alphabet: Alphabet) {
    const classes = new Uint16Array(text.length);
    const offsets = new Int32Array(text.length + 1);
    let length = 0;
    for (let at = 0; at < text.length; length++) {
      const code = text.codePointAt(at) ?? 0;
      classes[length] = alphabet.classOf(code);
      at += code > 0xffff ? 2 : 1;
      offsets[length + 1] = at;
    }
    this.length = length;
    this.#classes = classes;
    this.#offsets = offsets;
    this.#alphabet = alphabet;
  }

  /** The class of the code point at `i`, or -1 behind the text. */
  at(i: number): number {
    return i < this.length ? (this.#classes[i] ?? -1) : -1;
  }

  offset(i: number): number {
    return this.#offsets[i] ?? 0;
  }

  /** Which places are before code point `i`: bits of `PLACE_BITS`. */
  placesAt(i: number): number {
    const before = i > 0 && this.#alphabet.isInWord(this.#classes[i - 1] ?? 0);
    const after = i < this.length && this.#alphabet.isInWord(this.#classes[i] ?? 0);
    return (
      (i === 0 ? PLACE_BITS.start : 0) |
      (i === this.length ? PLACE_BITS.end : 0) |
      (before !== after ? PLACE_BITS.boundary : PLACE_BITS.inside)
    );
  }
}
