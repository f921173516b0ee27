import { typeError } from '../errors.js';
import { checkNesting } from '../values/nesting.js';
import type { RenderState } from '../render-state.js';
import { compareText } from '../text/code-points.js';
import { isStr, textOf } from '../text/text.js';
import { Float } from '../values/float.js';
import { DictView } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';

export type Order = '<' | '<=' | '>' | '>=';

/** The value as a JavaScript number or bigint; null for what is no number. */
export function numeric(value: Value): number | bigint | null {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value instanceof Float ? value.value : null;
}

/** Python's ==. */
export function equals(state: RenderState, a: Value, b: Value, depth = 0): boolean {
  if (a === b) return !(a instanceof Float && Number.isNaN(a.value) && depth === 0);
  if (isStr(a)) {
    if (!isStr(b)) return false;
    const [x, y] = [textOf(a), textOf(b)];
    if (x.length !== y.length) return false;
    if (x.length > 64) state.chargeText(x.length);
    return x === y;
  }
  const number = numeric(a);
  if (number !== null) {
    const other = numeric(b);
    // A number and a bigint are never ===, though they may stand for the same.
    return other !== null && !(number < other) && !(number > other) && number >= other;
  }
  if (a === null || b === null || typeof b !== 'object') return false;
  checkNesting(depth);
  if (a instanceof Sequence) {
    return b instanceof Sequence && equalSequences(state, a, b, depth);
  }
  if (a instanceof Dict) return b instanceof Dict && equalDicts(state, a, b, depth);
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof Range) return b instanceof Range && equalRanges(a, b);
  if (a instanceof DictView) return b instanceof DictView && equalViews(state, a, b, depth);
  return false;
}

function equalSequences(
  state: RenderState,
  a: Sequence<Value>,
  b: Sequence<Value>,
  depth: number,
): boolean {
  if (a.isTuple !== b.isTuple || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    state.charge(1);
    if (!equals(state, a.at(i), b.at(i), depth + 1)) return false;
  }
  return true;
}

function equalDicts(state: RenderState, a: Dict, b: Dict, depth: number): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a.entries()) {
    state.charge(1);
    const other = b.get(key);
    if (other === undefined || !equals(state, value, other, depth + 1)) return false;
  }
  return true;
}

function equalRanges(a: Range, b: Range): boolean {
  if (a.length !== b.length || a.length === 0) return a.length === b.length;
  return a.start === b.start && (a.length === 1 || a.step === b.step);
}

/** Views of keys and of items are sets, those of values are only equal to themselves. */
function equalViews(state: RenderState, a: DictView, b: DictView, depth: number): boolean {
  if (a.part === 'values' || a.part !== b.part) return false;
  if (a.part === 'items') return equalDicts(state, a.dict, b.dict, depth);
  const { dict } = b;
  return a.dict.size === dict.size && a.dict.keys().every((key) => dict.get(key) !== undefined);
}

/** Python's <, <=, > and >=. Throws a TypeError for what has no order. */
export function inOrder(state: RenderState, order: Order, a: Value, b: Value, depth = 0): boolean {
  const x = numeric(a);
  const y = numeric(b);
  if (x !== null && y !== null) return holds(order, x, y);
  if (isStr(a) && isStr(b)) {
    const [s, t] = [textOf(a), textOf(b)];
    state.chargeText(Math.min(s.length, t.length));
    return holds(order, compareText(s, t), 0);
  }
  if (a instanceof Sequence && b instanceof Sequence && a.isTuple === b.isTuple) {
    checkNesting(depth);
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      state.charge(1);
      const [p, q] = [a.at(i), b.at(i)];
      if (!equals(state, p, q, depth + 1)) return inOrder(state, order, p, q, depth + 1);
    }
    return holds(order, a.length, b.length);
  }
  if (a instanceof Undefined) throw a.error();
  if (b instanceof Undefined) throw b.error();
  throw typeError(
    `'${order}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}

function holds(order: Order, x: number | bigint, y: number | bigint): boolean {
  switch (order) {
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}
