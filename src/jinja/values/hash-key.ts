import { RenderLimitError, typeError } from '../errors.js';
import { checkNesting } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { Dict } from './dict.js';
import { Float } from './float.js';
import { DictView } from './iterators.js';
import { Sequence } from './sequence.js';
import { Undefined } from './undefined.js';
import type { Value } from './value.js';

/** What a Map tells keys apart by, so that it holds equal what Python holds equal. */
export type HashKey = string | number | bigint | null | object;

/** Marks keys that stand for tuples; a string that starts with it gets it twice. */
const MARK = '\udfff';
const MAX_KEY = 1 << 20;
const ANY_UNDEFINED = {};
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** Throws a TypeError for what Python can't hash. */
export function hashKey(value: Value): HashKey {
  if (isStr(value)) {
    const text = textOf(value);
    return text.charCodeAt(0) === 0xdfff ? MARK + text : text;
  }
  if (typeof value === 'number' || typeof value === 'bigint' || value === null) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Float) return numberKey(value.value);
  if (value instanceof Sequence && value.isTuple) return `${MARK}${tupleKey(value, 0)}`;
  if (value instanceof Sequence) throw typeError("unhashable type: 'list'");
  if (value instanceof Dict) throw typeError("unhashable type: 'dict'");
  if (value instanceof DictView && value.part !== 'values') {
    throw typeError(`unhashable type: '${value.typeName}'`);
  }
  return value instanceof Undefined ? ANY_UNDEFINED : value;
}

/** A float that is an integer equals that integer. */
function numberKey(value: number): number | bigint {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value + 0;
}

function tupleKey(tuple: Sequence, depth: number): string {
  checkNesting(depth);
  let key = `(${tuple.length}`;
  for (let i = 0; i < tuple.length; i++) {
    const item = tuple.at(i);
    const part = item instanceof Sequence && item.isTuple ? item : hashKey(item);
    if (part instanceof Sequence) key += tupleKey(part, depth + 1);
    else if (typeof part === 'string') key += `s${part.length}:${part}`;
    else if (typeof part === 'object' && part !== null) key += `o${identity(part)};`;
    else key += `n${String(part)};`;
    if (key.length > MAX_KEY) {
      throw new RenderLimitError(
        'text',
        `takes a tuple of more than ${MAX_KEY} characters for a key`,
      );
    }
  }
  return key;
}

function identity(object: object): number {
  let id = identities.get(object);
  if (id === undefined) identities.set(object, (id = ++lastIdentity));
  return id;
}
