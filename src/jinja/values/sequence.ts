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
  private constructor(
    private readonly backing: Backing<T>,
    private readonly start: number,
    readonly length: number,
    readonly isTuple: boolean,
    /** The names of a named tuple's elements. */
    readonly fields: readonly string[] | null,
  ) {}

  /** The array must not be changed afterwards, nor come from another list. */
  static of<T>(items: T[], isTuple: boolean, fields: readonly string[] | null = null): Sequence<T> {
    return new Sequence({ items, lent: false }, 0, items.length, isTuple, fields);
  }

  at(index: number): T {
    return this.backing.items[this.start + index];
  }

  /** The elements; the caller must not change the array. */
  toArray(): readonly T[] {
    const { backing, start, length } = this;
    if (start !== 0 || length !== backing.items.length) {
      return backing.items.slice(start, start + length);
    }
    backing.lent = true;
    return backing.items;
  }

  slice(from: number, to: number): Sequence<T> {
    const { backing, start, isTuple } = this;
    return new Sequence(backing, start + from, Math.max(0, to - from), isTuple, null);
  }

  /** Whether what `appended` makes shares this one's array. */
  get growsInPlace(): boolean {
    const { backing, start, length } = this;
    return !backing.lent && start + length === backing.items.length;
  }

  /** This one's elements and then those of `more`. */
  appended(more: Sequence<T>): Sequence<T> {
    const { backing, start, isTuple } = this;
    const length = this.length + more.length;
    if (!this.growsInPlace) {
      return Sequence.of([...this.toArray(), ...more.toArray()], isTuple);
    }
    for (let i = 0, n = more.length; i < n; i++) backing.items.push(more.at(i));
    return new Sequence(backing, start, length, isTuple, null);
  }
}

/** The array must not be changed afterwards, nor come from another list. */
export function listOf<T>(items: T[]): Sequence<T> {
  return Sequence.of(items, false);
}

export function tupleOf<T>(items: T[]): Sequence<T> {
  return Sequence.of(items, true);
}
