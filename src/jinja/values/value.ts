import { RenderLimitError, typeError } from '../errors.js';
import { isStr, type Text, textOf } from '../text/text.js';
import { Float } from './float.js';
import { checkNesting } from './nesting.js';
import { Sequence } from './sequence.js';
import { Undefined } from './undefined.js';

/**
 * A value of a template. None is null; an integer is a number where that is safe, else a bigint;
 * a float is a Float; a string is a string, or a Text where it has an origin or is marked safe.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | Float
  | string
  | Text
  | Undefined
  | Sequence<Value>
  | Dict
  | Obj;

/** A value that is neither data nor undefined: a function, an iterator, a namespace … */
export abstract class Obj {
  /** The name of its class in Python. */
  abstract readonly typeName: string;

  /** Whether it can be a key, which is told apart by its identity. */
  get isHashable(): boolean {
    return true;
  }

  /** What Python's getattr finds; undefined where there is no such attribute. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }

  /** What printing it shows. */
  repr(): string {
    // Python shows an address, of which only the form can be foretold.
    return `<${this.typeName} object at 0x7f0000000000>`;
  }
}

/** Python's dict: in the order of insertion, any hashable value as a key. */
export class Dict {
  readonly #values = new Map<HashKey, Value>();
  /** The keys that aren't what they are told apart by: texts with an origin, booleans, floats. */
  #keys: Map<HashKey, Value> | null = null;

  static of(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of entries) dict.set(key, value);
    return dict;
  }

  get size(): number {
    return this.#values.size;
  }

  /** Only while the dict is made. An equal key stays as it was first written. */
  set(key: Value, value: Value): void {
    const hash = hashKey(key);
    if (hash !== key && !this.#values.has(hash)) (this.#keys ??= new Map()).set(hash, key);
    this.#values.set(hash, value);
  }

  get(key: Value): Value | undefined {
    return this.#values.get(hashKey(key));
  }

  keys(): Value[] {
    const keys = this.#keys;
    if (keys === null) return [...this.#values.keys()] as Value[];
    return Array.from(this.#values.keys(), (hash) => {
      const key = keys.get(hash);
      return key === undefined ? (hash as Value) : key;
    });
  }

  values(): Value[] {
    return [...this.#values.values()];
  }

  entries(): [Value, Value][] {
    const keys = this.keys();
    const values = this.#values.values();
    return keys.map((key) => [key, values.next().value as Value]);
  }
}

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
  if (value instanceof Undefined) return ANY_UNDEFINED;
  if (!value.isHashable) throw typeError(`unhashable type: '${value.typeName}'`);
  return value;
}

/** A float that is an integer equals that integer. */
function numberKey(value: number): number | bigint {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value + 0;
}

function tupleKey(tuple: Sequence<Value>, depth: number): string {
  checkNesting(depth);
  let key = `(${tuple.length}`;
  for (let i = 0; i < tuple.length; i++) {
    const item = tuple.at(i);
    key +=
      item instanceof Sequence && item.isTuple ? tupleKey(item, depth + 1) : partKey(hashKey(item));
    if (key.length > MAX_KEY) {
      throw new RenderLimitError(
        'text',
        `takes a tuple of more than ${MAX_KEY} characters for a key`,
      );
    }
  }
  return key;
}

function partKey(part: HashKey): string {
  if (typeof part === 'string') return `s${part.length}:${part}`;
  if (typeof part === 'object' && part !== null) return `o${identity(part)};`;
  return `n${String(part)};`;
}

function identity(object: object): number {
  let id = identities.get(object);
  if (id === undefined) identities.set(object, (id = ++lastIdentity));
  return id;
}
