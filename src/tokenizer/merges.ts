/** The merges of byte-pair encoding: a hash from two ids to the merge's rank, in flat arrays. */
import { quoted } from './document.js';
import type { MergeEntries } from './merge-entries.js';
import { sharedInt32 } from './shared-arrays.js';
import type { Vocabulary } from './vocabulary.js';

export interface MergeTables {
  /** [slots × 3] left id plus 1 (0: free), right id, rank. */
  readonly slots: Int32Array;
  /** [rank] the id that the two make. */
  readonly results: Int32Array;
}

/** The rank of the merge of two ids, or -1. */
export function rankOf(slots: Int32Array, mask: number, left: number, right: number): number {
  for (let slot = slotOf(left, right, mask); ; slot = (slot + 1) & mask) {
    const at = slot * 3;
    const found = slots[at]! - 1;
    if (found < 0) return -1;
    if (found === left && slots[at + 1] === right) return slots[at + 2]!;
  }
}

/** One below the number of slots. */
export function slotMask(tables: MergeTables): number {
  return tables.slots.length / 3 - 1;
}

function slotOf(left: number, right: number, mask: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & mask;
}

/** Where a pair stands twice, the last one counts. */
function insert(slots: Int32Array, mask: number, left: number, right: number, rank: number): void {
  let at = slotOf(left, right, mask) * 3;
  while (slots[at] !== 0 && (slots[at] !== left + 1 || slots[at + 1] !== right)) {
    at = at === mask * 3 ? 0 : at + 3;
  }
  slots[at] = left + 1;
  slots[at + 1] = right;
  slots[at + 2] = rank;
}

/** Builds the tables from a file's `merges`, a stretch at a time. */
export class MergeBuilder {
  readonly tables: MergeTables;
  readonly #merges: MergeEntries;
  readonly #vocabulary: Vocabulary;
  /** [vocabSize] 1: a special token; 2: one that merges need, which stays in the model. */
  readonly #special: Uint8Array;

  constructor(merges: MergeEntries, vocabulary: Vocabulary, special: ReadonlySet<number>) {
    this.#merges = merges;
    this.#vocabulary = vocabulary;
    this.#special = new Uint8Array(vocabulary.tables.vocabSize);
    for (const id of special) this.#special[id] = 1;
    const slots = 1 << Math.max(4, Math.ceil(Math.log2(merges.length * 1.6)));
    this.tables = { slots: sharedInt32(slots * 3), results: sharedInt32(merges.length) };
  }

  /** Whether a special token is part of a merge that was added, or comes out of one. */
  isSpelled(id: number): boolean {
    return this.#special[id] === 2;
  }

  /** Merges [from, to), each of which ranks after the one before. Throws `file_malformed`. */
  add(from: number, to: number): void {
    const { slots, results } = this.tables;
    const mask = slotMask(this.tables);
    const special = this.#special;
    const end = Math.min(to, this.#merges.length);
    const ids = new Int32Array(Math.max(0, end - from) * 3);
    // One hash after the other: a core's cache holds one of them.
    for (let rank = from, at = 0; rank < end; rank++, at += 3) {
      this.#vocabulary.findMerge(this.#merges, rank, ids, at);
    }
    for (let rank = from, at = 0; rank < end; rank++, at += 3) {
      const left = ids[at]!;
      const right = ids[at + 1]!;
      const result = ids[at + 2]!;
      if (left < 0 || right < 0 || result < 0) throw this.#noTokens(rank, left, right);
      if (special[left] === 1) special[left] = 2;
      if (special[right] === 1) special[right] = 2;
      if (special[result] === 1) special[result] = 2;
      results[rank] = result;
      insert(slots, mask, left, right, rank);
    }
  }

  #noTokens(rank: number, left: number, right: number): Error {
    const what = left < 0 ? 'its left part' : right < 0 ? 'its right part' : 'what it makes';
    const text = this.#merges.parts(rank).join(' ');
    return this.#merges.wrong(rank, `${what} is no token: ${quoted(text)}`);
  }
}
