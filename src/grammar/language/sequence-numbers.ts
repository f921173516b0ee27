/** Numbers sequences of whole numbers in the order in which they first come; equal ones have one. */
export class SequenceNumbers {
  #values: Int32Array = new Int32Array(64);
  /** [sequences + 1] into the values. */
  #offsets: Int32Array = new Int32Array(17);
  /** Open addressing; a number plus 1, or 0 for a free place. Twice as large as what it holds. */
  #table = new Int32Array(32);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** How long all of them are together. */
  get length(): number {
    return this.#offsets[this.#count]!;
  }

  /** A sequence by its number; not to be written to. */
  at(number: number): Int32Array {
    return this.#values.subarray(this.#offsets[number], this.#offsets[number + 1]);
  }

  numberOf(sequence: Int32Array): number {
    let slot = this.#slotOf(sequence);
    for (; this.#table[slot] !== 0; slot = (slot + 1) & (this.#table.length - 1)) {
      const number = this.#table[slot]! - 1;
      if (this.#isAt(number, sequence)) return number;
    }
    const number = this.#count++;
    this.#table[slot] = number + 1;
    this.#append(sequence);
    if (this.#count * 2 > this.#table.length) this.#growTable();
    return number;
  }

  #isAt(number: number, sequence: Int32Array): boolean {
    const offset = this.#offsets[number]!;
    if (this.#offsets[number + 1]! - offset !== sequence.length) return false;
    for (let i = 0; i < sequence.length; i++) {
      if (this.#values[offset + i] !== sequence[i]) return false;
    }
    return true;
  }

  #slotOf(sequence: Int32Array): number {
    let hash = sequence.length;
    for (let i = 0; i < sequence.length; i++) {
      hash = Math.imul(hash ^ sequence[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (this.#table.length - 1);
  }

  #append(sequence: Int32Array): void {
    const offset = this.#offsets[this.#count - 1]!;
    const end = offset + sequence.length;
    if (end > this.#values.length) this.#values = grown(this.#values, end);
    if (this.#count >= this.#offsets.length) this.#offsets = grown(this.#offsets, this.#count + 1);
    this.#values.set(sequence, offset);
    this.#offsets[this.#count] = end;
  }

  #growTable(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    for (let number = 0; number < this.#count; number++) {
      let slot = this.#slotOf(this.at(number));
      while (this.#table[slot] !== 0) slot = (slot + 1) & (this.#table.length - 1);
      this.#table[slot] = number + 1;
    }
  }
}

function grown(values: Int32Array, needed: number): Int32Array {
  const larger = new Int32Array(Math.max(needed, values.length * 2));
  larger.set(values);
  return larger;
}
