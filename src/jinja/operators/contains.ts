import { typeError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { find } from '../text/search.js';
import { isStr, textOf } from '../text/text.js';
import { DictView, Lazy } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Dict, type Value } from '../values/value.js';
import { equals, numeric } from './compare.js';
import { elements, isIterable } from './iterate.js';

/** Python's `item in container`. */
export function contains(state: RenderState, container: Value, item: Value): boolean {
  if (isStr(container)) {
    if (!isStr(item)) {
      throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    return find(state, textOf(container), textOf(item), 0) >= 0;
  }
  if (container instanceof Dict) return container.get(item) !== undefined;
  if (container instanceof DictView && container.part === 'keys') {
    return container.dict.get(item) !== undefined;
  }
  if (container instanceof Range) return inRange(container, item);
  if (container instanceof Sequence) {
    for (let i = 0; i < container.length; i++) {
      if (((i + 1) & 7) === 0) state.charge(1);
      if (same(state, container.at(i), item)) return true;
    }
    return false;
  }
  if (container instanceof Lazy) {
    for (let next = container.next(); next.done !== true; next = container.next()) {
      state.charge(1);
      if (same(state, next.value, item)) return true;
    }
    return false;
  }
  if (!isIterable(container)) {
    throw typeError(`argument of type '${typeName(container)}' is not iterable`);
  }
  return elements(state, container).some((element) => same(state, element, item));
}

/** Python looks for the same object first, so that a NaN is found. */
function same(state: RenderState, a: Value, b: Value): boolean {
  return a === b || equals(state, a, b);
}

function inRange(range: Range, item: Value): boolean {
  const number = numeric(item);
  if (number === null) return false;
  const index = (Number(number) - range.start) / range.step;
  return Number.isInteger(index) && index >= 0 && index < range.length;
}
