import { DEAD_STATE, type GrammarState, type NativeGrammar } from '../../native/addon.js';
import type { TokenTable } from '../../tokenizer/token-table.js';
import { isWhitespace } from '../text/thought-text.js';
import type { GrammarTrigger } from '../types.js';

/** The tokens of a vocabulary that end an announcement, or are its whole, and say more besides. */
export class AnnouncingTokens {
  /** Words of a mask. */
  readonly maskWords: number;
  /** By how many of the announcement's bytes stand before: a token, and what it says behind them. */
  readonly #byMatched = new Map<number, [id: number, rest: Buffer][]>();
  /** Tokens that begin with a brace, but for whitespace. */
  readonly #braces: [id: number, text: Buffer][] = [];

  /** Of a table's first `tokens`. */
  constructor(
    table: TokenTable,
    { tokens, maskWords }: { readonly tokens: number; readonly maskWords: number },
    announcement: string,
  ) {
    this.maskWords = maskWords;
    const text = Buffer.from(announcement);
    const { bytes, offsets } = table;
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, offsets[tokens]);
    const inside = new Uint8Array(256);
    for (const byte of text.subarray(1)) inside[byte] = 1;
    let whole = all.indexOf(text);
    for (let id = 0; id < tokens; id++) {
      const [begin, end] = [offsets[id]!, offsets[id + 1]!];
      let shown = begin;
      while (shown < end && isSpace(bytes[shown]!)) shown++;
      if (shown < end && bytes[shown] === BRACE) {
        this.#braces.push([id, Buffer.from(bytes.subarray(shown, end))]);
      }
      if (inside[bytes[begin]!] === 1) this.#addEnds(id, text, bytes.subarray(begin, end));
      // Two tokens may hold it between them.
      while (whole >= 0 && whole < begin) whole = all.indexOf(text, whole + 1);
      const behind = whole + text.length;
      if (whole >= 0 && behind < end) this.#add(id, 0, bytes.subarray(behind, end));
    }
  }

  /** Notes a token that begins as the announcement goes on somewhere, and goes on behind it. */
  #addEnds(id: number, text: Buffer, bytes: Uint8Array): void {
    for (let matched = 1; matched < text.length; matched++) {
      const length = text.length - matched;
      if (bytes.length <= length || bytes[0] !== text[matched]) continue;
      const ends = text.compare(bytes, 0, length, matched) === 0;
      if (ends) this.#add(id, matched, bytes.subarray(length));
    }
  }

  #add(id: number, matched: number, rest: Uint8Array): void {
    if (rest.length === 0) return;
    const known = this.#byMatched.get(matched);
    if (known === undefined) this.#byMatched.set(matched, [[id, Buffer.from(rest)]]);
    else known.push([id, Buffer.from(rest)]);
  }

  /** Behind so many bytes of the announcement, or BRACES. */
  behind(matched: number): readonly (readonly [id: number, rest: Buffer])[] {
    return matched === BRACES ? this.#braces : (this.#byMatched.get(matched) ?? []);
  }
}

/** Where an answer stands that announces nothing so far. */
interface Place {
  /** The end of the answer, as long as it may be the beginning of an announcement. */
  readonly tail: Buffer;
  /** All of the answer behind its whitespace, as long as it may be one of `starts`; else null. */
  readonly head: Buffer | null;
}

/**
 * Looks for what announces a grammar, in bytes, so that no character is cut. What a token says
 * behind an announcement belongs to the grammar: tokens that would say something else are forbidden.
 */
export class TriggerWatch {
  readonly #grammar: NativeGrammar;
  readonly #text: Buffer;
  readonly #starts: readonly Buffer[];
  readonly #tokens: AnnouncingTokens;
  readonly #forbidden = new Map<number, readonly number[]>();
  #place: Place;

  constructor(grammar: NativeGrammar, { text, starts }: GrammarTrigger, tokens: AnnouncingTokens) {
    this.#grammar = grammar;
    this.#text = Buffer.from(text);
    this.#starts = starts.map((start) => Buffer.from(start));
    this.#tokens = tokens;
    this.#place = this.#beginning();
  }

  #beginning(): Place {
    return { tail: Buffer.alloc(0), head: this.#starts.length > 0 ? Buffer.alloc(0) : null };
  }

  /** What has come was no part of the answer. */
  reset(): void {
    this.#place = this.#beginning();
  }

  /** More of the answer has come. The grammar's state behind it; null where nothing is announced. */
  take(bytes: Buffer): GrammarState | null {
    const { place, state } = this.#after(this.#place, bytes);
    this.#place = place;
    return state;
  }

  /** How many of the next parts of an answer announce nothing, from the first on. */
  quiet(parts: readonly Buffer[]): number {
    let place = this.#place;
    const loud = parts.findIndex((part) => {
      const after = this.#after(place, part);
      place = after.place;
      return after.state !== null;
    });
    return loud < 0 ? parts.length : loud;
  }

  #after({ tail, head }: Place, bytes: Buffer): { place: Place; state: GrammarState | null } {
    const text = Buffer.concat([tail, bytes]);
    const at = text.indexOf(this.#text);
    const behind = at < 0 ? null : text.subarray(at + this.#text.length);
    const kept = behind ?? text;
    const place = {
      tail: kept.subarray(Math.max(0, kept.length - this.#text.length + 1)),
      head: head === null ? null : behindSpace(Buffer.concat([head, bytes])),
    };
    if (place.head !== null) {
      const begun = place.head;
      if (this.#starts.some((start) => startsWith(begun, start))) {
        return { place: { ...place, head: null }, state: this.#stateBehind(begun) };
      }
      if (!this.#starts.some((start) => startsWith(start, begun))) place.head = null;
    }
    return { place, state: behind === null ? null : this.#stateBehind(behind) };
  }

  /** What leads nowhere is not announced: the answer goes on as one that announces nothing. */
  #stateBehind(bytes: Buffer): GrammarState | null {
    const state = this.#grammar.stepBytes(this.#grammar.start, bytes);
    return state === DEAD_STATE ? null : state;
  }

  /** As if the bytes had come; returns what brings back the place before. */
  assume(bytes: Buffer): () => void {
    const before = this.#place;
    this.#place = this.#after(before, bytes).place;
    return () => (this.#place = before);
  }

  /** Writes the mask of the next token; `free`: every token may come, and nothing was written. */
  fillMask(mask: Uint32Array, offset: number): 'free' | 'masked' {
    const { head } = this.#place;
    const begins = head?.length === 0 && this.#starts.some((start) => start.equals(ONE_BRACE));
    const places = new Set([0, this.#matched(), ...(begins ? [BRACES] : [])]);
    const forbidden = [...places].flatMap((place) => this.#forbiddenBehind(place));
    if (forbidden.length === 0) return 'free';
    mask.fill(0xffffffff, offset, offset + this.#tokens.maskWords);
    for (const id of forbidden) mask[offset + (id >> 5)]! &= ~(1 << (id & 31));
    return 'masked';
  }

  /** How many bytes of the announcement the answer ends in. */
  #matched(): number {
    const { tail } = this.#place;
    const at = tail.lastIndexOf(this.#text.subarray(0, 1));
    const end = at < 0 ? tail.subarray(tail.length) : tail.subarray(at);
    return startsWith(this.#text, end) ? end.length : 0;
  }

  /** Tokens that would announce, and then say what isn't of the grammar. */
  #forbiddenBehind(matched: number): readonly number[] {
    let ids = this.#forbidden.get(matched);
    if (ids === undefined) {
      const tokens = this.#tokens.behind(matched);
      ids = tokens.filter(([, rest]) => this.#stateBehind(rest) === null).map(([id]) => id);
      this.#forbidden.set(matched, ids);
    }
    return ids;
  }
}

const BRACE = 0x7b;
const ONE_BRACE = Buffer.of(BRACE);
/** In place of how many bytes stand before: none, at the start of an answer that a brace announces. */
const BRACES = -1;

function startsWith(text: Buffer, start: Buffer): boolean {
  return text.length >= start.length && text.compare(start, 0, start.length, 0, start.length) === 0;
}

function isSpace(byte: number): boolean {
  return byte <= 0x20 && isWhitespace(String.fromCharCode(byte));
}

function behindSpace(text: Buffer): Buffer {
  let begin = 0;
  while (begin < text.length && isSpace(text[begin]!)) begin++;
  return text.subarray(begin);
}
