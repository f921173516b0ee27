import { type HashKey, hashKey } from './hash-key.js';
import type { Value } from './value.js';

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
