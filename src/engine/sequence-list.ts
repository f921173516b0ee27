import type { Sequence } from './sequence.js';

/** Sequences ordered by age, the oldest first. Found by binary search. */
export class SequenceList implements Iterable<Sequence> {
  readonly #items: Sequence[] = [];

  get length(): number {
    return this.#items.length;
  }

  get oldest(): Sequence | undefined {
    return this.#items[0];
  }

  get youngest(): Sequence | undefined {
    return this.#items.at(-1);
  }

  /** Goes on as the list stands: what is removed before its turn does not come. */
  [Symbol.iterator](): Iterator<Sequence> {
    return this.#items[Symbol.iterator]();
  }

  insert(sequence: Sequence): void {
    this.#items.splice(this.#position(sequence), 0, sequence);
  }

  remove(sequence: Sequence): void {
    const position = this.#position(sequence);
    if (this.#items[position] === sequence) this.#items.splice(position, 1);
  }

  /** Where the first sequence stands that is not older. */
  #position(sequence: Sequence): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.age ?? Infinity) < sequence.age) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
