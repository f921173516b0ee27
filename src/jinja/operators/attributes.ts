import { dictMethod, isDictAttribute } from '../methods/dict-methods.js';
import type { Method } from '../methods/method-table.js';
import { numberAttribute } from '../methods/number-methods.js';
import { sequenceMethod } from '../methods/sequence-methods.js';
import { stringMethods } from '../methods/string-methods.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { NativeFunction } from '../values/callable.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { describeOwner, typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { element } from './subscript.js';
import { pyRepr } from '../printing/repr.js';

/** Methods that change their value, which the sandbox refuses. */
const MUTATORS: Readonly<Record<string, ReadonlySet<string>>> = {
  list: new Set(['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove']),
  dict: new Set(['clear', 'pop', 'popitem', 'setdefault', 'update']),
};
/** Names with an underscore that every object of Python has. */
const INTERNAL = new Set(
  (
    'class delattr dir doc eq format ge getattribute getstate gt hash init init_subclass le lt ' +
    'ne new reduce reduce_ex repr setattr sizeof str subclasshook'
  )
    .split(' ')
    .map((name) => `__${name}__`),
);

const stringMethod = stringMethods({ attribute: getAttribute, item: getItem });

/** jinja2's `of.name`: an attribute, else an element. Throws for attributes of undefined. */
export function getAttribute(state: RenderState, of: Value, name: string): Value {
  if (of instanceof Undefined) throw of.error();
  // Only the methods of a dict stand before its elements.
  if (of instanceof Dict && !isDictAttribute(name) && !name.startsWith('__')) {
    const value = of.get(name);
    return value === undefined ? missing(state, of, name) : value;
  }
  const attribute = attributeOf(of, name);
  if (attribute !== undefined) return attribute;
  if (isUnsafe(of, name)) return unsafe(of, name);
  const item = element(state, of, name);
  return item === undefined ? missing(state, of, name) : item;
}

/** jinja2's `of[key]`: an element, else an attribute of that name. */
export function getItem(state: RenderState, of: Value, key: Value): Value {
  if (of instanceof Undefined) throw of.error();
  const item = element(state, of, key);
  if (item !== undefined) return item;
  if (isStr(key)) {
    const name = textOf(key);
    const attribute = attributeOf(of, name);
    if (attribute !== undefined) return attribute;
    if (isUnsafe(of, name)) return unsafe(of, name);
  }
  return missing(state, of, key);
}

/** What jinja2's `attr` filter finds: an attribute, never an element. */
export function onlyAttribute(state: RenderState, of: Value, name: string): Value {
  if (of instanceof Undefined && !name.startsWith('__')) throw of.error();
  const attribute = attributeOf(of, name);
  if (attribute !== undefined) return attribute;
  return isUnsafe(of, name) ? unsafe(of, name) : missing(state, of, name);
}

/** Python's getattr, of what the sandbox lets templates see. */
function attributeOf(of: Value, name: string): Value | undefined {
  if (name.startsWith('_')) return undefined;
  if (isStr(of)) return bound(of, name, stringMethod(name, of));
  if (of === null) return undefined;
  if (of instanceof Dict) return bound(of, name, dictMethod(name));
  if (of instanceof Sequence) {
    const field = of.fields?.indexOf(name) ?? -1;
    if (field >= 0) return of.at(field);
    return bound(of, name, sequenceMethod(name, of.isTuple));
  }
  if (of instanceof Range) return of.attribute(name) ?? bound(of, name, sequenceMethod(name, true));
  const number = numberAttribute(of, name);
  if (number !== undefined) return number;
  if (typeof of !== 'object' || of instanceof Undefined) return undefined;
  return 'attribute' in of ? of.attribute(name) : undefined;
}

function bound<T extends Value>(
  of: T,
  name: string,
  method: Method<T> | undefined,
): Value | undefined {
  if (method === undefined) return undefined;
  return new NativeFunction(`${name} of ${typeName(of)} object`, (state, positional, named) =>
    method(state, of, positional, named),
  );
}

function isUnsafe(of: Value, name: string): boolean {
  if (INTERNAL.has(name)) return true;
  return MUTATORS[typeName(of)]?.has(name) ?? false;
}

function unsafe(of: Value, name: string): Undefined {
  return new Undefined(
    () => `access to attribute '${name}' of '${typeName(of)}' object is unsafe.`,
    'SecurityError',
  );
}

function missing(state: RenderState, of: Value, key: Value): Undefined {
  return new Undefined(() =>
    isStr(key)
      ? `'${describeOwner(of)}' has no attribute '${textOf(key)}'`
      : `${describeOwner(of)} has no element ${pyRepr(state, key)}`,
  );
}

/** Calls a method at once, without a function object in between. */
export function callMethod(
  state: RenderState,
  of: Value,
  name: string,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value> | null,
): Value | undefined {
  if (isStr(of)) return stringMethod(name, of)?.(state, of, positional, named);
  if (of instanceof Dict) return dictMethod(name)?.(state, of, positional, named);
  return undefined;
}
