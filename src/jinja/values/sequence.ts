/** The array that a list and its slices share. */
interface Backing<T> {
  readonly items: T[];
  /** Somebody outside goes over the array, so that nothing may be appended to it any more. */
  lent: boolean;
}

/**
 * A list or tuple: a window on an array, so that slices and lists that grow at their end share it.
 * Nothing in a window ever changes.
 */
export class Sequence<T> {
  readonly length: number;
  readonly isTuple: boolean;
  /** The names of a named tuple's elements. */
  readonly fields: readonly string[] | null;
  readonly #backing: Backing<T>;
  readonly #start: number;

  private constructor(
    backing: Backing<T>,
    start: number,
    length: number,
    isTuple: boolean,
    fields: readonly string[] | null,
  ) {
    this.#backing = backing;
    this.#start = start;
    this.length = length;
    this.isTuple = isTuple;
    this.fields = fields;
  }

  /** The array must not be changed afterwards, nor come from another list. */
  static of<T>(items: T[], isTuple: boolean, fields: readonly string[] | null = null): Sequence<T> {
    return new Sequence({ items, lent: false }, 0, items.length, isTuple, fields);
  }

  /** `index` is below `length`. */
  at(index: number): T {
    return this.#backing.items[this.#start + index] as T;
  }

  /** The elements; the caller must not change the array. */
  toArray(): readonly T[] {
    const backing = this.#backing;
    const start = this.#start;
    const { length } = this;
    if (start !== 0 || length !== backing.items.length) {
      return backing.items.slice(start, start + length);
    }
    backing.lent = true;
    return backing.items;
  }

  slice(from: number, to: number): Sequence<T> {
    const start = this.#start + from;
    return new Sequence(this.#backing, start, Math.max(0, to - from), this.isTuple, null);
  }

  /** Whether what `appended` makes shares this one's array. */
  get growsInPlace(): boolean {
    const backing = this.#backing;
    return !backing.lent && this.#start + this.length === backing.items.length;
  }

  /** This one's elements and then those of `more`. */
  appended(more: Sequence<T>): Sequence<T> {
    if (!this.growsInPlace) {
      return Sequence.of([...this.toArray(), ...more.toArray()], this.isTuple);
    }
    const { items } = this.#backing;
    for (let i = 0, n = more.length; i < n; i++) items.push(more.at(i));
    const length = this.length + more.length;
    return new Sequence(this.#backing, this.#start, length, this.isTuple, null);
  }
}

/** The array must not be changed afterwards, nor come from another list. */
export function listOf<T>(items: T[]): Sequence<T> {
  return Sequence.of(items, false);
}

export function tupleOf<T>(items: T[]): Sequence<T> {
  return Sequence.of(items, true);
}
