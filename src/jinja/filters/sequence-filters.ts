import { noDivision, typeError } from '../errors.js';
import { intArgument } from '../functions/signature.js';
import { concatStrs } from '../operators/concat.js';
import { characters, elements, iterator } from '../operators/iterate.js';
import type { RenderState } from '../render-state.js';
import { isSafe, isStr, withSafety } from '../text/text.js';
import { DictView, Lazy } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { listOf, Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
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
  const item = items.at(-1);
  if (item === undefined) return new Undefined(() => 'No last item, sequence was empty.');
  return isSafe(value) ? withSafety(item as typeof value, true) : item;
}

/** The elements of what Python's reversed() takes. */
function reversible(state: RenderState, value: Value): readonly Value[] {
  if (isReversible(value)) return elements(state, value);
  throw typeError(`'${typeName(value)}' object is not reversible`);
}

function isReversible(value: Value): boolean {
  return (
    isStr(value) ||
    value instanceof Sequence ||
    value instanceof Dict ||
    value instanceof DictView ||
    value instanceof Range ||
    value instanceof Undefined
  );
}

function reverse(state: RenderState, value: Value): Value {
  if (isStr(value)) return concatStrs(state, characters(state, value).reverse(), isSafe(value));
  if (value instanceof Undefined) return new Lazy([][Symbol.iterator](), '', 'reversed');
  const reversed = [...elements(state, value)].reverse();
  if (!isReversible(value)) return listOf(reversed);
  return new Lazy(reversed[Symbol.iterator](), '', reversedType(value));
}

/** The class of what Python's reversed() makes of it, or of a list of its elements. */
function reversedType(value: Value): string {
  if (value instanceof Sequence) return value.isTuple ? 'reversed' : 'list_reverseiterator';
  if (value instanceof Dict) return 'dict_reversekeyiterator';
  if (value instanceof Range) return 'range_iterator';
  if (!(value instanceof DictView)) return 'list_reverseiterator';
  return `dict_reverse${{ keys: 'key', values: 'value', items: 'item' }[value.part]}iterator`;
}

/** The elements in `count` lists of nearly the same length, the shorter ones filled. */
function slice(
  state: RenderState,
  value: Value,
  slices: Value | undefined,
  fill: Value | undefined,
): Value {
  function* made(): Generator<Value> {
    yield* columnsOf(state, elements(state, value), intArgument(slices, 0), fill ?? null);
  }
  return new Lazy(made(), 'sync_do_slice');
}

function columnsOf(
  state: RenderState,
  items: readonly Value[],
  count: number,
  fill: Value,
): Value[] {
  if (count === 0) throw noDivision('ValueError');
  state.allocateElements(Math.max(0, count) + items.length);
  const each = Math.floor(items.length / count);
  const longer = items.length - each * count;
  const columns: Value[] = [];
  for (let i = 0, start = 0; i < count; i++) {
    const end = start + each + (i < longer ? 1 : 0);
    const column = items.slice(start, end);
    if (fill !== null && i >= longer) column.push(fill);
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
  function* made(): Generator<Value> {
    yield* rowsOf(state, elements(state, value), intArgument(linecount, 1), fill ?? null);
  }
  return new Lazy(made(), 'do_batch');
}

function rowsOf(state: RenderState, items: readonly Value[], size: number, fill: Value): Value[] {
  state.allocateElements(items.length);
  const rows: Value[] = [];
  let row: Value[] = [];
  for (const item of items) {
    if (row.length === size) {
      state.allocateObjects(1);
      state.charge(2);
      rows.push(listOf(row));
      row = [];
    }
    row.push(item);
  }
  if (row.length > 0) {
    const missing = size - row.length;
    if (fill !== null && missing > 0) {
      state.allocateElements(missing);
      for (let i = 0; i < missing; i++) row.push(fill);
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
