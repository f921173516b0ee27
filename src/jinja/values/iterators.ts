import { tupleOf } from './sequence.js';
import { type Dict, Obj, type Value } from './value.js';

/** A generator: its elements are made as they are asked for, and are gone then. */
export class Lazy extends Obj {
  readonly typeName: string;
  readonly #source: Iterator<Value>;
  readonly #name: string;

  /** `name`: of the function that makes the elements, or of the iterator's class. */
  constructor(source: Iterator<Value>, name: string, typeName = 'generator') {
    super();
    this.#source = source;
    this.#name = name;
    this.typeName = typeName;
  }

  next(): IteratorResult<Value> {
    return this.#source.next();
  }

  override repr(): string {
    const name = this.typeName === 'generator' ? ` ${this.#name}` : '';
    return `<${this.typeName} object${name} at 0x7f0000000000>`;
  }
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

  override get isHashable(): boolean {
    return this.part === 'values';
  }

  toArray(): Value[] {
    if (this.part === 'keys') return this.dict.keys();
    if (this.part === 'values') return this.dict.values();
    return this.dict.entries().map((entry) => tupleOf(entry));
  }
}
