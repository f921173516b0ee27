import { checkNesting } from './nesting.js';
import { Text } from '../text/text.js';
import { Float } from './float.js';
import { toInt } from './integers.js';
import { listOf, Sequence } from './sequence.js';
import { Undefined } from './undefined.js';
import { Dict, Obj, type Value } from './value.js';

/** Which source a string comes from; null for none. `place` tells keys of objects from values. */
export type OriginOf = (text: string, place: 'key' | 'value') => number | null;

/** A string whose characters all come from the source `origin`, a non-negative integer. */
export function userString(text: string, origin: number): Value {
  return Text.of(text, text === '' ? [] : [0, text.length, origin, 0, 1], false);
}

/** A string with the origin that `originOf` gives it, if any. */
export function stringWithOrigin(
  text: string,
  place: 'key' | 'value',
  originOf: OriginOf | undefined,
): Value {
  const origin = originOf?.(text, place) ?? null;
  return origin === null ? text : userString(text, origin);
}

/**
 * A JavaScript value as a template sees it: integers are ints, other numbers floats, null is None,
 * undefined is undefined, arrays are lists, Maps and objects dicts (a member that is undefined is
 * left out). Template values stay as they are. `originOf` is called for every string, in order, a
 * key before its value. Throws RenderLimitError `depth` for what is nested too deep.
 */
export function valueOf(js: unknown, originOf?: OriginOf, depth = 0): Value {
  if (typeof js === 'string') return stringWithOrigin(js, 'value', originOf);
  if (typeof js === 'boolean') return js;
  if (typeof js === 'bigint') return toInt(js);
  if (typeof js === 'undefined') return new Undefined(() => 'the value is undefined');
  if (typeof js === 'number') {
    if (Number.isSafeInteger(js) && !Object.is(js, -0)) return js;
    return Number.isInteger(js) && js !== 0 ? toInt(BigInt(js)) : new Float(js);
  }
  if (js === null || isValue(js)) return js;
  checkNesting(depth);
  if (Array.isArray(js)) return listOf(js.map((item) => valueOf(item, originOf, depth + 1)));
  if (typeof js !== 'object') throw new TypeError(`a template has no values like ${typeof js}`);
  const entries = js instanceof Map ? [...(js as Map<unknown, unknown>)] : Object.entries(js);
  const dict = new Dict();
  for (const [key, item] of entries) {
    if (item === undefined) continue;
    const name =
      typeof key === 'string' ? stringWithOrigin(key, 'key', originOf) : valueOf(key, originOf);
    dict.set(name, valueOf(item, originOf, depth + 1));
  }
  return dict;
}

function isValue(value: unknown): value is Value {
  return (
    value instanceof Text ||
    value instanceof Float ||
    value instanceof Sequence ||
    value instanceof Dict ||
    value instanceof Undefined ||
    value instanceof Obj
  );
}
