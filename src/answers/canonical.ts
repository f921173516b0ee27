import { isSign, type Node, type Row } from './canonical/answer-tree.js';
import { latexTokens } from './canonical/latex-tokens.js';
import { readAnswer } from './canonical/read-answer.js';
import { spellParts } from './canonical/spell-row.js';
import { valueOf } from './canonical/value-of.js';

/** UTF-16 units of an answer that is looked into; longer ones are no answers. */
const MAX_LENGTH = 10_000;

/**
 * A spelling that two answers have in common when they say the same in one of the simple forms of
 * benchmarks: numbers, fractions, LaTeX, choices, lists and words. There is no algebra: `x+1` is not
 * `1+x`. Never throws; takes time linear in the text's length.
 *
 * - Numbers are exact fractions ("1/2" for `0.5`, `\frac{2}{4}`, `.50`): decimals, groups of three,
 *   mixed numbers, exponents and powers of whole numbers, words as "million". Numbers of more than
 *   1,000 digits, and texts of more than 10,000 characters, are their own spelling.
 * - Percent, currencies, degrees and units behind a number are dropped: 50% is 50, as scorers of
 *   MATH have it.
 * - A name and `=` before an answer are dropped (`x = 5`), as are brackets around it: `(B)` is `b`.
 * - Lists, points and intervals keep the order of their parts; sets have none. Commas within brackets
 *   part (`(1,200)` is a point); outside, they may group digits (`1,200` is a number).
 * - Letters are in lower case. A time of day has no leading zero; a ratio is not reduced.
 */
export function canonicalAnswer(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return trimmed;
  return spellParts(withoutName(readAnswer(latexTokens(withoutStars(trimmed)))));
}

/** Markdown's bold type. */
function withoutStars(text: string): string {
  const bold = /^\*\*([^*]+)\*\*$/.exec(text.replace(/\.$/, ''));
  return bold?.[1] ?? text;
}

/** Without `x =`, `f(x) =`, `(x, y) =` or `x \in` before an answer that has no other. */
function withoutName(parts: readonly Row[]): readonly Row[] {
  const [first = [], ...others] = parts;
  const at = first.findIndex(isNaming);
  const rest = first.slice(at + 1);
  if (at < 1 || rest.length === 0 || [rest, ...others].some((row) => row.some(isNaming))) {
    return parts;
  }
  return isName(first.slice(0, at)) ? [rest, ...others] : parts;
}

const isNaming = (node: Node): boolean =>
  isSign(node, '=') || (node.kind === 'command' && node.text === '\\in');

const isArgument = (row: Row): boolean => valueOf(row) !== undefined || isName(row);

/** A letter or a word, with an index, a prime or arguments; or names in brackets. */
function isName([first, ...others]: Row): boolean {
  const isNamed =
    first?.kind === 'letters' ||
    first?.kind === 'command' ||
    (first?.kind === 'group' && first.parts.every(isName));
  return isNamed && others.every((node) => isOfName(node));
}

function isOfName(node: Node): boolean {
  if (node.kind === 'group') return node.parts.every((part) => isArgument(part));
  return isSign(node, "'") || (node.kind === 'script' && node.mark === '_');
}
