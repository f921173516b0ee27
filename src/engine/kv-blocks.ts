import { KV_BLOCK_TOKENS } from '../native/addon.js';
import { BlockPool } from './block-pool.js';
import { blocksFor } from './options.js';
import { PrefixCache, type CachedBlock, type PrefixNode } from './prefix-cache.js';
import type { Sequence } from './sequence.js';

/** (from, to) pairs of blocks whose content must be copied before the step, in order. */
export type BlockCopies = number[];

/**
 * Gives sequences their KV blocks and takes them back. Full blocks are never written again, so
 * they are shared freely; a partial block with several owners is copied before one writes to it.
 */
export class KvBlocks {
  readonly #pool: BlockPool;
  /** Null: prefix caching is off. */
  readonly #cache: PrefixCache | null;
  /** The last allocation that failed. */
  #refused: { sequence: Sequence; available: number; spare: number } | null = null;
  queriedTokens = 0;
  hitTokens = 0;

  constructor(blocks: number, prefixCaching: boolean) {
    this.#cache = prefixCaching ? new PrefixCache() : null;
    this.#pool = new BlockPool(blocks);
  }

  get total(): number {
    return this.#pool.size;
  }

  get used(): number {
    return this.#pool.size - this.#pool.available;
  }

  /**
   * Blocks for all tokens of a sequence that has none; those whose content is cached come from
   * the cache and count as computed. False: fewer than `spare` blocks would be left; nothing was
   * taken.
   */
  allocate(sequence: Sequence, spare: number): boolean {
    const { available } = this.#pool;
    // The last token is always computed, so one block at least is needed.
    if (available < 1 + spare || this.#refusesAgain(sequence, spare)) return false;
    const hits = this.#lookUp(sequence);
    const unused = hits.filter(({ block }) => this.#pool.references(block) === 0).length;
    const fresh = blocksFor(sequence.length) - hits.length;
    if (available - unused < fresh + spare) {
      this.#refused = { sequence, available, spare };
      return false;
    }
    sequence.prefixNode = hits.at(-1)?.node ?? rootOf(sequence);
    sequence.cachedBlocks = hits.length;
    sequence.computed = hits.length * KV_BLOCK_TOKENS;
    sequence.blocks = hits.map(({ block }) => block);
    for (const block of sequence.blocks) this.#pool.retain(block);
    for (let i = 0; i < fresh; i++) sequence.blocks.push(this.#take());
    // What a preempted sequence finds again of its own is no hit to speak of.
    if (sequence.fresh) {
      this.queriedTokens += sequence.length;
      this.hitTokens += sequence.computed;
    }
    return true;
  }

  /**
   * Makes the positions of a sequence's tokens writable that are not computed: new blocks where the last
   * is full, a copy of its own where others share it. False: no block is available; what was given so
   * far stays the sequence's.
   */
  grow(sequence: Sequence, copies: BlockCopies): boolean {
    if (!this.#growNext(sequence, copies)) return false;
    const blocks = blocksFor(sequence.length);
    while (sequence.blocks.length < blocks) {
      if (this.#pool.available === 0) return false;
      sequence.blocks.push(this.#take());
    }
    return true;
  }

  #growNext(sequence: Sequence, copies: BlockCopies): boolean {
    const index = Math.floor(sequence.computed / KV_BLOCK_TOKENS);
    const last = sequence.blocks[index];
    if (last !== undefined && this.#pool.references(last) === 1) return true;
    if (this.#pool.available === 0) return false;
    const own = this.#take();
    sequence.blocks[index] = own;
    if (last === undefined) return true;
    copies.push(last, own);
    this.#pool.release(last);
    return true;
  }

  /**
   * Makes positions behind the next one writable, `most` of them at most, where that leaves `spare`
   * blocks: how many are. Blocks that are not needed then stay the sequence's for later.
   */
  extend(sequence: Sequence, most: number, spare: number): number {
    const next = sequence.computed;
    const last = Math.floor((next + most) / KV_BLOCK_TOKENS);
    for (let index = Math.floor(next / KV_BLOCK_TOKENS) + 1; index <= last; index++) {
      if (sequence.blocks[index] !== undefined) continue;
      if (this.#pool.available <= spare) return index * KV_BLOCK_TOKENS - next - 1;
      sequence.blocks[index] = this.#take();
    }
    return most;
  }

  /** The first `tokens` tokens of a sequence are computed: full blocks may be found from now on. */
  commit(sequence: Sequence, tokens: number): void {
    sequence.computed = tokens;
    if (this.#cache === null) return;
    while ((sequence.cachedBlocks + 1) * KV_BLOCK_TOKENS <= tokens) {
      const index = sequence.cachedBlocks++;
      const block = sequence.blocks[index];
      if (block === undefined) throw new Error(`tokens were computed without KV block ${index}`);
      const { node, added } = this.#cache.add(
        sequence.prefixNode,
        blockIds(sequence, index),
        block,
      );
      sequence.prefixNode = node;
      if (added) this.#pool.setCached(block);
    }
  }

  /** Gives `follower` all that `leader` has computed. */
  fork(leader: Sequence, follower: Sequence): void {
    for (const block of leader.blocks) this.#pool.retain(block);
    follower.blocks = [...leader.blocks];
    follower.computed = leader.computed;
    follower.cachedBlocks = leader.cachedBlocks;
    follower.prefixNode = leader.prefixNode;
  }

  /** Takes all blocks back. The last goes first, so that the ends of prefixes are evicted first. */
  release(sequence: Sequence): void {
    for (const block of sequence.blocks.reverse()) this.#pool.release(block);
    sequence.blocks = [];
    sequence.computed = 0;
  }

  /** A block of the pool, which the cache knows no longer. */
  #take(): number {
    const block = this.#pool.allocate();
    this.#cache?.remove(block);
    return block;
  }

  /** Spares looking up a long prompt in every step that it waits. */
  #refusesAgain(sequence: Sequence, spare: number): boolean {
    const last = this.#refused;
    return (
      last?.sequence === sequence && last.available >= this.#pool.available && last.spare <= spare
    );
  }

  #lookUp(sequence: Sequence): CachedBlock[] {
    const hits: CachedBlock[] = [];
    if (this.#cache === null) return hits;
    // Rows that are to be scored must be computed.
    const scored = sequence.request.nextScore ?? Infinity;
    const usable = Math.floor(Math.min(sequence.length - 1, scored) / KV_BLOCK_TOKENS);
    let node = rootOf(sequence);
    while (hits.length < usable) {
      const hit = this.#cache.find(node, blockIds(sequence, hits.length));
      if (hit === null) break;
      hits.push(hit);
      node = hit.node;
    }
    return hits;
  }
}

function rootOf({ request }: Sequence): PrefixNode {
  return PrefixCache.root(request.generation.cacheSalt);
}

function blockIds(sequence: Sequence, index: number): number[] {
  const ids: number[] = [];
  const first = index * KV_BLOCK_TOKENS;
  for (let i = 0; i < KV_BLOCK_TOKENS; i++) ids.push(sequence.tokenAt(first + i));
  return ids;
}
