/** The merges of byte-pair encoding: a hash from two ids to the merge's rank, in flat arrays. */
import { malformed, quoted } from './document.js';
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

/** Builds the tables from a file's `merges`, a stretch at a time. */
export class MergeBuilder {
  readonly tables: MergeTables;
  readonly #merges: readonly unknown[];
  readonly #vocabulary: Vocabulary;
  /** Special tokens by id, and those that merges need, which stay in the model. */
  readonly #special: ReadonlySet<number>;
  readonly spelled = new Set<number>();

  constructor(merges: readonly unknown[], vocabulary: Vocabulary, special: ReadonlySet<number>) {
    this.#merges = merges;
    this.#vocabulary = vocabulary;
    this.#special = special;
    const slots = 1 << Math.max(4, Math.ceil(Math.log2(merges.length * 1.6)));
    this.tables = { slots: sharedInt32(slots * 3), results: sharedInt32(merges.length) };
  }

  /** Merges [from, to), each of which ranks after the one before. Throws `file_malformed`. */
  add(from: number, to: number): void {
    const { slots, results } = this.tables;
    const mask = slotMask(this.tables);
    for (let rank = from; rank < Math.min(to, this.#merges.length); rank++) {
      const merge = this.#merges[rank];
      const [left, right, result] =
        typeof merge === 'string' ? this.#idsOfText(merge, rank) : this.#idsOfPair(merge, rank);
      if (left < 0 || right < 0 || result < 0) {
        const what = left < 0 ? 'its left part' : right < 0 ? 'its right part' : 'what it makes';
        throw malformed(
          `model.merges[${rank}]`,
          `${what} is no token of model.vocab: ${quoted(typeof merge === 'string' ? merge : (merge as string[]).join(' '))}`,
        );
      }
      if (this.#special.size > 0) {
        for (const id of [left, right, result]) if (this.#special.has(id)) this.spelled.add(id);
      }
      results[rank] = result;
      let slot = slotOf(left, right, mask);
      while (
        slots[slot * 3] !== 0 &&
        (slots[slot * 3] !== left + 1 || slots[slot * 3 + 1] !== right)
      ) {
        slot = (slot + 1) & mask;
      }
      // Where a pair stands twice, the last one counts.
      slots[slot * 3] = left + 1;
      slots[slot * 3 + 1] = right;
      slots[slot * 3 + 2] = rank;
    }
  }

  #idsOfText(merge: string, rank: number): readonly [number, number, number] {
    const space = merge.indexOf(' ');
    if (space <= 0 || space === merge.length - 1 || merge.indexOf(' ', space + 1) >= 0) {
      throw noPair(rank);
    }
    return this.#vocabulary.idsOfPair(merge, space, space + 1);
  }

  #idsOfPair(merge: unknown, rank: number): readonly [number, number, number] {
    const [left, right] = Array.isArray(merge) && merge.length === 2 ? (merge as unknown[]) : [];
    if (typeof left !== 'string' || typeof right !== 'string' || left === '' || right === '') {
      throw noPair(rank);
    }
    return this.#vocabulary.idsOfPair(left + right, left.length, left.length);
  }
}

function noPair(rank: number): Error {
  return malformed(`model.merges[${rank}]`, 'expected a pair of tokens');
}
