import { AddedTokenMatcher, type PlainText } from './added-token-matcher.js';
import { Flag } from './added-tokens.js';
import { maxBytesOf, minTokensOf, type EncodingTables } from './encoding-tables.js';
import { IdList } from './id-list.js';
import { Normalizer } from './normalizer.js';
import type { Edges } from './text-rewriter.js';
import { WordCutter } from './word-cutter.js';
import { WordEncoder } from './word-encoder.js';
import { WorkMeter } from './work-meter.js';

/** A range of a text, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  /** Behind the last unit. */
  readonly end: number;
}

export interface EncodeOptions {
  /** Whether special-token strings in the text are special tokens or text. */
  readonly special: 'parse' | 'plain';
  /**
   * Sorted and disjoint. Where `special` is 'parse': special-token strings within these ranges, or
   * overlapping one, are text.
   */
  readonly plain?: readonly TextRange[] | undefined;
  /** Encoding stops soon after more ids than this are found, or are sure to come. */
  readonly maxTokens: number;
  /** Called after every 16 KiB of text, or work that takes as long; it may throw to end it. */
  readonly checkpoint?: (() => void) | undefined;
}

export interface Encoded {
  /** Ids of the text; where it isn't complete, of its beginning. */
  readonly ids: Int32Array;
  /** False: the text has more than `maxTokens` tokens. */
  readonly complete: boolean;
  /** Tokens of the whole text, at least. */
  readonly atLeast: number;
}

/** Turns texts into ids, synchronously, one after the other: for a thread of its own. */
export interface Encoder {
  encode(text: string, options: EncodeOptions): Encoded;
  /** UTF-8 bytes, at most, of a text of `tokens` tokens; null where there is no bound. */
  maxBytesOf(tokens: number): number | null;
  /** Tokens, at least, of a text of `bytes` UTF-8 bytes. */
  minTokensOf(bytes: number): number;
}

export function createEncoder(tables: EncodingTables): Encoder {
  return new ByteLevelEncoder(tables);
}

/** Units that are turned into UTF-8 at once. */
const STRETCH = 1 << 14;
/** Bytes of room that is kept from one text to the next. */
const KEPT = 1 << 18;

declare global {
  // Node.js 20 has both; TypeScript's ES2023 doesn't.
  interface String {
    isWellFormed(): boolean;
    toWellFormed(): string;
  }
}

class ByteLevelEncoder implements Encoder {
  readonly #tables: EncodingTables;
  readonly #meter = new WorkMeter();
  readonly #normalizer: Normalizer;
  readonly #verbatim: AddedTokenMatcher | null;
  readonly #normalized: AddedTokenMatcher | null;
  /** Whether ranges of plain text count in the normalized text. */
  readonly #followsRanges: boolean;
  readonly #cutter: WordCutter;
  readonly #words: WordEncoder;
  readonly #utf8 = new TextEncoder();
  #bytes = new Uint8Array(KEPT);
  #out = new IdList();
  #maxTokens = 0;
  /** Tokens that the word at which encoding stopped has at least. */
  #ahead = 0;

  constructor(tables: EncodingTables) {
    const meter = this.#meter;
    this.#tables = tables;
    this.#normalizer = new Normalizer(tables.normalizer, meter);
    const matcher = (added: EncodingTables['added']) =>
      added === null ? null : new AddedTokenMatcher(added, meter);
    this.#verbatim = matcher(tables.added);
    this.#normalized = matcher(tables.normalizedAdded);
    this.#followsRanges =
      tables.normalizedAdded?.flags.some((flags) => (flags & Flag.special) !== 0) ?? false;
    this.#cutter = new WordCutter(tables.preTokenizer, meter);
    this.#words = new WordEncoder(tables, meter);
  }

  maxBytesOf(tokens: number): number | null {
    return maxBytesOf(this.#tables, tokens);
  }

  minTokensOf(bytes: number): number {
    return minTokensOf(this.#tables, bytes);
  }

  encode(text: string, options: EncodeOptions): Encoded {
    const { special, plain = [], maxTokens, checkpoint } = options;
    this.#meter.begin(checkpoint ?? null);
    this.#out = new IdList();
    this.#maxTokens = maxTokens;
    this.#ahead = 0;
    try {
      const complete = this.#encodeVerbatim(
        text.isWellFormed() ? text : text.toWellFormed(),
        special === 'plain' ? 'all' : edgesOf(plain),
      );
      const ids = this.#out.toArray();
      return { ids, complete, atLeast: ids.length + this.#ahead };
    } finally {
      this.#meter.begin(null);
      this.#out = new IdList();
      if (this.#bytes.length > KEPT) this.#bytes = new Uint8Array(KEPT);
      this.#cutter.begin(this.#bytes, WordCutter.FIRST);
    }
  }

  get #isFull(): boolean {
    return this.#out.length > this.#maxTokens;
  }

  /** Cuts at the added tokens that are looked for in the text as it is. False: stopped. */
  #encodeVerbatim(text: string, plain: PlainText): boolean {
    const matcher = this.#verbatim;
    if (matcher === null) return this.#encodeBetween(text, 0, text.length, plain);
    matcher.begin(text, plain);
    while (matcher.next()) {
      const { textStart, textEnd, id } = matcher;
      if (!this.#encodeBetween(text, textStart, textEnd, plain)) return false;
      this.#out.push(id);
      if (this.#isFull) return false;
    }
    return this.#encodeBetween(text, matcher.textStart, matcher.textEnd, plain);
  }

  /** Normalizes a part and cuts it at the added tokens that are looked for there. */
  #encodeBetween(text: string, start: number, end: number, plain: PlainText): boolean {
    if (start >= end) return true;
    const matcher = this.#normalized;
    if (matcher === null && this.#normalizer.isIdentity) return this.#encodeText(text, start, end);
    const ranges: PlainText =
      plain === 'all' ? plain : this.#followsRanges ? within(plain, start, end) : [];
    const form = this.#normalizer.apply(
      text.slice(start, end),
      ranges === 'all' || ranges.length === 0 ? null : ranges,
    );
    if (matcher === null) return this.#encodeText(form, 0, form.length);
    matcher.begin(form, ranges);
    while (matcher.next()) {
      if (!this.#encodeText(form, matcher.textStart, matcher.textEnd)) return false;
      this.#out.push(matcher.id);
      if (this.#isFull) return false;
    }
    return this.#encodeText(form, matcher.textStart, matcher.textEnd);
  }

  #encodeText(text: string, start: number, end: number): boolean {
    if (start >= end) return true;
    const length = this.#toBytes(text, start, end);
    const cutter = this.#cutter;
    const words = this.#words;
    const out = this.#out;
    const meter = this.#meter;
    const bytes = this.#bytes;
    const { wordBytes } = this.#tables;
    cutter.begin(bytes, length);
    while (cutter.next()) {
      const wordLength = cutter.end - cutter.start;
      if (wordLength > STRETCH && wordBytes !== null) {
        const ahead = Math.ceil(wordLength / wordBytes);
        if (out.length + ahead > this.#maxTokens) {
          this.#ahead = ahead;
          return false;
        }
      }
      words.encode(bytes, cutter.start, cutter.end, out);
      meter.spend(wordLength);
      if (this.#isFull) return false;
    }
    return true;
  }

  /** Writes the text's UTF-8 from byte 1 on; returns its end. */
  #toBytes(text: string, start: number, end: number): number {
    let length: number = WordCutter.FIRST;
    for (let at = start; at < end;) {
      let to = Math.min(end, at + STRETCH);
      if (to < end && isHighSurrogate(text.charCodeAt(to - 1))) to--;
      const room = length + (to - at) * 3;
      if (room > this.#bytes.length) {
        const larger = new Uint8Array(Math.max(room, this.#bytes.length * 2));
        larger.set(this.#bytes.subarray(0, length));
        this.#bytes = larger;
      }
      const part = at === 0 && to === text.length ? text : text.slice(at, to);
      length += this.#utf8.encodeInto(part, this.#bytes.subarray(length)).written;
      this.#meter.spend((to - at) >> 3);
      at = to;
    }
    return length;
  }
}

function edgesOf(ranges: readonly TextRange[]): Edges {
  return ranges.flatMap(({ start, end }) => (start < end ? [start, end] : []));
}

/** The ranges' parts in [start, end), from its start on. */
function within(edges: Edges, start: number, end: number): Edges {
  const out: Edges = [];
  let low = 0;
  let high = edges.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle * 2 + 1]! <= start) low = middle + 1;
    else high = middle;
  }
  for (let i = low * 2; i < edges.length && edges[i]! < end; i += 2) {
    out.push(Math.max(edges[i]!, start) - start, Math.min(edges[i + 1]!, end) - start);
  }
  return out;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
