/** Hugging Face's library, which the tokenizer's tests and tables are measured by. */
import { Tokenizer } from 'tokenizers';

export const CODE_POINTS = 0x110000;

const HULL = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
};

/** The pre-tokenizer Whitespace, of which only words are wanted: asked for by `libraryClass`. */
export const BREAK = { type: 'Whitespace' } as const;

let everything: string | null = null;

function everyCodePoint(): string {
  if (everything !== null) return everything;
  const parts: string[] = [];
  for (let code = 0; code < CODE_POINTS; code++) {
    if (code < 0xd800 || code > 0xdfff) parts.push(String.fromCodePoint(code));
  }
  return (everything = parts.join(''));
}

/** [0x110000] 1: a member of the pattern's class, or of what the pre-tokenizer isolates. */
export function libraryClass(
  wanted: { readonly regex: string } | Readonly<Record<string, unknown>>,
): Uint8Array {
  const config =
    'regex' in wanted
      ? { type: 'Split', pattern: { Regex: wanted.regex }, behavior: 'Isolated', invert: false }
      : wanted;
  const library = Tokenizer.fromString(JSON.stringify({ ...HULL, pre_tokenizer: config }));
  const pre = library.getPreTokenizer()!;
  const set = new Uint8Array(CODE_POINTS);
  if (wanted === BREAK) {
    // "a" beside the code point stays one word with it, or doesn't.
    for (let code = 0; code < CODE_POINTS; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const words = pre.preTokenizeString(`a${String.fromCodePoint(code)}`);
      if (words.length === 1 && words[0]![0] !== 'a') set[code] = 1;
    }
    return set;
  }
  // Removed: what is left are the others.
  const removed = Tokenizer.fromString(
    JSON.stringify({ ...HULL, pre_tokenizer: { ...config, behavior: 'Removed' } }),
  ).getPreTokenizer()!;
  if ('individual_digits' in config) {
    for (let code = 0; code < CODE_POINTS; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      if (pre.preTokenizeString(`a${String.fromCodePoint(code)}`).length === 2) set[code] = 1;
    }
    return set;
  }
  set.fill(1);
  for (const [part] of removed.preTokenizeString(everyCodePoint())) {
    for (const character of part) set[character.codePointAt(0)!] = 0;
  }
  set.fill(0, 0xd800, 0xe000);
  return set;
}

/** The library's normalizer of a tokenizer.json. */
export function libraryNormalizer(config: object): (text: string) => string {
  const library = Tokenizer.fromString(JSON.stringify({ ...HULL, normalizer: config }));
  const normalizer = library.getNormalizer()!;
  return (text) => normalizer.normalizeString(text);
}
