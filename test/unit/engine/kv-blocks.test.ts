import t from 'tap';
import { BlockPool } from '../../../src/engine/block-pool.js';
import { PrefixCache } from '../../../src/engine/prefix-cache.js';
import { engineOptions, generation } from '../../support/engine.js';
import { essence, answerAlone, LoopDriver } from '../../support/engine-loop.js';
import { randomSource } from '../../support/random.js';

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
