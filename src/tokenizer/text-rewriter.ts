import type { WorkMeter } from './work-meter.js';

/** Ascending places in a text, in UTF-16 units: the beginnings of ranges and their ends, in turn. */
export type Edges = number[];

/** Writes a text anew with parts of it replaced, in order. Costs two bytes a unit. */
export class TextRewriter {
  /** What lies before is written. */
  taken = 0;

  readonly #text: string;
  readonly #edges: Edges | null;
  readonly #meter: WorkMeter;
  #edge = 0;
  /** Null as long as nothing was replaced. */
  #out: Uint16Array | null = null;
  #length = 0;

  constructor(text: string, edges: Edges | null, meter: WorkMeter) {
    this.#text = text;
    this.#edges = edges;
    this.#meter = meter;
  }

  /** `from` lies at or after `taken`. A range that overlaps the part holds all of its new text. */
  replace(from: number, to: number, codes: readonly number[]): void {
    this.#copy(from);
    const start = this.#length;
    this.#reserve(codes.length * 2);
    const out = this.#out!;
    for (const code of codes) {
      if (code > 0xffff) {
        out[this.#length++] = 0xd7c0 + (code >> 10);
        out[this.#length++] = 0xdc00 | (code & 0x3ff);
      } else {
        out[this.#length++] = code;
      }
    }
    this.#meter.spend(to - from + codes.length);
    this.taken = to;
    const edges = this.#edges;
    if (edges === null) return;
    for (; this.#edge < edges.length && edges[this.#edge]! < to; this.#edge++) {
      const isBegin = this.#edge % 2 === 0;
      edges[this.#edge] = isBegin || edges[this.#edge] === from ? start : this.#length;
    }
  }

  finish(): string {
    if (this.taken === 0 && this.#out === null) return this.#text;
    this.#copy(this.#text.length);
    const edges = this.#edges;
    if (edges !== null) {
      const moved = this.#length - this.#text.length;
      for (; this.#edge < edges.length; this.#edge++) edges[this.#edge]! += moved;
    }
    const out = this.#out!;
    return Buffer.from(out.buffer, 0, this.#length * 2).toString('utf16le');
  }

  #copy(to: number): void {
    const text = this.#text;
    this.#reserve(to - this.taken);
    const out = this.#out!;
    const moved = this.#length - this.taken;
    for (let i = this.taken; i < to; i++) out[i + moved] = text.charCodeAt(i);
    this.#length = to + moved;
    this.#meter.spend((to - this.taken) >> 2);
    const edges = this.#edges;
    if (edges !== null) {
      // An end that lies where the next part begins still ends before it.
      while (this.#edge < edges.length && edges[this.#edge]! < to) edges[this.#edge++]! += moved;
    }
    this.taken = to;
  }

  #reserve(units: number): void {
    const needed = this.#length + units;
    if (this.#out !== null && needed <= this.#out.length) return;
    const larger = new Uint16Array(Math.max(needed, (this.#out?.length ?? 0) * 2, 256));
    if (this.#out !== null) larger.set(this.#out.subarray(0, this.#length));
    this.#out = larger;
  }
}
