import t from 'tap';
import { BlockPool } from '../../../src/engine/block-pool.js';
import { KvBlocks } from '../../../src/engine/kv-blocks.js';
import { PrefixCache } from '../../../src/engine/prefix-cache.js';
import { RequestState } from '../../../src/engine/request-state.js';
import { sequencesOf, type Sequence } from '../../../src/engine/sequence.js';
import { engineOptions, generation } from '../../support/engine.js';
import { essence, answerAlone, LoopDriver } from '../../support/engine-loop.js';
import { randomSource } from '../../support/random.js';

t.test('blocks for a draft are those that nobody needs', (t) => {
  const kv = new KvBlocks(6, true);
  const [sequence] = sequencesOf(
    new RequestState(0, generation({ prompt: 'x'.repeat(20) }), { serial: 1, submittedAt: 0 }),
    engineOptions(),
  ) as [Sequence];
  t.ok(kv.allocate(sequence, 0));
  kv.commit(sequence, 20);
  t.ok(kv.grow(sequence, []));
  t.equal(kv.extend(sequence, 11, 9), 11, 'the block that it has holds positions up to 31');
  t.equal(kv.extend(sequence, 12, 4), 11, 'four blocks are left to others');
  t.same([kv.used, sequence.blocks.length], [2, 2]);
  t.equal(kv.extend(sequence, 12, 3), 12);
  t.equal(kv.extend(sequence, 16, 3), 16);
  t.same([kv.used, sequence.blocks.length], [3, 3]);
  t.equal(kv.extend(sequence, 40, 3), 27, 'as far as it goes');
  t.equal(kv.extend(sequence, 40, 0), 40);
  t.same([kv.used, sequence.blocks.length], [4, 4]);
  t.equal(new Set(sequence.blocks).size, 4);
  kv.commit(sequence, 25);
  t.equal(sequence.cachedBlocks, 1, 'what was not drawn is not found');
  kv.release(sequence);
  t.equal(kv.used, 0);
  t.end();
});

t.test('a pool gives each block once and takes it back', (t) => {
  const pool = new BlockPool(3);
  const [a, b, c] = [pool.allocate(), pool.allocate(), pool.allocate()];
  t.same(new Set([a, b, c]), new Set([0, 1, 2]));
  t.equal(pool.available, 0);
  t.throws(() => pool.allocate(), /no KV block/);
  pool.retain(a);
  pool.release(a);
  t.equal(pool.available, 0, 'one reference is left');
  pool.release(a);
  t.equal(pool.available, 1);
  t.throws(() => pool.release(a), /twice/);
  t.equal(pool.allocate(), a);
  t.end();
});

t.test('unused cached blocks go by last use, and only when nothing else is free', (t) => {
  const pool = new BlockPool(4);
  const [a, b, c] = [pool.allocate(), pool.allocate(), pool.allocate()];
  for (const block of [a, b, c]) pool.setCached(block);
  for (const block of [b, a, c]) pool.release(block);
  t.equal(pool.available, 4);
  pool.retain(b);
  pool.release(b);
  t.notOk([a, b, c].includes(pool.allocate()), 'the fourth block was free');
  t.same([pool.allocate(), pool.allocate(), pool.allocate()], [a, c, b]);
  pool.release(c);
  t.equal(pool.available, 1);
  pool.release(a);
  t.equal(pool.allocate(), a, 'what was evicted is no longer cached: the last one comes first');
  t.end();
});

t.test('a pool against a plain model of it', (t) => {
  const random = randomSource(5);
  // Both in the order in which they were used.
  const cached = new Set<number>();
  const references = new Map<number, number>();
  const pool = new BlockPool(10);
  const pick = (from: Iterable<number>): number | undefined => {
    const all = [...from];
    return all[Math.floor(random() * all.length)];
  };
  let evictions = 0;
  for (let i = 0; i < 20_000; i++) {
    const dice = random();
    const used = pick(references.keys());
    if (dice < 0.42 && pool.available > 0) {
      const unused = [...cached].filter((block) => !references.has(block));
      const free = 10 - references.size - unused.length;
      const block = pool.allocate();
      if (references.has(block)) t.fail(`block ${block} is in use`);
      if (cached.delete(block)) {
        if (free > 0 || block !== unused[0]) t.fail(`block ${block} was evicted before its turn`);
        evictions++;
      }
      references.set(block, 1);
    } else if (dice < 0.46 && cached.size > 0) {
      const block = pick(cached)!;
      pool.retain(block);
      references.set(block, (references.get(block) ?? 0) + 1);
    } else if (used === undefined) {
      continue;
    } else if (dice < 0.56) {
      pool.setCached(used);
      cached.add(used);
    } else {
      pool.release(used);
      const left = references.get(used)! - 1;
      if (left > 0) references.set(used, left);
      else references.delete(used);
      if (left === 0 && cached.delete(used)) cached.add(used);
    }
    if (pool.available !== 10 - references.size) t.fail('wrong number of available blocks');
  }
  t.ok(evictions > 300, `${evictions} blocks were evicted`);
  t.end();
});

t.test('a prefix is found by its ids, what stood before and the salt', (t) => {
  const cache = new PrefixCache();
  const root = PrefixCache.root('a');
  const first = cache.add(root, [1, 2], 7);
  t.same(first.added, true);
  const second = cache.add(first.node, [3, 4], 8);
  t.match(cache.find(root, [1, 2]), { block: 7, node: first.node });
  t.match(cache.find(first.node, [3, 4]), { block: 8, node: second.node });
  t.equal(cache.find(root, [3, 4]), null, 'not after nothing');
  t.equal(cache.find(root, [1, 22]), null);
  t.equal(cache.find(root, [12]), null, 'ids do not run into each other');
  t.equal(cache.find(PrefixCache.root('b'), [1, 2]), null, 'not under another salt');
  t.equal(cache.find(PrefixCache.root('a|1'), [2]), null, 'a salt cannot pose as ids');
  t.same(cache.add(root, [1, 2], 9), { node: first.node, added: false }, 'the first stays');
  cache.remove(7);
  cache.remove(9);
  t.equal(cache.find(root, [1, 2]), null);
  const again = cache.add(root, [1, 2], 9);
  t.not(again.node, first.node);
  t.equal(cache.find(again.node, [3, 4]), null, 'what stood on the evicted one is out of reach');
  cache.remove(8);
  cache.remove(9);
  t.equal(cache.size, 0);
  t.end();
});

function sequences(prompt: string, n: number): readonly Sequence[] {
  const asked = generation({ prompt, n });
  const request = new RequestState(1, asked, { serial: 1, submittedAt: 0 });
  return sequencesOf(request, engineOptions());
}

/** A sequence whose prompt is so many times the same letter. */
function sequence(length: number, letter = 'x'): Sequence {
  return sequences(letter.repeat(length), 1)[0]!;
}

t.test('blocks for a whole sequence, or none', (t) => {
  const kv = new KvBlocks(6, true);
  const first = sequence(33);
  t.notOk(kv.allocate(first, 4), 'three of its own and four to spare are seven');
  t.same([kv.used, first.blocks], [0, []]);
  t.ok(kv.allocate(first, 3), 'six are there');
  t.equal(kv.used, 3);
  t.equal(new Set(first.blocks).size, 3);
  const second = sequence(49, 'y');
  t.notOk(kv.allocate(second, 0), 'it needs four');
  t.notOk(kv.allocate(second, 0), 'and still does');
  t.ok(kv.allocate(sequence(32, 'z'), 1), 'another that needs two has them');
  kv.release(first);
  t.ok(kv.allocate(second, 0), 'now there are four');
  t.same([kv.used, kv.total], [6, 6]);
  t.notOk(kv.allocate(sequence(1), 0), 'none is left');
  t.end();
});

t.test('what was refused is asked again when less is to be spared', (t) => {
  const kv = new KvBlocks(6, true);
  const asking = sequence(33);
  t.notOk(kv.allocate(asking, 4));
  t.ok(kv.allocate(asking, 2));
  t.end();
});

t.test('a prompt that waits is looked up again only when it may have come to fit', (t) => {
  const kv = new KvBlocks(8, true);
  const holder = sequence(17, 'h');
  const other = sequence(17, 'o');
  t.ok(kv.allocate(holder, 0));
  const asking = sequence(100);
  let looks = 0;
  asking.tokenAt = () => {
    looks++;
    return 0;
  };
  const looked = (spare: number): boolean => {
    looks = 0;
    t.notOk(kv.allocate(asking, spare));
    return looks > 0;
  };
  t.notOk(looked(6), 'not even one block would be left for it');
  t.ok(looked(1));
  t.notOk(looked(1), 'nothing has changed');
  t.notOk(looked(2), 'more is to be spared');
  t.ok(looked(0), 'less is');
  t.ok(kv.allocate(other, 0));
  t.notOk(looked(0), 'less is there');
  t.notOk(kv.allocate(sequence(100, 'z'), 0));
  t.ok(looked(0), 'another was asked for meanwhile');
  kv.release(other);
  t.ok(looked(0), 'more is there');
  t.end();
});

t.test('a block is found by every one of its tokens and all before it', (t) => {
  const kv = new KvBlocks(64, true);
  const letters = Array.from({ length: 49 }, (_, i) => String.fromCharCode(65 + i));
  const allocate = (prompt: readonly string[]): Sequence => {
    const [made] = sequences(prompt.join(''), 1) as [Sequence];
    t.ok(kv.allocate(made, 0));
    return made;
  };
  kv.commit(allocate(letters), 49);
  t.equal(allocate(letters).computed, 48);
  for (let i = 0; i < 48; i++) {
    const changed = allocate(letters.with(i, '!'));
    t.equal(changed.computed, 16 * Math.floor(i / 16), `position ${i} differs`);
    kv.release(changed);
  }
  const longer = allocate([...letters, ...letters]);
  kv.commit(longer, 98);
  t.equal(allocate([...letters, ...letters]).computed, 96, 'what was found is gone on from');
  t.end();
});

t.test('two that compute the same keep one of it', (t) => {
  const kv = new KvBlocks(9, true);
  const pair = [sequence(33), sequence(33)];
  for (const each of pair) t.ok(kv.allocate(each, 0));
  for (const each of pair) kv.commit(each, 33);
  for (const each of pair) kv.release(each);
  t.ok(kv.allocate(sequence(96, 'y'), 0), 'takes six, and two are kept');
  const late = sequence(33);
  t.ok(kv.allocate(late, 0));
  t.equal(late.computed, 32);
  t.end();
});

t.test('cached blocks that others use cost nothing, unused ones take a place', (t) => {
  const kv = new KvBlocks(5, true);
  const owner = sequence(49);
  t.ok(kv.allocate(owner, 0));
  kv.commit(owner, 49);
  const beside = sequence(49);
  t.notOk(kv.allocate(beside, 1), 'one of its own and one to spare');
  t.ok(kv.allocate(beside, 0));
  t.same(beside.blocks.slice(0, 3), owner.blocks.slice(0, 3));
  t.same([beside.computed, beside.cachedBlocks, kv.used], [48, 3, 5]);
  kv.release(owner);
  kv.release(beside);
  t.equal(kv.used, 0);
  t.same([beside.blocks, beside.computed], [[], 0]);
  const late = sequence(49);
  t.notOk(kv.allocate(late, 2), 'three that it finds, one of its own, two to spare');
  t.ok(kv.allocate(late, 1));
  t.same([late.computed, kv.used], [48, 4]);
  t.same([kv.queriedTokens, kv.hitTokens], [3 * 49, 2 * 48]);
  t.end();
});

t.test('what a preempted sequence finds of its own is no hit', (t) => {
  const kv = new KvBlocks(8, true);
  const preempted = sequence(33);
  t.ok(kv.allocate(preempted, 0));
  kv.commit(preempted, 33);
  preempted.append(1);
  kv.release(preempted);
  t.ok(kv.allocate(preempted, 0));
  t.equal(preempted.computed, 32);
  t.same([kv.queriedTokens, kv.hitTokens], [33, 0]);
  t.end();
});

t.test('only full blocks are found, as soon as they are full', (t) => {
  const kv = new KvBlocks(16, true);
  const found = (): number => {
    const late = sequence(49);
    t.ok(kv.allocate(late, 0));
    kv.release(late);
    return late.cachedBlocks;
  };
  const owner = sequence(49);
  t.ok(kv.allocate(owner, 0));
  for (const [computed, blocks] of [
    [15, 0],
    [16, 1],
    [31, 1],
    [48, 3],
  ] as const) {
    kv.commit(owner, computed);
    t.equal(owner.computed, computed);
    t.equal(found(), blocks, `${computed} tokens are computed`);
  }
  t.end();
});

t.test('a sequence grows by a block where the last is full, by a copy where it is shared', (t) => {
  const kv = new KvBlocks(5, true);
  const [leader, follower] = sequences('x'.repeat(20), 2) as [Sequence, Sequence];
  t.ok(kv.allocate(leader, 0));
  kv.commit(leader, 20);
  kv.fork(leader, follower);
  t.same(follower.blocks, leader.blocks);
  t.not(follower.blocks, leader.blocks, 'each has a table of its own');
  t.same([follower.computed, follower.cachedBlocks], [20, 1]);
  t.equal(follower.prefixNode, leader.prefixNode);
  const shared = leader.blocks[1]!;
  const copies: number[] = [];
  t.ok(kv.grow(leader, copies));
  t.same(copies, [shared, leader.blocks[1]]);
  t.not(leader.blocks[1], shared);
  t.equal(leader.blocks[0], follower.blocks[0]);
  t.ok(kv.grow(follower, copies));
  t.equal(follower.blocks[1], shared, 'the last owner writes where it is');
  t.equal(copies.length, 2);
  t.equal(kv.used, 3);
  kv.commit(leader, 32);
  t.ok(kv.grow(leader, copies));
  t.same([leader.blocks.length, copies.length, kv.used], [3, 2, 4]);
  t.ok(kv.grow(leader, copies), 'there is room already');
  t.same([leader.blocks.length, kv.used], [3, 4]);
  kv.commit(leader, 48);
  t.ok(kv.grow(leader, copies), 'the last block');
  kv.commit(leader, 64);
  t.notOk(kv.grow(leader, copies));
  t.equal(leader.blocks.length, 4, 'nothing was changed');
  kv.release(leader);
  kv.release(follower);
  t.equal(kv.used, 0);
  t.end();
});

t.test('no copy without a block for it', (t) => {
  const kv = new KvBlocks(2, false);
  const [leader, follower] = sequences('x'.repeat(20), 2) as [Sequence, Sequence];
  t.ok(kv.allocate(leader, 0));
  kv.commit(leader, 20);
  t.equal(leader.cachedBlocks, 0, 'nothing is cached');
  kv.fork(leader, follower);
  const copies: number[] = [];
  t.notOk(kv.grow(leader, copies));
  t.same([copies, leader.blocks], [[], follower.blocks]);
  t.end();
});

t.test('what is overwritten is no longer found; the ends of prefixes go first', (t) => {
  const kv = new KvBlocks(4, true);
  const old = sequence(49);
  t.ok(kv.allocate(old, 0));
  kv.commit(old, 49);
  kv.release(old);
  // The block that was never full is free; then the third of the prompt goes.
  const other = sequence(32, 'y');
  t.ok(kv.allocate(other, 0));
  kv.commit(other, 32);
  kv.release(other);
  const again = sequence(49);
  t.ok(kv.allocate(again, 0));
  t.equal(again.computed, 32);
  t.end();
});

t.test('rows that are to be scored are computed', (t) => {
  const kv = new KvBlocks(16, true);
  const owner = sequence(49);
  t.ok(kv.allocate(owner, 0));
  kv.commit(owner, 49);
  const asked = generation({ prompt: 'x'.repeat(49), promptTopLogprobs: 0 });
  const request = new RequestState(1, asked, { serial: 1, submittedAt: 0 });
  const score = { id: 0, logprob: 0, top: [] };
  for (const [scored, found] of [
    [0, 0],
    [15, 0],
    [16, 16],
    [40, 32],
  ] as const) {
    while ((request.nextScore ?? 0) < scored) request.addScores([score]);
    const [scoring] = sequencesOf(request, engineOptions()) as [Sequence];
    t.ok(kv.allocate(scoring, 0));
    t.equal(scoring.computed, found, `${scored} rows are scored`);
    kv.release(scoring);
  }
  t.end();
});

const PROMPT = 'sixteen of these, sixteen of those, and five.....'; // 49 tokens

t.test('prefix hits', (t) => {
  const driver = new LoopDriver(engineOptions());
  const request = generation({ prompt: PROMPT, maxTokens: 40 });
  const first = driver.complete(request);
  t.equal(first.cachedTokens, 0);
  const again = driver.complete(request);
  t.equal(again.cachedTokens, 48, 'all full blocks: the last token is in the fourth');
  t.equal(again.usage?.cachedTokens, 48);
  t.same(essence(again), essence(first));
  t.equal(driver.complete(generation({ prompt: PROMPT.slice(0, 48) })).cachedTokens, 32);
  t.equal(driver.complete(generation({ prompt: PROMPT.slice(0, 40) })).cachedTokens, 32);
  t.equal(driver.complete(generation({ prompt: 'x' + PROMPT })).cachedTokens, 0);

  const conversation = PROMPT + first.texts[0];
  const next = generation({ prompt: conversation, maxTokens: 10 });
  const continued = driver.complete(next);
  t.equal(continued.cachedTokens, 80, 'generated tokens are found too (88 have KV)');
  t.same(essence(continued), essence(answerAlone(engineOptions(), next)));

  const other = driver.complete({ ...request, cacheSalt: 'tenant' });
  t.equal(other.cachedTokens, 0, 'nothing is shared across salts');
  t.same(essence(other), essence(first));
  t.equal(driver.complete({ ...request, cacheSalt: 'tenant' }).cachedTokens, 48);
  t.match(driver.stats, { kvBlocksUsed: 0 });
  t.end();
});

t.test('counters of queried and found tokens', (t) => {
  const driver = new LoopDriver(engineOptions());
  driver.complete(generation({ prompt: PROMPT }));
  driver.complete(generation({ prompt: PROMPT }));
  t.match(driver.stats, { prefixQueriedTokens: 98, prefixHitTokens: 48, promptTokens: 98 });
  t.end();
});

t.test('no prefix cache, no hits', (t) => {
  const driver = new LoopDriver(engineOptions({ prefixCaching: false }));
  driver.complete(generation({ prompt: PROMPT }));
  t.equal(driver.complete(generation({ prompt: PROMPT })).cachedTokens, 0);
  t.end();
});

t.test('what was not used for longest makes room', (t) => {
  const driver = new LoopDriver(engineOptions({ kvBlocks: 8 }));
  const prompts = ['a', 'b', 'c'].map((letter) => letter.repeat(33));
  for (const prompt of prompts) driver.complete(generation({ prompt, maxTokens: 1 }));
  // Two full blocks each: six are cached, two free. This takes four.
  driver.complete(generation({ prompt: 'd'.repeat(50), maxTokens: 1 }));
  // The youngest is asked first: each answer overwrites what the older ones left.
  const cached = prompts
    .toReversed()
    .map((prompt) => driver.complete(generation({ prompt, maxTokens: 1 })).cachedTokens);
  t.same(cached, [32, 32, 0]);
  t.end();
});

t.test('a request that scores its prompt computes it', (t) => {
  const driver = new LoopDriver(engineOptions());
  driver.complete(generation({ prompt: PROMPT }));
  const scored = driver.complete(generation({ prompt: PROMPT, promptTopLogprobs: 1 }));
  t.equal(scored.cachedTokens, 0);
  t.equal(scored.scores?.length, 48);
  t.end();
});
