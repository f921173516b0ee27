import t from 'tap';
import { chunkSizes } from '../../../src/engine/chunk-sizes.js';
import { RequestState } from '../../../src/engine/request-state.js';
import { Scheduler } from '../../../src/engine/scheduler.js';
import { sequencesOf, type Sequence } from '../../../src/engine/sequence.js';
import { StepCost } from '../../../src/engine/step-cost.js';
import type { GenerationRequest } from '../../../src/engine/types.js';
import { engineOptions, generation, type TestEngineOptions } from '../../support/engine.js';
import { answerAlone, essence, LoopDriver } from '../../support/engine-loop.js';

const text = (length: number, from = 0): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * i + from) % 26))).join('');

t.test('shares of a step among prompts', (t) => {
  t.same(chunkSizes([], 10), []);
  t.same(chunkSizes([5], 10), [5]);
  t.same(chunkSizes([100], 10), [10]);
  t.same(chunkSizes([100, 3], 10), [7, 3], 'a short one gets through beside a long one');
  t.same(chunkSizes([100, 50, 50], 10), [5, 5, 0], 'the older of equals first');
  t.same(chunkSizes([3, 100], 10), [3, 7]);
  t.same(chunkSizes([4, 100, 2], 10), [4, 4, 2]);
  t.same(chunkSizes([100, 100], 1), [1, 0], 'the oldest always comes on');
  t.end();
});

t.test('the estimate of a step', (t) => {
  const cost = new StepCost();
  t.ok(cost.prefillRowsWithin(1, 4) <= 32, 'careful as long as nothing is known');
  for (let i = 0; i < 10; i++) cost.record({ prefillRows: 0, decodeRows: 4, seconds: 0.1 });
  cost.record({ prefillRows: 20, decodeRows: 4, seconds: 0.3 });
  t.equal(cost.prefillRowsWithin(0.25, 4), 15);
  t.equal(cost.prefillRowsWithin(0.25, 0), 25);
  cost.record({ prefillRows: 20, decodeRows: 4, seconds: 0.5 });
  t.equal(cost.prefillRowsWithin(0.5, 4), 20, 'dearer rows count at once');
  cost.record({ prefillRows: 20, decodeRows: 4, seconds: 0.3 });
  t.ok(cost.prefillRowsWithin(0.5, 4) < 30, 'cheaper ones not wholly');
  t.equal(cost.prefillRowsWithin(0.01, 4), 8, 'never nothing');
  t.end();
});

t.test('the estimate of a step, from the first ones on', (t) => {
  const cost = new StepCost();
  cost.record({ prefillRows: 10, decodeRows: 2, seconds: 1 });
  t.equal(cost.prefillRowsWithin(2, 0), 20);
  t.equal(cost.prefillRowsWithin(2, 3), 17, 'a decode row costs as much, as far as is known');
  cost.record({ prefillRows: 0, decodeRows: 2, seconds: 0.5 });
  t.equal(cost.prefillRowsWithin(2, 3), 15, 'all of it at once');
  cost.record({ prefillRows: 0, decodeRows: 2, seconds: 1.5 });
  t.equal(cost.prefillRowsWithin(2, 3), 10, 'half and half with the next');
  cost.record({ prefillRows: 10, decodeRows: 0, seconds: 2 });
  t.equal(cost.prefillRowsWithin(4, 0), 20, 'nothing was decoded beside them');
  cost.record({ prefillRows: 10, decodeRows: 1, seconds: 0.5 });
  t.equal(cost.prefillRowsWithin(4, 0), 39, 'a tenth of the time is theirs at least');
  const free = new StepCost();
  free.record({ prefillRows: 0, decodeRows: 1, seconds: 1 });
  free.record({ prefillRows: 10, decodeRows: 0, seconds: 0 });
  t.equal(free.prefillRowsWithin(0.5, 1), Infinity);
  t.end();
});

t.test('a long prompt does not make decoding sequences wait', (t) => {
  for (const [what, secondsOfStep] of [
    ['rows cost the same', (rows: number) => 0.02 + rows * 0.005],
    ['a slow machine', (rows: number) => 0.1 + rows * 0.01],
    // Attention: rows get dearer along the prompt.
    ['rows get dearer', (rows: number, step: number) => 0.02 + rows * (0.003 + step * 0.00005)],
  ] as const) {
    let step = 0;
    const driver = new LoopDriver(
      engineOptions({ contextLength: 4096, kvBlocks: 512, maxNumBatchedTokens: 512 }),
      { stepSeconds: (rows) => secondsOfStep(rows, step++) },
    );
    const decoding = ['one', 'two', 'three'].map((prompt) =>
      driver.submit(generation({ prompt, maxTokens: 1000 })),
    );
    driver.turns(20);
    const long = driver.submit(generation({ prompt: text(3000), maxTokens: 5 }));
    const before = driver.reports.length;
    const counts = (): number[] => decoding.map((key) => driver.answer(key).tokens[0]!.length);
    while (driver.answer(long).tokens[0]!.length === 0) {
      const had = counts();
      driver.turn();
      t.same(
        counts(),
        had.map((count) => count + 1),
        'each gets its token',
      );
    }
    const steps = driver.reports.slice(before);
    const longest = Math.max(...steps.map(({ seconds }) => seconds));
    t.ok(longest <= 0.26, `${what}: the longest step took ${longest} s`);
    const typical = steps.map(({ seconds }) => seconds).sort((a, b) => a - b)[steps.length >> 1]!;
    t.ok(typical > 0.2, `${what}: the time was used, ${typical} s as a rule`);
  }
  t.end();
});

t.test('a prompt alone takes larger steps, until somebody comes', (t) => {
  const driver = new LoopDriver(
    engineOptions({ contextLength: 4096, kvBlocks: 512, maxNumBatchedTokens: 512 }),
    { stepSeconds: (rows) => rows / 256 },
  );
  driver.submit(generation({ prompt: text(3000) }));
  driver.turns(5);
  t.equal(driver.reports.at(-1)?.rows, 256, 'a second');
  driver.submit(generation({ prompt: text(1000, 7) }));
  driver.turns(2);
  t.equal(driver.reports.at(-1)?.rows, 64, 'a quarter of a second');
  const queue = new LoopDriver(
    engineOptions({ contextLength: 4096, kvBlocks: 512, maxNumBatchedTokens: 512, maxNumSeqs: 1 }),
    { stepSeconds: (rows) => rows / 256 },
  );
  queue.submit(generation({ prompt: text(3000) }));
  queue.turns(3);
  queue.submit(generation());
  queue.turn();
  t.equal(queue.reports.at(-1)?.rows, 64, 'who waits for a place has come too');
  t.end();
});

t.test('a short prompt gets through beside a long one', (t) => {
  const driver = new LoopDriver(engineOptions({ contextLength: 4096, maxNumBatchedTokens: 32 }));
  const long = driver.submit(generation({ prompt: text(2000) }));
  driver.turns(3);
  const short = driver.submit(generation({ prompt: 'hi', maxTokens: 4 }));
  driver.turns(5);
  t.equal(driver.answer(short).finishes[0], 'length');
  t.same(driver.answer(long).tokens, [[]]);
  driver.run();
  t.equal(driver.answer(long).finishes[0], 'length');
  t.end();
});

t.test('places are given in order, and the ceiling of sequences holds', (t) => {
  const driver = new LoopDriver(engineOptions({ maxNumSeqs: 2 }));
  const keys = Array.from({ length: 6 }, (_, i) =>
    driver.submit(generation({ prompt: `request ${i}`, maxTokens: 3 + 4 * (i % 2) })),
  );
  const order: number[] = [];
  do {
    for (const key of keys) {
      if (driver.answer(key).started && !order.includes(key)) order.push(key);
    }
  } while (driver.turn());
  t.same(order, keys);
  t.ok(driver.reports.every(({ decodeRows }) => decodeRows <= 2));
  t.ok(driver.reports.some(({ decodeRows }) => decodeRows === 2));
  t.end();
});

t.test('a large request is not overtaken for ever', (t) => {
  const driver = new LoopDriver(engineOptions({ kvBlocks: 12 }));
  driver.submit(generation({ prompt: 'small', maxTokens: 30 }));
  driver.turns(2);
  const large = driver.submit(generation({ prompt: text(180), maxTokens: 3 }));
  const late = Array.from({ length: 5 }, () =>
    driver.submit(generation({ prompt: 'late', maxTokens: 30 })),
  );
  for (let i = 0; !driver.answer(large).started; i++) {
    t.ok(i < 40, 'it starts once the first is through');
    t.notOk(late.some((key) => driver.answer(key).started));
    driver.turn();
  }
  driver.run();
  t.equal(driver.answer(large).finishes[0], 'length');
  t.end();
});

const tight = engineOptions({ kvBlocks: 10, maxNumSeqs: 4 });
const hungry = (i: number): GenerationRequest =>
  generation({
    prompt: text(20 + i, i),
    maxTokens: 90,
    topLogprobs: 1,
    sampling: { temperature: 1, seed: BigInt(i), frequencyPenalty: 0.1 },
  });

t.test('out of blocks: the youngest stands back, and answers stay the same', (t) => {
  for (const prefixCaching of [true, false]) {
    const options = { ...tight, prefixCaching };
    const driver = new LoopDriver(options);
    const keys = [0, 1, 2, 3].map((i) => driver.submit(hungry(i)));
    let before = { key: 0, tokens: 0, moving: false };
    do {
      const oldest = keys.find((key) => driver.answer(key).finishes[0] === null);
      if (oldest === undefined) continue;
      const tokens = driver.answer(oldest).tokens[0]!.length;
      const moving = oldest === before.key && tokens > before.tokens;
      if (oldest === before.key && before.moving) t.ok(moving, 'nothing stops the oldest');
      before = { key: oldest, tokens, moving };
    } while (driver.turn());
    t.ok((driver.stats?.preemptions ?? 0) >= 3, `${driver.stats?.preemptions} preemptions`);
    keys.forEach((key, i) => {
      t.same(essence(driver.answer(key)), essence(answerAlone(tight, hungry(i))));
    });
    t.match(driver.stats, { kvBlocksUsed: 0, waiting: 0, running: 0 });
  }
  t.end();
});

t.test('one sequence that needs the whole pool', (t) => {
  const driver = new LoopDriver(engineOptions({ kvBlocks: 4, maxNumSeqs: 4 }));
  const request = generation({ prompt: text(30), n: 3, maxTokens: 34 });
  const answer = driver.complete(request);
  t.same(essence(answer), essence(answerAlone(tight, request)));
  t.end();
});

t.test('a paused sequence keeps its blocks, but no place and not against need', (t) => {
  const driver = new LoopDriver(engineOptions({ kvBlocks: 10, maxNumSeqs: 1 }));
  const slow = driver.submit(hungry(0));
  driver.turns(30);
  driver.pause(slow);
  const had = driver.answer(slow).tokens[0]!.length;
  const next = driver.submit(hungry(1));
  driver.turns(10);
  t.ok(driver.answer(next).tokens[0]!.length > 5, 'its place is given to another');
  t.match(driver.stats, { preemptions: 0, running: 1, waiting: 0 }, 'it keeps its blocks');
  driver.run();
  t.equal(driver.answer(next).finishes[0], 'length');
  t.match(driver.stats, { preemptions: 1 }, 'until they are needed');
  t.equal(driver.answer(slow).tokens[0]!.length, had, 'nothing comes while paused');
  t.match(driver.stats, { running: 0, waiting: 0 }, 'it is no work');
  driver.resume(slow);
  driver.run();
  t.same(essence(driver.answer(slow)), essence(answerAlone(tight, hungry(0))));
  t.same(essence(driver.answer(next)), essence(answerAlone(tight, hungry(1))));
  t.match(driver.stats, { kvBlocksUsed: 0 });
  t.end();
});

t.test('a paused sequence is preempted before a younger one that is read', (t) => {
  const driver = new LoopDriver(tight);
  const slow = driver.submit(hungry(0));
  const quick = driver.submit(hungry(1));
  driver.turns(50);
  driver.pause(slow);
  t.match(driver.stats, { preemptions: 0 });
  const before = driver.reports.length;
  while (driver.answer(quick).finishes[0] === null) driver.turn();
  t.ok(
    driver.reports.slice(before).every(({ prefillRows }) => prefillRows === 0),
    'the younger one never had to be computed again',
  );
  driver.resume(slow);
  driver.run();
  t.same(essence(driver.answer(slow)), essence(answerAlone(tight, hungry(0))));
  t.end();
});

t.test('resuming without a free place waits for one', (t) => {
  const driver = new LoopDriver(engineOptions({ maxNumSeqs: 1 }));
  const first = driver.submit(hungry(0));
  driver.turns(5);
  driver.pause(first);
  driver.turn();
  const second = driver.submit(hungry(1));
  driver.turns(5);
  driver.resume(first);
  driver.turns(3);
  t.match(driver.stats, { running: 1, waiting: 1, preemptions: 0 });
  driver.run();
  for (const [i, key] of [first, second].entries()) {
    t.same(essence(driver.answer(key)), essence(answerAlone(tight, hungry(i))));
  }
  t.match(driver.stats, { kvBlocksUsed: 0 });
  t.end();
});

/** A scheduler with one request. */
function scheduling(
  options: TestEngineOptions,
  n: number,
): { scheduler: Scheduler; request: RequestState; sequences: readonly Sequence[] } {
  const scheduler = new Scheduler(options);
  const asked = generation({ prompt: text(40), n });
  const request = new RequestState(1, asked, { serial: 1, submittedAt: 0 });
  const sequences = sequencesOf(request, options);
  scheduler.add(sequences);
  return { scheduler, request, sequences };
}

t.test('a sequence is taken out wherever it is', (t) => {
  const options = engineOptions({ maxNumSeqs: 4, prefixCaching: false });
  const { scheduler, request, sequences } = scheduling(options, 6);
  const plan = scheduler.schedule(7);
  t.same(plan.started, [request]);
  t.equal(request.startedAt, 7);
  t.same(states(sequences), [
    ...['running', 'following', 'following', 'following'],
    ...['waiting', 'waiting'],
  ]);
  t.match(plan, { prefillRows: 32, decodeRows: 0, copies: [] });
  const [leader, second, third, , fifth] = sequences as [Sequence, Sequence, Sequence, 0, Sequence];
  scheduler.finish(second);
  scheduler.finish(fifth);
  scheduler.finish(fifth);
  t.match(scheduler, { running: 3, waiting: 1 });
  for (const chunk of plan.chunks) scheduler.commit(chunk);
  const last = scheduler.schedule(8);
  t.same(last.started, [], 'it has started once');
  t.equal(request.startedAt, 7);
  t.same(
    last.chunks.flatMap(({ ready }) => ready.map(({ choice }) => choice)),
    [0, 2, 3, 5],
    'the sixth has joined in the place that became free',
  );
  for (const chunk of last.chunks) scheduler.commit(chunk);
  t.match(scheduler, { running: 4, waiting: 0 });
  for (const sequence of [leader, third]) sequence.append(97);
  scheduler.pause(third);
  t.equal(third.state, 'paused');
  for (const sequence of sequences) scheduler.finish(sequence);
  t.match(scheduler, { running: 0, waiting: 0, hasWork: false });
  t.equal(scheduler.kv.used, 0);
  t.end();
});

/** Computes a step: every sequence that is ready draws a token. */
function step(scheduler: Scheduler): void {
  const { chunks } = scheduler.schedule(0);
  for (const chunk of chunks) {
    scheduler.commit(chunk);
    for (const sequence of chunk.ready) sequence.append(97);
  }
}

function states(sequences: readonly Sequence[]): string[] {
  return sequences.map(({ state }) => state);
}

t.test('pausing and resuming, whatever a sequence does', (t) => {
  const { scheduler, sequences } = scheduling(engineOptions({ maxNumSeqs: 1 }), 2);
  const [first, second] = sequences as [Sequence, Sequence];
  scheduler.schedule(0);
  scheduler.pause(first);
  t.same(states(sequences), ['running', 'waiting'], 'what has drawn nothing goes on');
  for (let i = 0; i < 4; i++) step(scheduler);
  scheduler.resume(first);
  t.match(scheduler, { running: 1, waiting: 1 }, 'it was not paused');
  scheduler.pause(first);
  step(scheduler);
  t.same(states(sequences), ['paused', 'running']);
  scheduler.resume(first);
  t.same(states(sequences), ['waiting', 'running']);
  t.match(scheduler, { running: 1, waiting: 1, hasWork: true });
  scheduler.pause(first);
  t.same(states(sequences), ['paused', 'running']);
  t.match(scheduler, { running: 1, waiting: 0 }, 'without a place too');
  scheduler.resume(first);
  scheduler.finish(first);
  t.match(scheduler, { running: 1, waiting: 0 });
  scheduler.finish(second);
  t.match(scheduler, { running: 0, waiting: 0, hasWork: false });
  t.equal(scheduler.kv.used, 0);
  t.end();
});

t.test('a sequence leaves while it waits for its blocks to come back', (t) => {
  const options = engineOptions({ kvBlocks: 7, maxNumSeqs: 2, prefixCaching: false });
  const { scheduler, sequences } = scheduling(options, 2);
  for (let i = 0; scheduler.preemptions === 0; i++) {
    if (i > 100) throw new Error('blocks never ran out');
    step(scheduler);
  }
  t.same(states(sequences), ['running', 'waiting']);
  scheduler.finish(sequences[1]!);
  t.match(scheduler, { running: 1, waiting: 0 });
  t.end();
});

t.test('who has drawn already computes no prompt for others', (t) => {
  const options = engineOptions({ maxNumSeqs: 2, maxNumBatchedTokens: 32, prefixCaching: false });
  const { scheduler, sequences: others } = scheduling(options, 1);
  const asked = generation({ prompt: text(100), n: 3 });
  const request = new RequestState(2, asked, { serial: 2, submittedAt: 0 });
  const sequences = sequencesOf(request, options);
  const [first] = sequences as [Sequence];
  scheduler.add(sequences);
  while (first.fresh) step(scheduler);
  scheduler.pause(first);
  scheduler.resume(first);
  scheduler.finish(others[0]!);
  scheduler.schedule(0);
  t.same(states(sequences), ['running', 'running', 'waiting'], 'the second computes the prompt');
  step(scheduler);
  scheduler.finish(first);
  scheduler.schedule(0);
  t.same(states(sequences), ['finished', 'running', 'following'], 'which the third waits for');
  t.end();
});

t.test('a request that needs the blocks of a paused one gets them', (t) => {
  const driver = new LoopDriver(engineOptions({ kvBlocks: 10, maxNumSeqs: 2 }));
  const slow = driver.submit(hungry(0));
  driver.turns(60);
  driver.pause(slow);
  const next = driver.submit(generation({ prompt: text(120, 3), maxTokens: 3 }));
  driver.turn();
  t.ok(driver.answer(next).started);
  t.match(driver.stats, { preemptions: 1, running: 1 });
  driver.run();
  t.equal(driver.answer(next).finishes[0], 'length');
  t.end();
});

t.test('when the leader goes, the others wait again', (t) => {
  const { scheduler, sequences } = scheduling(engineOptions({ maxNumSeqs: 4 }), 3);
  scheduler.schedule(0);
  scheduler.finish(sequences[0]!);
  t.match(scheduler, { running: 0, waiting: 2 });
  scheduler.schedule(1);
  t.same(states(sequences), ['finished', 'running', 'following']);
  t.match(scheduler, { running: 2, waiting: 0 });
  t.end();
});

/** How often the properties of `waiting` requests are read in ten steps of one that decodes. */
function readsOfWaiting(waiting: number): number {
  const options = engineOptions({ kvBlocks: 8, maxNumSeqs: 4, prefixCaching: false });
  const { scheduler, sequences } = scheduling(options, 1);
  while (sequences[0]!.fresh) step(scheduler);
  let reads = 0;
  const watched = (sequence: Sequence): Sequence =>
    new Proxy(sequence, {
      get: (target, property) => {
        reads++;
        return Reflect.get(target, property, target) as unknown;
      },
    });
  for (let serial = 2; serial < 2 + waiting; serial++) {
    const asked = generation({ prompt: text(110) });
    const request = new RequestState(serial, asked, { serial, submittedAt: 0 });
    scheduler.add(sequencesOf(request, options).map(watched));
  }
  reads = 0;
  for (let i = 0; i < 10; i++) {
    const { decodeRows, prefillRows } = scheduler.schedule(0);
    if (decodeRows !== 1 || prefillRows !== 0) throw new Error('only the first one has blocks');
  }
  if (scheduler.waiting !== waiting) throw new Error('all others wait');
  return reads;
}

t.test('places are free and blocks are not: a step asks only the oldest that waits', (t) => {
  const few = readsOfWaiting(2);
  t.ok(few > 0, 'it is asked');
  t.equal(readsOfWaiting(1000), few);
  t.end();
});
