import type { IdList } from './id-list.js';
import { rankOf, slotMask, type MergeTables } from './merges.js';
import type { WorkMeter } from './work-meter.js';

/** Places in a word: a queue's entry is rank × PLACES + place, exact in a double. */
const PLACES = 2 ** 29;
/** Steps that taking an entry from the queue is worth. */
const STEP_COST = 8;

/**
 * Byte-pair merging in O(n log n) with a queue of possible merges by rank, then place (a binary
 * heap). Takes 12 bytes a symbol, and up to 16 for the queue.
 */
export class LongWordMerger {
  readonly #merges: MergeTables;
  readonly #mask: number;
  readonly #meter: WorkMeter;
  #queue = new Float64Array(0);
  #size = 0;

  constructor(merges: MergeTables, meter: WorkMeter) {
    this.#merges = merges;
    this.#mask = slotMask(merges);
    this.#meter = meter;
  }

  /** Merges `symbols`, which it writes over, and appends what is left. */
  merge(symbols: Int32Array, out: IdList): void {
    const { slots, results } = this.#merges;
    const mask = this.#mask;
    const count = symbols.length;
    const next = new Int32Array(count);
    const previous = new Int32Array(count);
    this.#queue = new Float64Array(count + 16);
    this.#size = 0;
    for (let i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
      if (i + 1 === count) break;
      const rank = rankOf(slots, mask, symbols[i]!, symbols[i + 1]!);
      if (rank >= 0) this.#queue[this.#size++] = rank * PLACES + i;
      if ((i & 0xfff) === 0xfff) this.#meter.spend(0x1000);
    }
    for (let i = (this.#size >> 1) - 1; i >= 0; i--) {
      this.#sink(i);
      if ((i & 0xfff) === 0) this.#meter.spend(0x1000);
    }

    for (let step = 1; this.#size > 0; step++) {
      if ((step & 0x3ff) === 0) this.#meter.spend(0x400 * STEP_COST);
      const entry = this.#queue[0]!;
      this.#queue[0] = this.#queue[--this.#size]!;
      this.#sink(0);
      const rank = Math.floor(entry / PLACES);
      const place = entry - rank * PLACES;
      const right = next[place]!;
      // Merged away, or at the end, or beside another symbol by now.
      if (symbols[place]! < 0 || right < 0) continue;
      const now = rankOf(slots, mask, symbols[place]!, symbols[right]!);
      if (now < 0 || results[now] !== results[rank]) continue;

      const merged = results[rank]!;
      const after = next[right]!;
      symbols[place] = merged;
      symbols[right] = -1;
      next[place] = after;
      const before = previous[place]!;
      if (before >= 0) this.#push(rankOf(slots, mask, symbols[before]!, merged), before);
      if (after >= 0) {
        previous[after] = place;
        this.#push(rankOf(slots, mask, merged, symbols[after]!), place);
      }
    }
    this.#queue = new Float64Array(0);
    for (let i = 0; i >= 0; i = next[i]!) out.push(symbols[i]!);
  }

  #push(rank: number, place: number): void {
    if (rank < 0) return;
    if (this.#size === this.#queue.length) {
      const larger = new Float64Array(Math.ceil(this.#size * 1.5));
      larger.set(this.#queue);
      this.#queue = larger;
    }
    const queue = this.#queue;
    const entry = rank * PLACES + place;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (queue[parent]! <= entry) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = entry;
  }

  #sink(from: number): void {
    const queue = this.#queue;
    const size = this.#size;
    if (size === 0) return;
    const entry = queue[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && queue[child + 1]! < queue[child]!) child++;
      if (queue[child]! >= entry) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = entry;
  }
}
