/** The sets that patterns, pre-tokenizers and normalizers ask for, out of the tables. */
import { CODE_POINTS, range, union, type CodePointSet } from './code-point-set.js';
import { GENERAL_CATEGORIES, NUMERIC, PATTERN_WORD, PUNCTUATION, WORD } from './tables.js';

/** The set that a table of runs outside and inside, in turn, describes. */
export function setOfRuns(table: string): CodePointSet {
  let at = 0;
  return words(table).map((run) => (at += parseInt(run, 36)));
}

/** The words of a table. */
export function words(table: string): string[] {
  return table.trim().split(/\s+/);
}

/** The numbers of a word, in base 36 with dots between. */
export function numbers(word: string): number[] {
  return word.split('.').map((number) => parseInt(number, 36));
}

let categories: ReadonlyMap<string, CodePointSet> | null = null;

function readCategories(): ReadonlyMap<string, CodePointSet> {
  const sets = new Map<string, number[]>();
  let at = 0;
  for (const run of words(GENERAL_CATEGORIES)) {
    const name = run.slice(0, 2);
    const end = at + parseInt(run.slice(3), 36);
    for (const key of [name, name.charAt(0)]) {
      let set = sets.get(key);
      if (set === undefined) sets.set(key, (set = []));
      if (set.at(-1) === at) set.pop();
      else set.push(at);
      if (end < CODE_POINTS) set.push(end);
    }
    at = end;
  }
  return sets;
}

/** The code points of a general category ("Lu") or of a group of them ("L"); undefined for others. */
export function categorySet(name: string): CodePointSet | undefined {
  categories ??= readCategories();
  return categories.get(name);
}

const category = (name: string): CodePointSet => categorySet(name)!;

/** Unicode's White_Space, which no longer changes. */
export const WHITE_SPACE: CodePointSet = union(
  range(0x09, 0x0d),
  ...[0x20, 0x85, 0xa0, 0x1680].map((code) => range(code, code)),
  range(0x2000, 0x200a),
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000].map((code) => range(code, code)),
);

/** A pattern's `\d`. */
export const digits = (): CodePointSet => category('Nd');

/** A pattern's `\w`. */
export const wordCharacters = (): CodePointSet => setOfRuns(PATTERN_WORD);

/** What the pre-tokenizer Digits cuts out. */
export const numeric = (): CodePointSet => setOfRuns(NUMERIC);

/** What the pre-tokenizer Punctuation cuts out. */
export const punctuation = (): CodePointSet => setOfRuns(PUNCTUATION);

/** What makes a word for added tokens and for the pre-tokenizer Whitespace. */
export const wordsOfAddedTokens = (): CodePointSet => setOfRuns(WORD);
