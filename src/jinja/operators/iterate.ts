import { typeError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { isPair } from '../text/code-points.js';
import { isStr, sliceStr, type Str, Text, textOf, withSafety } from '../text/text.js';
import { DictView, Lazy } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Obj, type Value } from '../values/value.js';

/** An object that a `for` loop can go over although it is no collection. */
interface IterableObject extends Obj {
  iterator(): Lazy;
}

export function isIterable(value: Value): boolean {
  return (
    isStr(value) ||
    value instanceof Sequence ||
    value instanceof Dict ||
    value instanceof Undefined ||
    value instanceof Range ||
    value instanceof DictView ||
    value instanceof Lazy ||
    isIterableObject(value)
  );
}

function isIterableObject(value: Value): value is IterableObject {
  return typeof value === 'object' && value !== null && 'iterator' in value;
}

/**
 * All elements, as Python's list() gives them; the caller must not change the array. A generator
 * is empty afterwards. Throws a TypeError for what can't be iterated.
 */
export function elements(state: RenderState, value: Value): readonly Value[] {
  if (value instanceof Sequence) {
    state.chargeElements(value.length);
    return value.toArray();
  }
  if (value instanceof Lazy) {
    const items: Value[] = [];
    for (let next = value.next(); next.done !== true; next = value.next()) {
      items.push(next.value);
      if ((items.length & 63) === 0) state.allocateElements(64);
      else state.charge(1);
    }
    return items;
  }
  if (isStr(value)) return characters(state, value);
  if (value instanceof Undefined) return [];
  if (value instanceof Dict || value instanceof DictView) {
    state.allocateElements(value instanceof Dict ? value.size : value.dict.size);
    return value instanceof Dict ? value.keys() : value.toArray();
  }
  if (value instanceof Range) {
    state.allocateElements(value.length);
    return Array.from({ length: value.length }, (_, i) => value.at(i));
  }
  if (isIterableObject(value)) return elements(state, value.iterator());
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** The elements one after the other, for what may stop early. */
export function iterator(state: RenderState, value: Value): Iterator<Value> {
  if (value instanceof Lazy) return { next: () => value.next() };
  return elements(state, value)[Symbol.iterator]();
}

/** The code points, each a string. Iterating over Markup gives plain strings. */
export function characters(state: RenderState, value: Str): Str[] {
  const text = textOf(value);
  state.allocateElements(text.length);
  const plain = withSafety(value, false);
  if (plain instanceof Text) state.allocateObjects(text.length);
  const items: Str[] = [];
  for (let i = 0; i < text.length;) {
    const end = i + (isPair(text, i) ? 2 : 1);
    if ((items.length & 0x3ff) === 0) state.charge(0x400);
    items.push(plain instanceof Text ? sliceStr(plain, i, end) : plain.slice(i, end));
    i = end;
  }
  return items;
}
