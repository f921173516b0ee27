import { typeError, valueError } from '../errors.js';
import { intArgument } from '../functions/signature.js';
import { elements, iterator } from '../operators/iterate.js';
import { concatStrs } from '../operators/concat.js';
import { characters } from '../operators/iterate.js';
import type { RenderState } from '../render-state.js';
import { isSafe, isStr, withSafety } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { deferred, DictView, Lazy } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { listOf, Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { type Filter, withParameters } from './filter.js';

function first(state: RenderState, value: Value): Value {
  if (value instanceof Sequence && value.length > 0) return value.at(0);
  const next = iterator(state, value).next();
  return next.done === true
    ? new Undefined(() => 'No first item, sequence was empty.')
    : next.value;
}

function last(state: RenderState, value: Value): Value {
  const items = reversible(state, value);
  if (items.length === 0) return new Undefined(() => 'No last item, sequence was empty.');
  const item = items[items.length - 1];
  return isSafe(value) ? withSafety(item as typeof value, true) : item;
}

/** The elements of what Python's reversed() takes. */
function reversible(state: RenderState, value: Value): readonly Value[] {
  if (
    isStr(value) ||
    value instanceof Sequence ||
    value instanceof Dict ||
    value instanceof DictView ||
    value instanceof Range
  ) {
    return elements(state, value);
  }
  if (value instanceof Undefined) return [];
  throw typeError(`'${typeName(value)}' object is not reversible`);
}

function reverse(state: RenderState, value: Value): Value {
  if (isStr(value)) return concatStrs(state, characters(state, value).reverse(), isSafe(value));
  return new Lazy([...elements(state, value)].reverse()[Symbol.iterator](), 'list_reverseiterator');
}

/** The elements in `count` lists of nearly the same length, the shorter ones filled. */
function slice(
  state: RenderState,
  value: Value,
  slices: Value | undefined,
  fill: Value | undefined,
): Value {
  return deferred(() => sliced(state, value, slices, fill));
}

function sliced(
  state: RenderState,
  value: Value,
  slices: Value | undefined,
  fill: Value | undefined,
): Value[] {
  const items = elements(state, value);
  const count = intArgument(slices, 0);
  if (count === 0) throw valueError('integer division or modulo by zero');
  state.allocateElements(Math.max(0, count) + items.length);
  const each = Math.floor(items.length / count);
  const longer = items.length - each * count;
  const columns: Value[] = [];
  for (let i = 0, start = 0; i < count; i++) {
    const end = start + each + (i < longer ? 1 : 0);
    const column = items.slice(start, end);
    if ((fill ?? null) !== null && i >= longer) column.push(fill!);
    columns.push(listOf(column));
    start = end;
  }
  return columns;
}

function batch(
  state: RenderState,
  value: Value,
  linecount: Value | undefined,
  fill: Value | undefined,
): Value {
  return deferred(() => batched(state, value, linecount, fill));
}

function batched(
  state: RenderState,
  value: Value,
  linecount: Value | undefined,
  fill: Value | undefined,
): Value[] {
  const items = elements(state, value);
  const size = intArgument(linecount, 1);
  state.allocateElements(items.length);
  const rows: Value[] = [];
  let row: Value[] = [];
  for (const item of items) {
    if (row.length === size) {
      rows.push(listOf(row));
      row = [];
    }
    row.push(item);
  }
  if (row.length > 0) {
    const missing = size - row.length;
    if ((fill ?? null) !== null && missing > 0) {
      state.allocateElements(missing);
      for (let i = 0; i < missing; i++) row.push(fill!);
    }
    rows.push(listOf(row));
  }
  return rows;
}

export const sequenceFilters: (readonly [string, Filter])[] = [
  withParameters('first', '', first),
  withParameters('last', '', last),
  withParameters('reverse', '', reverse),
  withParameters('slice', 'slices fill_with?', slice),
  withParameters('batch', 'linecount fill_with?', batch),
];
