/** Merges as a file has them: strings or pairs out of JSON, or a list in UTF-8. */
import { StringTable } from '../model/string-table.js';
import { spell, spellUtf8 } from './byte-alphabet.js';
import { array, malformed } from './document.js';

const SPACE = 0x20;
const MAX_MERGES = 1 << 22;

/** An entry is the merge of its index as rank. */
export interface MergeEntries {
  readonly length: number;
  /** Where the second part begins in what `spell` wrote. */
  readonly middle: number;
  /**
   * Writes the bytes that both parts stand for to `out`, one after the other, and returns how many;
   * -1 where a part leaves the alphabet, is empty, or `out` is too short: see `parts` then.
   */
  spell(rank: number, out: Uint8Array): number;
  /** Throws `file_malformed` for what is no pair of tokens. */
  parts(rank: number): readonly [left: string, right: string];
  /** An error that says where a merge stands. */
  wrong(rank: number, what: string): Error;
}

/** `value` is `model.merges`, or a GGUF file's. Throws `file_malformed`. */
export function readMerges(value: unknown): MergeEntries {
  const merges =
    value instanceof StringTable
      ? new TableMerges(value)
      : new ListedMerges(array(value, 'model.merges'));
  if (merges.length <= MAX_MERGES) return merges;
  throw malformed('model.merges', `${merges.length} of them: at most ${MAX_MERGES} are taken`);
}

class ListedMerges implements MergeEntries {
  readonly length: number;
  middle = 0;
  readonly #merges: readonly unknown[];

  constructor(merges: readonly unknown[]) {
    this.#merges = merges;
    this.length = merges.length;
  }

  spell(rank: number, out: Uint8Array): number {
    const merge = this.#merges[rank];
    if (typeof merge === 'string') {
      if (merge.length > out.length) return -1;
      const space = merge.indexOf(' ');
      this.middle = spell(merge, out, 0, 0, space);
      return this.#end(this.middle <= 0 ? -1 : spell(merge, out, this.middle, space + 1));
    }
    const [left, right] = this.parts(rank);
    if (left.length + right.length > out.length) return -1;
    this.middle = spell(left, out, 0);
    return this.#end(this.middle < 0 ? -1 : spell(right, out, this.middle));
  }

  /** Where the parts end, of which the second has `length` bytes. */
  #end(length: number): number {
    return length <= 0 ? -1 : this.middle + length;
  }

  parts(rank: number): readonly [string, string] {
    const merge = this.#merges[rank];
    if (typeof merge === 'string') return partsOf(merge) ?? this.#noPair(rank);
    return isPair(merge) ? merge : this.#noPair(rank);
  }

  wrong(rank: number, what: string): Error {
    return malformed(`model.merges[${rank}]`, what);
  }

  #noPair(rank: number): never {
    throw this.wrong(rank, NO_PAIR);
  }
}

class TableMerges implements MergeEntries {
  readonly length: number;
  middle = 0;
  readonly #table: StringTable;

  constructor(table: StringTable) {
    this.#table = table;
    this.length = table.length;
  }

  spell(rank: number, out: Uint8Array): number {
    const { bytes } = this.#table;
    const start = this.#table.start(rank);
    const end = this.#table.end(rank);
    if (end - start > out.length) return -1;
    let space = start;
    while (space < end && bytes[space] !== SPACE) space++;
    this.middle = spellUtf8(bytes, start, space, out, 0);
    if (this.middle <= 0) return -1;
    const more = spellUtf8(bytes, space + 1, end, out, this.middle);
    return more <= 0 ? -1 : this.middle + more;
  }

  parts(rank: number): readonly [string, string] {
    const parts = partsOf(this.#table.text(rank));
    if (parts === null) throw this.wrong(rank, NO_PAIR);
    return parts;
  }

  wrong(rank: number, what: string): Error {
    const { file, key } = this.#table;
    return malformed(`key ${key}[${rank}]`, what, file);
  }
}

const NO_PAIR = 'expected a pair of tokens';

function isPair(merge: unknown): merge is readonly [string, string] {
  if (!Array.isArray(merge) || merge.length !== 2) return false;
  const [left, right] = merge as unknown[];
  return typeof left === 'string' && typeof right === 'string' && left !== '' && right !== '';
}

/** Of "left right"; a part never holds a space, which the alphabet writes as another character. */
function partsOf(merge: string): readonly [string, string] | null {
  const space = merge.indexOf(' ');
  if (space <= 0 || space === merge.length - 1 || merge.includes(' ', space + 1)) return null;
  return [merge.slice(0, space), merge.slice(space + 1)];
}
