/** Ids of a text, as they are found. */
export class IdList {
  ids = new Int32Array(256);
  length = 0;

  push(id: number): void {
    if (this.length === this.ids.length) this.reserve(1);
    this.ids[this.length++] = id;
  }

  /** Makes room for `more` ids. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.ids.length) return;
    const larger = new Int32Array(Math.max(needed, this.ids.length * 2));
    larger.set(this.ids.subarray(0, this.length));
    this.ids = larger;
  }

  append(source: Int32Array, from: number, to: number): void {
    this.reserve(to - from);
    for (let i = from; i < to; i++) this.ids[this.length++] = source[i]!;
  }

  toArray(): Int32Array {
    return this.ids.slice(0, this.length);
  }
}
