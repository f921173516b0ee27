/** What came after each sequence of tokens, for `no_repeat_ngram_size`. */

/** Tokens by position. */
export type TokenAt = (position: number) => number;

/** Above every token id; nodes times it stay exact in a double. */
const TOKENS = 2 ** 24;

/**
 * An index of the n-grams of a growing text. A sequence of n - 1 tokens is a path through a trie, so
 * both adding a token and looking up what may not follow cost O(n), and nothing is hashed inexactly.
 */
export class NgramIndex {
  readonly #size: number;
  /** Children of a node: node * TOKENS + token. Node 0 is the root. */
  readonly #children = new Map<number, number>();
  /** Of a node at depth n - 1: the token that followed, or all of them. */
  readonly #followers = new Map<number, number | Set<number>>();

  /** `size`: n, at least 1. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Adds the n-gram whose last token is at `position`; positions before n - 1 have none. */
  add(tokenAt: TokenAt, position: number): void {
    const node = this.#node(tokenAt, position, true);
    if (node === null) return;
    const token = tokenAt(position);
    const known = this.#followers.get(node);
    if (known === undefined) this.#followers.set(node, token);
    else if (typeof known !== 'number') known.add(token);
    else if (known !== token) this.#followers.set(node, new Set([known, token]));
  }

  /** Every token that would complete an n-gram of the index at `position`, each once. */
  followers(tokenAt: TokenAt, position: number): Iterable<number> {
    const node = this.#node(tokenAt, position, false);
    const known = node === null ? undefined : this.#followers.get(node);
    if (known === undefined) return NONE;
    return typeof known === 'number' ? [known] : known;
  }

  /** The node of the n - 1 tokens before `position`; null where there are fewer or it isn't known. */
  #node(tokenAt: TokenAt, position: number, create: boolean): number | null {
    const begin = position - (this.#size - 1);
    if (begin < 0) return null;
    let node = 0;
    for (let i = begin; i < position; i++) {
      const key = node * TOKENS + tokenAt(i);
      let child = this.#children.get(key);
      if (child === undefined) {
        if (!create) return null;
        child = this.#children.size + 1;
        this.#children.set(key, child);
      }
      node = child;
    }
    return node;
  }
}

const NONE: readonly number[] = [];
