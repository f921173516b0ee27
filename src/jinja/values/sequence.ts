import type { Value } from './value.js';

/**
 * A list or tuple: a window on an array, so that slices and lists that grow at their end share it.
 * Nothing in a window ever changes.
 */
export class Sequence {
  constructor(
    private readonly array: Value[],
    private readonly start: number,
    readonly length: number,
    readonly isTuple: boolean,
    /** The names of a named tuple's elements. */
    readonly fields: readonly string[] | null = null,
  ) {}

  at(index: number): Value {
    return this.array[this.start + index];
  }

  /** The elements; the caller must not change the array. */
  toArray(): readonly Value[] {
    const { array, start, length } = this;
    return start === 0 && length === array.length ? array : array.slice(start, start + length);
  }

  slice(from: number, to: number): Sequence {
    return new Sequence(this.array, this.start + from, Math.max(0, to - from), this.isTuple);
  }

  /** Whether `appended` shares this one's array. */
  get growsInPlace(): boolean {
    return this.start + this.length === this.array.length;
  }

  /** This one's elements and then those of `more`. */
  appended(more: readonly Value[]): Sequence {
    const { array, start, length, isTuple } = this;
    if (this.growsInPlace) {
      for (let i = 0, n = more.length; i < n; i++) array.push(more[i]);
      return new Sequence(array, start, length + more.length, isTuple);
    }
    return new Sequence([...this.toArray(), ...more], 0, length + more.length, isTuple);
  }
}

/** The array must not be changed afterwards, nor come from another list. */
export function listOf(items: Value[]): Sequence {
  return new Sequence(items, 0, items.length, false);
}

export function tupleOf(items: Value[]): Sequence {
  return new Sequence(items, 0, items.length, true);
}
