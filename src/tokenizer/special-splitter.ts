import type { AddedToken } from './tokenizer-json.js';

/** A piece of a text: a special token, or text between two. */
export type TextPart = { readonly id: number } | { readonly text: string };

/**
 * Cuts a text at its special tokens, as Hugging Face's library does: leftmost first, the longest of
 * those that begin there, added tokens that are not special competing for the same characters;
 * `single_word`, `lstrip` and `rstrip` as in its AddedVocabulary; tokens with `normalized` in a
 * second pass over what is left. That pass looks at the text as it is: a text that only becomes a
 * special token's string when normalized is not taken for one.
 */
export class SpecialSplitter {
  readonly #passes: readonly Pass[];

  constructor(added: readonly AddedToken[]) {
    this.#passes = [false, true]
      .map((normalized) => added.filter((token) => token.normalized === normalized))
      .filter((tokens) => tokens.some((token) => token.special))
      .map((tokens) => new Pass(tokens));
  }

  split(text: string): TextPart[] {
    let parts: TextPart[] = [{ text }];
    for (const pass of this.#passes) {
      parts = parts.flatMap((part) => ('id' in part ? [part] : pass.split(part.text)));
    }
    return parts.filter((part) => 'id' in part || part.text !== '');
  }
}

class Pass {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #any: RegExp;

  constructor(tokens: readonly AddedToken[]) {
    this.#tokens = new Map(tokens.map((token) => [token.content, token]));
    this.#any = anyOf([...this.#tokens.keys()], 'g');
  }

  split(text: string): TextPart[] {
    const parts: TextPart[] = [];
    let textBegin = 0;
    /** Where the last added token, special or not, left off. */
    let taken = 0;
    for (const match of text.matchAll(this.#any)) {
      const token = this.#tokens.get(match[0])!;
      let begin = match.index;
      let end = begin + token.content.length;
      if (token.singleWord && (isWordBefore(text, begin) || isWordAt(text, end))) continue;
      if (token.lstrip) while (begin > taken && isSpace(text[begin - 1]!)) begin--;
      if (token.rstrip) while (end < text.length && isSpace(text[end]!)) end++;
      taken = end;
      if (!token.special) continue;
      if (begin > textBegin) parts.push({ text: text.slice(textBegin, begin) });
      parts.push({ id: token.id });
      textBegin = end;
    }
    if (textBegin < text.length) parts.push({ text: text.slice(textBegin) });
    return parts;
  }
}

/** A pattern that finds the strings: at each place the longest of them. */
export function anyOf(strings: readonly string[], flags: string): RegExp {
  const longestFirst = [...strings].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapeForRegExp).join('|'), flags);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

// Rust's regex \s and \w, which the library uses; JavaScript's are not the same sets.
const SPACE = /^\p{White_Space}$/u;
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const WORD_AT_END = new RegExp(`${WORD.source}$`, 'u');
const WORD_AT_START = new RegExp(`^${WORD.source}`, 'u');

function isSpace(unit: string): boolean {
  return SPACE.test(unit);
}

function isWordBefore(text: string, index: number): boolean {
  return WORD_AT_END.test(text.slice(Math.max(0, index - 2), index));
}

function isWordAt(text: string, index: number): boolean {
  return WORD_AT_START.test(text.slice(index, index + 2));
}
