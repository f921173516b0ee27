import { noSuch, TemplateError } from '../errors.js';
import { binary } from '../operators/arithmetic.js';
import { equals, inOrder, numeric, type Order } from '../operators/compare.js';
import { contains } from '../operators/contains.js';
import { isIterable } from '../operators/iterate.js';
import { isLower, isUpper } from '../methods/string-case.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { isSafe, isStr, textOf } from '../text/text.js';
import { Float } from '../values/float.js';
import { Callable } from '../values/callable.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { Undefined } from '../values/undefined.js';
import { Dict, hashKey, type Value } from '../values/value.js';
import { type Test, withParameters } from './filter.js';
import { registry } from './registry.js';

function simple(name: string, holds: (value: Value) => boolean): readonly [string, Test] {
  return withParameters(name, '', (_, value) => holds(value));
}

function ordering(names: readonly string[], order: Order): (readonly [string, Test])[] {
  return names.map((name) =>
    withParameters(name, 'other /', (state, value, other) => inOrder(state, order, value, other!)),
  );
}

function equality(names: readonly string[], wanted: boolean): (readonly [string, Test])[] {
  return names.map((name) =>
    withParameters(
      name,
      'other /',
      (state, value, other) => equals(state, value, other!) === wanted,
    ),
  );
}

function isRemainder(state: RenderState, value: Value, by: Value, rest: number): boolean {
  return equals(state, binary(state, '%', value, by), rest);
}

function isInteger(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Whether it has a length and elements by index: what jinja2 calls a sequence. */
function isSequence(value: Value): boolean {
  return (
    isStr(value) ||
    value instanceof Sequence ||
    value instanceof Dict ||
    value instanceof Range ||
    value instanceof Undefined
  );
}

/** The same object: numbers and strings of the same value are, as far as a template can count on. */
function isSame(value: Value, other: Value): boolean {
  if (value === other) return true;
  if (isStr(value) && isStr(other)) return textOf(value) === textOf(other);
  return false;
}

function contained(state: RenderState, value: Value, container: Value | undefined): boolean {
  return contains(state, container!, value);
}

/** Whether `names` has the value, which may be anything that can be a key. */
function isNameOf(names: { has(name: string): boolean }, value: Value): boolean {
  hashKey(value);
  return isStr(value) && names.has(textOf(value));
}

function letterCase(name: string, holds: (text: string) => boolean): readonly [string, Test] {
  return withParameters(name, '', (state, value) => {
    const text = textOf(toStr(state, value));
    state.chargeText(8 * text.length);
    return holds(text);
  });
}

/** jinja2's tests. */
export const TESTS: ReadonlyMap<string, Test> = new Map([
  simple('defined', (value) => !(value instanceof Undefined)),
  simple('undefined', (value) => value instanceof Undefined),
  simple('none', (value) => value === null),
  simple('boolean', (value) => typeof value === 'boolean'),
  simple('true', (value) => value === true),
  simple('false', (value) => value === false),
  simple('integer', isInteger),
  simple('float', (value) => value instanceof Float),
  simple('number', (value) => numeric(value) !== null),
  simple('string', isStr),
  simple('mapping', (value) => value instanceof Dict),
  simple('sequence', isSequence),
  simple('iterable', isIterable),
  simple('callable', (value) => value instanceof Callable || value instanceof Undefined),
  simple('escaped', isSafe),
  withParameters('odd', '', (state, value) => isRemainder(state, value, 2, 1)),
  withParameters('even', '', (state, value) => isRemainder(state, value, 2, 0)),
  withParameters('divisibleby', 'num', (state, value, by) => isRemainder(state, value, by!, 0)),
  withParameters('sameas', 'other', (_, value, other) => isSame(value, other!)),
  withParameters('in', 'seq', contained),
  letterCase('lower', isLower),
  letterCase('upper', isUpper),
  withParameters('filter', '', (_, value) => isNameOf(registry, value)),
  withParameters('test', '', (_, value) => isNameOf(TESTS, value)),
  ...equality(['eq', '==', 'equalto'], true),
  ...equality(['ne', '!='], false),
  ...ordering(['lt', '<', 'lessthan'], '<'),
  ...ordering(['le', '<='], '<='),
  ...ordering(['gt', '>', 'greaterthan'], '>'),
  ...ordering(['ge', '>='], '>='),
]);

/** Throws a TemplateRuntimeError for an unknown one. */
export function testNamed(name: string): Test {
  const test = TESTS.get(name);
  if (test !== undefined) return test;
  throw new TemplateError('TemplateRuntimeError', noSuch('test', name));
}
