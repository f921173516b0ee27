/** Where pairs of tokens stand in the texts of a request. */

/** Whose text a place is in: a choice, or what all have in common. */
export const PROMPT = -1;

/** A token that follows a pair. */
export interface Place {
  readonly owner: number;
  /** Of the token, counted from the prompt's first. */
  readonly position: number;
}

const FIRST_SIZE = 256;

/**
 * Finds where a pair of tokens was followed by another one, the newest place first: a hash table of
 * chains, as compressors of the LZ77 family keep them. Costs 18 bytes a token, or up to 36 once it has grown, and O(1) to add one;
 * hashes may meet, so what is found must be compared.
 */
export class TextIndex {
  /** By hash, the newest entry and one; 0: none. */
  #heads = new Int32Array(FIRST_SIZE);
  // By entry.
  /** The entry before it in its chain, and one. */
  #older = new Int32Array(FIRST_SIZE);
  #hashes = new Int32Array(FIRST_SIZE);
  #owners = new Int16Array(FIRST_SIZE);
  #positions = new Int32Array(FIRST_SIZE);
  #length = 0;

  /** `first` and `second` stand before the token at a place. */
  add(first: number, second: number, { owner, position }: Place): void {
    if (this.#length === this.#older.length) this.#double();
    const entry = this.#length++;
    this.#hashes[entry] = hashOf(first, second);
    this.#owners[entry] = owner;
    this.#positions[entry] = position;
    this.#chain(entry);
  }

  /** The newest `most` places behind what hashes as this pair, the newest first. */
  *find(first: number, second: number, most: number): Iterable<Place> {
    const hash = hashOf(first, second);
    let next = this.#heads[hash & (this.#heads.length - 1)]!;
    for (let seen = 0; next > 0 && seen < most; seen++) {
      const entry = next - 1;
      yield { owner: this.#owners[entry]!, position: this.#positions[entry]! };
      next = this.#older[entry]!;
    }
  }

  #chain(entry: number): void {
    const head = this.#hashes[entry]! & (this.#heads.length - 1);
    this.#older[entry] = this.#heads[head]!;
    this.#heads[head] = entry + 1;
  }

  #double(): void {
    const size = 2 * this.#older.length;
    this.#older = new Int32Array(size);
    this.#hashes = extended(this.#hashes, new Int32Array(size));
    this.#owners = extended(this.#owners, new Int16Array(size));
    this.#positions = extended(this.#positions, new Int32Array(size));
    this.#heads = new Int32Array(size);
    for (let entry = 0; entry < this.#length; entry++) this.#chain(entry);
  }
}

function extended<T extends Int32Array | Int16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** 31 bits that both tokens reach (a multiplication as in Knuth's, and MurmurHash3's last step). */
function hashOf(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & 0x7fffffff;
}
