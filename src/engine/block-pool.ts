/**
 * Which KV blocks are in use, how often, and which of the unused ones still hold something that
 * the prefix cache knows. Everything is O(1). An unused block is either on the free list or, when
 * it is cached, in a list ordered by last use from whose front blocks are taken when the free list
 * is empty.
 */
export class BlockPool {
  readonly size: number;
  readonly #references: Int32Array;
  readonly #cached: Uint8Array;
  readonly #free: number[];
  // A doubly linked ring over block ids; the entry `size` is its head.
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #evictable = 0;

  constructor(size: number) {
    this.size = size;
    this.#references = new Int32Array(size);
    this.#cached = new Uint8Array(size);
    this.#free = Array.from({ length: size }, (_, i) => size - 1 - i);
    this.#next = new Int32Array(size + 1).fill(size);
    this.#previous = new Int32Array(size + 1).fill(size);
  }

  /** Blocks that `allocate` can still give, cached ones included. */
  get available(): number {
    return this.#free.length + this.#evictable;
  }

  references(block: number): number {
    return this.#references[block]!;
  }

  /**
   * A block with one reference whose content is undefined; there must be an available one. It may
   * have been cached until now.
   */
  allocate(): number {
    let block = this.#free.pop();
    if (block === undefined) {
      block = this.#next[this.size]!;
      if (block === this.size) throw new Error('no KV block is available');
      this.#unlink(block);
      this.#cached[block] = 0;
    }
    this.#references[block] = 1;
    return block;
  }

  /** Takes one more reference, of a block in use or of a cached one. */
  retain(block: number): void {
    if (this.#references[block] === 0) this.#unlink(block);
    this.#references[block]!++;
  }

  release(block: number): void {
    if (this.#references[block] === 0) throw new Error(`KV block ${block} was released twice`);
    if (--this.#references[block]! > 0) return;
    if (this.#cached[block] === 1) this.#link(block);
    else this.#free.push(block);
  }

  /** A block in use is to be kept, once unused, for as long as there is room. */
  setCached(block: number): void {
    this.#cached[block] = 1;
  }

  #link(block: number): void {
    const last = this.#previous[this.size]!;
    this.#next[last] = block;
    this.#previous[block] = last;
    this.#next[block] = this.size;
    this.#previous[this.size] = block;
    this.#evictable++;
  }

  #unlink(block: number): void {
    const previous = this.#previous[block]!;
    const next = this.#next[block]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#evictable--;
  }
}
