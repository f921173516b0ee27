import type { TokenTable } from './token-table.js';

/** Which texts some sequence of a vocabulary's tokens spells, whatever its encoder makes of them. */
export class Speller {
  readonly #table: TokenTable;
  readonly #usable: (id: number) => boolean;
  readonly #tokens: number;
  /** [256] 1: a token of this byte alone. */
  #alone: Uint8Array | null = null;
  /** The bytes of all tokens, each byte a character; made where single bytes don't do. */
  #pieces: Set<string> | null = null;
  #longest = 0;

  /** `usable`: whether one of the table's first `tokens` may be in a text. */
  constructor(table: TokenTable, tokens: number, usable: (id: number) => boolean) {
    this.#table = table;
    this.#tokens = Math.min(tokens, table.special.length);
    this.#usable = usable;
  }

  /** How many bytes of a text, from its first on, are spelled by whole tokens, at the most. */
  reach(text: string): number {
    const bytes = Buffer.from(text);
    const alone = (this.#alone ??= this.#singleBytes());
    return bytes.every((byte) => alone[byte] === 1)
      ? bytes.length
      : this.#reachByPieces(bytes.toString('latin1'));
  }

  /** Whether whole tokens spell the text. */
  spells(text: string): boolean {
    return this.reach(text) === Buffer.byteLength(text);
  }

  #singleBytes(): Uint8Array {
    const alone = new Uint8Array(256);
    const { bytes, offsets } = this.#table;
    for (let id = 0; id < this.#tokens; id++) {
      const begin = offsets[id]!;
      if (offsets[id + 1]! - begin === 1 && this.#usable(id)) alone[bytes[begin]!] = 1;
    }
    return alone;
  }

  #reachByPieces(text: string): number {
    this.#pieces ??= this.#allPieces();
    const reached = [0];
    for (const from of reached) {
      for (let to = from + 1; to <= Math.min(text.length, from + this.#longest); to++) {
        if (!reached.includes(to) && this.#pieces.has(text.slice(from, to))) reached.push(to);
      }
    }
    return Math.max(...reached);
  }

  #allPieces(): Set<string> {
    const pieces = new Set<string>();
    const { bytes, offsets } = this.#table;
    for (let id = 0; id < this.#tokens; id++) {
      const piece = bytes.subarray(offsets[id], offsets[id + 1]);
      if (piece.length === 0 || !this.#usable(id)) continue;
      pieces.add(Buffer.from(piece).toString('latin1'));
      this.#longest = Math.max(this.#longest, piece.length);
    }
    return pieces;
  }
}
