/** Which ids occur in a text and how often, kept as the parallel arrays that a step takes. */
export class TokenCounts {
  readonly #index = new Map<number, number>();
  #ids: Int32Array = new Int32Array(64);
  #values: Int32Array = new Int32Array(64);
  /** Ids of the prompt, which come first. */
  #mentioned = 0;

  get length(): number {
    return this.#index.size;
  }

  /** [length] each id once. */
  get ids(): Int32Array {
    return this.#ids.subarray(0, this.length);
  }

  /** [length] occurrences in the answer; 0 for an id of the prompt alone. */
  get values(): Int32Array {
    return this.#values.subarray(0, this.length);
  }

  /** An id of the prompt, before any of the answer. */
  mention(id: number): void {
    this.#indexOf(id);
    this.#mentioned = this.#index.size;
  }

  /** An id of the answer. */
  add(id: number): void {
    // First, since it may put a larger array in the place of #values.
    const index = this.#indexOf(id);
    this.#values[index]!++;
  }

  /** The id that was added last was not of the answer after all. */
  takeBack(id: number): void {
    const index = this.#indexOf(id);
    this.#values[index]!--;
    // All that came after its first occurrence was taken back: an id that has none is the last.
    if (this.#values[index] === 0 && index >= this.#mentioned) this.#index.delete(id);
  }

  #indexOf(id: number): number {
    const known = this.#index.get(id);
    if (known !== undefined) return known;
    const index = this.#index.size;
    if (index === this.#ids.length) {
      this.#ids = doubled(this.#ids);
      this.#values = doubled(this.#values);
    }
    this.#index.set(id, index);
    this.#ids[index] = id;
    return index;
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
