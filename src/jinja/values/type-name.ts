import { isSafe, isStr } from '../text/text.js';
import { Float } from './float.js';
import { Sequence } from './sequence.js';
import { Undefined } from './undefined.js';
import { Dict, type Obj, type Value } from './value.js';

/** The name of the value's class in Python. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  if (isStr(value)) return isSafe(value) ? 'Markup' : 'str';
  if (value instanceof Float) return 'float';
  if (value instanceof Sequence) {
    if (value.fields !== null) return '_GroupTuple';
    return value.isTuple ? 'tuple' : 'list';
  }
  if (value instanceof Dict) return 'dict';
  if (value instanceof Undefined) return 'Undefined';
  return (value satisfies Obj).typeName;
}

/** How jinja2's messages name an object that lacks something. */
export function describeOwner(value: Value): string {
  return value === null ? 'None' : `${typeName(value)} object`;
}
