import type { AddedToken } from './tokenizer-json.js';

/** A piece of a text: an added token, or text between two. */
export type TextPart = { readonly id: number } | { readonly text: string };

/**
 * Cuts a text at added tokens, as Hugging Face's library does (its AddedVocabulary): leftmost
 * first, the longest of those that begin there; `single_word`, `lstrip` and `rstrip` as there;
 * tokens with `normalized` in a second pass over what is left, in its normalized form.
 */
export class AddedTokenSplitter {
  readonly #verbatim: Pass | null;
  readonly #normalized: Pass | null;
  readonly #normalize: (text: string) => string;

  /** `normalize` must not change a text that it has been through. */
  constructor(added: readonly AddedToken[], normalize: (text: string) => string) {
    const pass = (tokens: readonly AddedToken[], form: (text: string) => string): Pass | null =>
      tokens.length === 0 ? null : new Pass(new Map(tokens.map((t) => [form(t.content), t])));
    this.#verbatim = pass(
      added.filter((token) => !token.normalized),
      (content) => content,
    );
    this.#normalized = pass(
      added.filter((token) => token.normalized),
      normalize,
    );
    this.#normalize = normalize;
  }

  split(text: string): TextPart[] {
    const parts = this.#verbatim?.split(text) ?? [{ text }];
    const normalized = this.#normalized;
    if (normalized === null) return parts;
    return parts.flatMap((part) =>
      'id' in part ? [part] : normalized.split(this.#normalize(part.text)),
    );
  }
}

class Pass {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #any: RegExp;

  constructor(tokens: ReadonlyMap<string, AddedToken>) {
    this.#tokens = tokens;
    this.#any = anyOf([...tokens.keys()], 'g');
  }

  split(text: string): TextPart[] {
    const parts: TextPart[] = [];
    let taken = 0;
    for (const match of text.matchAll(this.#any)) {
      const token = this.#tokens.get(match[0])!;
      let begin = match.index;
      let end = begin + match[0].length;
      if (token.singleWord && (isWordBefore(text, begin) || isWordAt(text, end))) continue;
      if (token.lstrip) while (begin > taken && isSpace(text[begin - 1])) begin--;
      if (token.rstrip) while (end < text.length && isSpace(text[end])) end++;
      if (begin > taken) parts.push({ text: text.slice(taken, begin) });
      parts.push({ id: token.id });
      taken = end;
    }
    if (taken < text.length) parts.push({ text: text.slice(taken) });
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
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const WORD_AT_END = new RegExp(`${WORD}$`, 'u');
const WORD_AT_START = new RegExp(`^${WORD}`, 'u');

function isSpace(unit: string): boolean {
  return SPACE.test(unit);
}

function isWordBefore(text: string, index: number): boolean {
  return WORD_AT_END.test(text.slice(Math.max(0, index - 2), index));
}

function isWordAt(text: string, index: number): boolean {
  return WORD_AT_START.test(text.slice(index, index + 2));
}
