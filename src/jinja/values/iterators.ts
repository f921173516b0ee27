import type { Dict } from './dict.js';
import { Obj } from './obj.js';
import { tupleOf } from './sequence.js';
import type { Value } from './value.js';

/** A generator: its elements are made as they are asked for, and are gone then. */
export class Lazy extends Obj {
  readonly typeName: string;
  readonly #source: Iterator<Value>;

  constructor(source: Iterator<Value>, typeName = 'generator') {
    super();
    this.#source = source;
    this.typeName = typeName;
  }

  next(): IteratorResult<Value> {
    return this.#source.next();
  }

  override repr(): string {
    return `<${this.typeName} object>`;
  }
}

/** A generator that does nothing, and finds nothing wrong, until its first element is asked for. */
export function deferred(make: () => Iterable<Value> | Iterator<Value>): Lazy {
  function* run(): Generator<Value> {
    const made = make();
    const source = Symbol.iterator in made ? made[Symbol.iterator]() : made;
    for (let next = source.next(); next.done !== true; next = source.next()) yield next.value;
  }
  return new Lazy(run());
}

/** What dict.keys(), values() and items() return. */
export class DictView extends Obj {
  readonly typeName: string;

  constructor(
    readonly dict: Dict,
    readonly part: 'keys' | 'values' | 'items',
  ) {
    super();
    this.typeName = `dict_${part}`;
  }

  toArray(): Value[] {
    if (this.part === 'keys') return this.dict.keys();
    if (this.part === 'values') return this.dict.values();
    return this.dict.entries().map((entry) => tupleOf(entry));
  }
}
