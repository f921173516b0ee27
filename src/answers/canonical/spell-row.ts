import { isSign, withinBrackets, type Node, type Row } from './answer-tree.js';
import { areApart } from './apart.js';
import { divide, isWhole, spellRational, type Rational } from './rational.js';
import { FUNCTIONS } from './spellings.js';
import { measuredValue, withoutUnits } from './units.js';

/** Signs and relations beside which a quotient needs no brackets. */
const SOFT_SIGNS = ['+', '-', '=', '<', '>', ',', ':', ';', '&', '|'];
const SOFT_COMMAND = /^\\(?:le|ge|ne|in|cup|cap|to|pm|mp|\\|(?:begin|end)\{.*)$/;
/** Signs that make a row more than a product. */
const LOOSE_SIGNS = [...SOFT_SIGNS, '/'];

/** The canonical spelling of one part of an answer. */
function spellRow(written: Row): string {
  const last = written.findLastIndex((node) => node.kind !== 'degree' && !isSign(node, '.'));
  // Marks of degrees behind a number are its unit, and a full stop ends a sentence.
  const row = written.slice(0, last + 1);
  const value = measuredValue(row);
  if (value !== undefined) return spellRational(value);
  const within = withinBrackets(row);
  if (within !== undefined) return spellRow(within);
  const bare = withoutUnits(row);
  return bare.length < row.length ? spellRow(bare) : spellNodes(row);
}

/** The parts of a list, in their order. */
export const spellParts = (parts: readonly Row[]): string => parts.map(spellRow).join(', ');

function spellNodes(row: Row): string {
  const nodes = withQuotients(withoutSilent(row));
  const written: string[] = [];
  /** Letters that stand together at the end of what is written. */
  let letters = 0;
  nodes.forEach((node, i) => {
    const before = nodes[i - 1];
    const bare = spellNode(node, i === 0);
    const isLoose = isSoft(before) && isSoft(nodes[i + 1]) && (i === 0 || !bare.startsWith('-'));
    const text = isQuotient(node) && !isLoose ? `(${bare})` : bare;
    const isApart =
      before !== undefined && areApart(before, written.at(-1) ?? '', letters, node, text);
    if (isApart) written.push(' ');
    written.push(text);
    letters = node.kind === 'letters' ? node.text.length + (isApart ? 0 : letters) : 0;
  });
  return written.join('');
}

/** A row without the marks of degrees, and without signs of products that need none. */
function withoutSilent(row: Row): Row {
  const kept: Node[] = [];
  for (const [i, node] of [...row.entries()].reverse()) {
    const isSilent =
      node.kind === 'degree' || (i > 0 && isSign(node, '*') && isFactor(kept.at(-1)));
    if (!isSilent) kept.push(node);
  }
  return kept.reverse();
}

/** Whether a node multiplies what it stands behind without a sign. */
function isFactor(node: Node | undefined): boolean {
  if (node === undefined) return false;
  // Words are multiplied by none: a unit would be taken for one.
  if (node.kind === 'letters') return node.text.length === 1 || FUNCTIONS.has(node.text);
  const { kind } = node;
  return kind === 'command' || kind === 'root' || kind === 'group' || isQuotient(node);
}

/** A row whose quotients of numbers, those that stand in a sum, are numbers. */
function withQuotients(row: Row): Row {
  const nodes: Node[] = [];
  for (let i = 0; i < row.length; i++) {
    const [node, sign, under] = row.slice(i, i + 3);
    if (node === undefined) break;
    const value =
      isSoft(row[i - 1]) && isSoft(row[i + 3]) ? quotientOf(node, sign, under) : undefined;
    if (value !== undefined) i += 2;
    nodes.push(
      value === undefined ? node : { kind: 'number', value, spaced: false, asFraction: true },
    );
  }
  return nodes;
}

function quotientOf(
  over: Node,
  sign: Node | undefined,
  under: Node | undefined,
): Rational | undefined {
  if (over.kind !== 'number' || !isSign(sign, '/') || under?.kind !== 'number') return undefined;
  return divide(over.value, under.value);
}

/** Whether a neighbour leaves a quotient as it is. */
function isSoft(node: Node | undefined): boolean {
  return (
    node === undefined ||
    isSign(node, ...SOFT_SIGNS) ||
    (node.kind === 'command' && SOFT_COMMAND.test(node.text))
  );
}

/** What needs brackets among factors. */
function isQuotient(node: Node): boolean {
  if (node.kind === 'fraction') return true;
  return node.kind === 'number' && (!isWhole(node.value) || node.value.numerator < 0n);
}

function spellNode(node: Node, isFirst: boolean): string {
  switch (node.kind) {
    case 'number':
      return spellRational(node.value);
    case 'verbatim':
    case 'letters':
    case 'command':
    case 'sign':
    case 'clock':
      return node.text;
    case 'fraction':
      return spellFraction(node.over, node.under, isFirst);
    case 'root': {
      const degree = node.degree.length === 0 ? '' : `[${spellRow(node.degree)}]`;
      return `\\sqrt${degree}{${spellRow(node.of)}}`;
    }
    case 'script':
      return node.mark + spellScript(node.row);
    case 'degree':
      return '';
    case 'group': {
      const isSet = node.open === '\\{';
      const parts = node.parts.map(spellRow);
      const members = isSet ? [...new Set(parts)].sort() : parts;
      return node.open + members.join(', ') + node.close;
    }
  }
}

/** With a minus of the upper part in front, where that says the same. */
function spellFraction(over: Row, under: Row, isFirst: boolean): string {
  const [sign, ...rest] = over;
  const isOpposite = isFirst && isSign(sign, '-') && isProduct(rest);
  const upper = isOpposite ? rest : over;
  const spelled = spellRow(upper);
  const above = isProduct(upper) ? spelled : `(${spelled})`;
  return `${isOpposite ? '-' : ''}${above}/${isAtom(under) ? spellRow(under) : `(${spellRow(under)})`}`;
}

const isProduct = (row: Row): boolean =>
  row.length > 0 &&
  !row.some((node) => isSign(node, ...LOOSE_SIGNS) || isQuotient(node) || !isOfProduct(node));

const isOfProduct = ({ kind }: Node): boolean => kind !== 'clock' && kind !== 'verbatim';

/** One node that nothing parts, and what is raised or lowered behind it. */
function isAtom([node, script, ...others]: Row): boolean {
  if (node === undefined || others.length > 0 || isQuotient(node)) return false;
  if (script !== undefined && script.kind !== 'script') return false;
  return !isSign(node, ...LOOSE_SIGNS) && (node.kind !== 'letters' || node.text.length === 1);
}

function spellScript(row: Row): string {
  const spelled = spellRow(row);
  return /^(?:\d+|\p{L}|\\[A-Za-z]+)$/u.test(spelled) ? spelled : `{${spelled}}`;
}
