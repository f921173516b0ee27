import type { Token } from './latex-tokens.js';

const OPENING = new Set(['{', '\\{', '(', '[']);
/** Which brackets a bracket closes; intervals may be open at one end. */
const CLOSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['}', ['{']],
  ['\\}', ['\\{']],
  [')', ['(', '[']],
  [']', ['(', '[']],
]);

/** [tokens] of each opening bracket the index of the one that closes it; -1 for all others. */
export function bracketPairs(tokens: readonly Token[]): Int32Array {
  const pairs = new Int32Array(tokens.length).fill(-1);
  const open: number[] = [];
  tokens.forEach(({ kind, text }, i) => {
    if (kind !== 'sign') return;
    if (OPENING.has(text)) open.push(i);
    const closes = CLOSES.get(text);
    const last = open.at(-1);
    if (closes === undefined || last === undefined) return;
    if (!closes.includes(tokens[last]?.text ?? '')) return;
    pairs[last] = i;
    open.pop();
  });
  return pairs;
}
