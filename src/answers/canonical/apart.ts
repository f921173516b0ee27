import type { Node } from './answer-tree.js';

/**
 * Whether a space must keep two nodes apart, so that they are read as two again, or keeps words apart.
 * `letters` of the first stand together.
 */
export function areApart(
  before: Node,
  writtenBefore: string,
  letters: number,
  node: Node,
  written: string,
): boolean {
  const [last = '', first = ''] = [writtenBefore.at(-1), written.at(0)];
  const isAfterE = before.kind === 'letters' && before.text === 'e';
  // "2e -3" is no power of ten, and neither is "2e 3".
  if (isAfterE && /[-+\d]/.test(first)) return true;
  if (last === '*' || first === '.') return last === first || /\p{L}/u.test(last);
  if (last === '.' && /\d/.test(first)) return true;
  if (!/[\p{L}\d]/u.test(last) || !/[\p{L}\d]/u.test(first)) return false;
  const isDigit = /\d/.test(first);
  if (before.kind === 'clock' || node.kind === 'clock') return true;
  if (before.kind !== 'letters') return /\d/.test(last) ? isDigit : !isDigit;
  if (isDigit) return letters > 1;
  return before.text.length > 1 || node.kind !== 'letters' || node.text.length > 1;
}
