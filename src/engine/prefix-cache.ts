/** Names the content of all blocks up to and with one: the chain's next key is built on it. */
export type PrefixNode = string;

export interface CachedBlock {
  readonly block: number;
  readonly node: PrefixNode;
}

/**
 * Which block holds the KV of which tokens after which others. A key is the name of what stands
 * before a block and the block's own token ids, whole, so a hit is confirmed by the ids and not by
 * a hash of them. The first block's key is built on the salt: nothing is shared across salts.
 */
export class PrefixCache {
  readonly #entries = new Map<string, CachedBlock>();
  /** By block, the key under which it is found. */
  readonly #keys = new Map<number, string>();
  #nodes = 0;

  static root(salt: string): PrefixNode {
    return `salt ${salt}`;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(parent: PrefixNode, ids: ArrayLike<number>): CachedBlock | null {
    return this.#entries.get(keyOf(parent, ids)) ?? null;
  }

  /**
   * Notes that `block` holds `ids` after `parent`. Where another block does already, that one stays
   * and `added` is false. Returns the name on which the next block's key is built.
   */
  add(
    parent: PrefixNode,
    ids: ArrayLike<number>,
    block: number,
  ): { node: PrefixNode; added: boolean } {
    const key = keyOf(parent, ids);
    const known = this.#entries.get(key);
    if (known !== undefined) return { node: known.node, added: false };
    // A number that is never used again: an entry whose parent was evicted can't be reached by
    // whatever takes the parent's place.
    const node = `node ${++this.#nodes}`;
    this.#entries.set(key, { block, node });
    this.#keys.set(block, key);
    return { node, added: true };
  }

  /** The block's content is about to be overwritten. */
  remove(block: number): void {
    const key = this.#keys.get(block);
    if (key === undefined) return;
    this.#keys.delete(block);
    this.#entries.delete(key);
  }
}

/** Ids contain no `|`, so the last one ends the parent's name and keys can't be confused. */
function keyOf(parent: PrefixNode, ids: ArrayLike<number>): string {
  return `${parent}|${Array.prototype.join.call(ids, ',')}`;
}
