import { Flag, follow, type AddedTokenTables } from './added-tokens.js';
import { CODE_POINTS, has, membership } from './unicode/code-point-set.js';
import { WHITE_SPACE, wordsOfAddedTokens } from './unicode/properties.js';
import type { Edges } from './text-rewriter.js';
import type { WorkMeter } from './work-meter.js';

let word: Uint8Array | null = null;

/** Where special-token strings are text: everywhere, or within ranges (their edges). */
export type PlainText = 'all' | Edges;

/**
 * Finds added tokens in a text, as Hugging Face's library does (its AddedVocabulary): leftmost
 * first, the longest of those that begin there; `single_word`, `lstrip` and `rstrip` as there.
 */
export class AddedTokenMatcher {
  /** Where the text before the found token begins and ends, and the token with its whitespace ends. */
  textStart = 0;
  textEnd = 0;
  tokenEnd = 0;
  /** The token's id. */
  id = 0;

  readonly #tables: AddedTokenTables;
  readonly #meter: WorkMeter;
  #text = '';
  #plain: PlainText = 'all';
  /** The first edge that may matter yet. */
  #edge = 0;
  #taken = 0;
  /** Where the next token may begin. */
  #from = 0;
  /** The token found at a place, and where it ends. */
  #token = -1;
  #end = 0;

  constructor(tables: AddedTokenTables, meter: WorkMeter) {
    this.#tables = tables;
    this.#meter = meter;
  }

  begin(text: string, plain: PlainText): void {
    this.#text = text;
    this.#plain = plain;
    this.#edge = 0;
    this.#taken = 0;
    this.#from = 0;
  }

  /** False: no token is left; the text's last part is from `textStart` to `textEnd`. */
  next(): boolean {
    const { ids, flags } = this.#tables;
    const text = this.#text;
    this.textStart = this.#taken;
    for (;;) {
      const start = this.#find();
      if (start < 0) {
        this.textEnd = text.length;
        return false;
      }
      const flag = flags[this.#token]!;
      let begin = start;
      let end = this.#end;
      this.#from = end;
      if ((flag & Flag.singleWord) !== 0 && (isWordBefore(text, begin) || isWordAt(text, end))) {
        continue;
      }
      if ((flag & Flag.lstrip) !== 0) {
        // Whitespace that the token before took along is no token of its own.
        if (end <= this.#taken) continue;
        while (begin > this.#taken && isSpace(text.charCodeAt(begin - 1))) begin--;
      }
      if ((flag & Flag.rstrip) !== 0) {
        while (end < text.length && isSpace(text.charCodeAt(end))) end++;
      }
      this.#meter.spend(end - begin);
      this.textEnd = begin;
      this.tokenEnd = end;
      this.id = ids[this.#token]!;
      this.#taken = end;
      return true;
    }
  }

  /** The place of the next token, or -1; `#token` and `#end` belong to it. */
  #find(): number {
    const { first, onlyFirst } = this.#tables;
    const text = this.#text;
    const only = onlyFirst < 0 ? '' : String.fromCharCode(onlyFirst);
    let told = this.#from;
    for (let at = this.#from; at < text.length; at++) {
      if (only !== '') {
        at = text.indexOf(only, at);
        if (at < 0) return -1;
      } else if (first[text.charCodeAt(at)] === 0) {
        if (at - told < 4096) continue;
        this.#meter.spend((at - told) >> 2);
        told = at;
        continue;
      }
      if (this.#longestAt(at)) return at;
    }
    return -1;
  }

  #longestAt(at: number): boolean {
    const tables = this.#tables;
    const { ends, endsOrdinary } = tables;
    const text = this.#text;
    let node = 0;
    let i = at;
    this.#token = -1;
    while (i < text.length) {
      node = follow(tables, node, text.charCodeAt(i));
      if (node === 0) break;
      i++;
      if (ends[node] === 0) continue;
      const token = (this.#isPlain(at, i) ? endsOrdinary : ends)[node]!;
      if (token === 0) continue;
      this.#token = token - 1;
      this.#end = i;
    }
    this.#meter.spend(i - at);
    return this.#token >= 0;
  }

  /** Whether a range of plain text overlaps [start, end). */
  #isPlain(start: number, end: number): boolean {
    const plain = this.#plain;
    if (plain === 'all') return true;
    // Starts only grow: ranges that end before one are done with.
    while (this.#edge < plain.length && plain[this.#edge + 1]! <= start) this.#edge += 2;
    return this.#edge < plain.length && plain[this.#edge]! < end;
  }
}

/** All of White_Space is in the first plane. */
function isSpace(unit: number): boolean {
  if (unit === 0x20 || unit === 0x0a) return true;
  return has(WHITE_SPACE, unit);
}

function isWord(code: number): boolean {
  word ??= membership(wordsOfAddedTokens(), CODE_POINTS);
  return word[code] === 1;
}

function isWordBefore(text: string, index: number): boolean {
  if (index === 0) return false;
  const unit = text.charCodeAt(index - 1);
  const isLow = unit >= 0xdc00 && unit < 0xe000 && index > 1;
  return isWord(isLow ? text.codePointAt(index - 2)! : unit);
}

function isWordAt(text: string, index: number): boolean {
  return index < text.length && isWord(text.codePointAt(index)!);
}
