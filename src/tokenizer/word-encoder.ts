import type { EncodingTables } from './encoding-tables.js';
import { ByteKind } from './byte-tokens.js';
import { IdList } from './id-list.js';
import { LongWordMerger } from './long-word-merger.js';
import { rankOf, slotMask } from './merges.js';
import { MAX_TOKEN_LENGTH } from './vocab-entries.js';
import { findToken, hashBytes } from './vocabulary.js';
import { MAX_CACHED_LENGTH, WordCache } from './word-cache.js';
import type { WorkMeter } from './work-meter.js';

/** Symbols up to which looking through all pairs for the next merge beats a queue. */
const SHORT = 48;

/** Byte-pair encoding of words (R. Sennrich et al., 2016), as Hugging Face's BPE has it. */
export class WordEncoder {
  readonly #tables: EncodingTables;
  readonly #mask: number;
  readonly #cache = new WordCache();
  readonly #long: LongWordMerger;
  readonly #symbols = new Int32Array(SHORT);
  readonly #ranks = new Int32Array(SHORT);

  constructor(tables: EncodingTables, meter: WorkMeter) {
    this.#tables = tables;
    this.#mask = slotMask(tables.merges);
    this.#long = new LongWordMerger(tables.merges, meter);
  }

  /** Appends the ids of the word bytes [start, end). */
  encode(bytes: Uint8Array, start: number, end: number, out: IdList): void {
    const { vocabulary } = this.#tables;
    const length = end - start;
    const ignoreMerges = this.#tables.ignoreMerges && length <= MAX_TOKEN_LENGTH;
    const cached = length <= MAX_CACHED_LENGTH;
    let hash = 0;
    if (cached || ignoreMerges) {
      hash = hashBytes(bytes, start, end);
      if (cached && this.#cache.find(bytes, start, end, hash, out)) return;
    }
    const before = out.length;
    const whole = ignoreMerges ? findToken(vocabulary, bytes, start, end, hash) : -1;
    if (whole >= 0) out.push(whole);
    else this.#merge(bytes, start, end, out);
    if (cached) this.#cache.add(bytes, start, end, out.ids, before, out.length);
  }

  #merge(bytes: Uint8Array, start: number, end: number, out: IdList): void {
    const { ids, complete } = this.#tables.byteTokens;
    const length = end - start;
    if (!complete) {
      const list = new IdList();
      this.#symbolsOf(bytes, start, end, list);
      if (list.length === 0) return;
      if (list.length > SHORT) {
        this.#long.merge(list.toArray(), out);
        return;
      }
      this.#symbols.set(list.ids.subarray(0, list.length));
      this.#mergeShort(list.length, out);
      return;
    }
    const symbols = length > SHORT ? new Int32Array(length) : this.#symbols;
    for (let i = 0; i < length; i++) symbols[i] = ids[bytes[start + i]! * 2]!;
    if (length > SHORT) this.#long.merge(symbols, out);
    else this.#mergeShort(length, out);
  }

  /** Symbols of bytes of which some have no token of their own. */
  #symbolsOf(bytes: Uint8Array, start: number, end: number, list: IdList): void {
    const { kinds, ids, unknown, fuseUnknown } = this.#tables.byteTokens;
    // An unknown symbol waits for the next known one, as there: bytes in between pass it.
    let waiting = false;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      const kind = kinds[byte];
      if (kind === ByteKind.token) {
        if (waiting) list.push(unknown);
        waiting = false;
        list.push(ids[byte * 2]!);
      } else if (kind === ByteKind.fallback) {
        list.push(ids[byte * 2]!);
        if (ids[byte * 2 + 1]! >= 0) list.push(ids[byte * 2 + 1]!);
      } else if (unknown >= 0) {
        if (waiting && !fuseUnknown) list.push(unknown);
        waiting = true;
      }
    }
    if (waiting) list.push(unknown);
  }

  /** Merges the first symbols, the pair of least rank first, the leftmost of such. */
  #mergeShort(count: number, out: IdList): void {
    const { slots, results } = this.#tables.merges;
    const mask = this.#mask;
    const symbols = this.#symbols;
    const ranks = this.#ranks;
    const none = 0x7fff_ffff;
    const rank = (left: number): number => {
      const found = rankOf(slots, mask, symbols[left]!, symbols[left + 1]!);
      return found < 0 ? none : found;
    };
    for (let i = 0; i + 1 < count; i++) ranks[i] = rank(i);
    for (;;) {
      let best = none;
      let at = -1;
      for (let i = 0; i + 1 < count; i++) {
        if (ranks[i]! < best) {
          best = ranks[i]!;
          at = i;
        }
      }
      if (at < 0) break;
      symbols[at] = results[best]!;
      count--;
      for (let i = at + 1; i < count; i++) {
        symbols[i] = symbols[i + 1]!;
        ranks[i] = ranks[i + 1]!;
      }
      if (at > 0) ranks[at - 1] = rank(at - 1);
      if (at + 1 < count) ranks[at] = rank(at);
    }
    out.reserve(count);
    for (let i = 0; i < count; i++) out.push(symbols[i]!);
  }
}
