import t from 'tap';
import { chunkSizes } from '../../../src/engine/chunk-sizes.js';
import { RequestState } from '../../../src/engine/request-state.js';
import { Scheduler } from '../../../src/engine/scheduler.js';
import { sequencesOf, type Sequence } from '../../../src/engine/sequence.js';
import { StepCost, type StepMeasure } from '../../../src/engine/step-cost.js';
import type { GenerationRequest } from '../../../src/engine/types.js';
import { engineOptions, generation, type TestEngineOptions } from '../../support/engine.js';
import { answerAlone, essence, LoopDriver } from '../../support/engine-loop.js';

const text = (length: number, from = 0): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * i + from) % 26))).join('');

t.test('shares of a step among prompts', (t) => {
  const sizes = (remaining: readonly number[], budget: number): number[] =>
    chunkSizes(
      remaining.map((rows) => ({ remaining: rows, price: 1 })),
      budget,
    );
  t.same(sizes([], 10), []);
  t.same(sizes([5], 10), [5]);
  t.same(sizes([100], 10), [10]);
  t.same(sizes([100, 3], 10), [7, 3], 'a short one gets through beside a long one');
  t.same(sizes([100, 50, 50], 10), [3, 7, 0], 'the older of equals first');
  t.same(sizes([3, 100], 10), [3, 7]);
  t.same(sizes([4, 100, 2], 10), [4, 4, 2]);
  t.same(sizes([100, 100], 1), [1, 0], 'the oldest always comes on');
  t.end();
});

t.test('shares of prompts whose rows cost more', (t) => {
  const long = { remaining: 100, price: 4 };
  t.same(chunkSizes([long], 40), [10]);
  t.same(chunkSizes([long, { remaining: 100, price: 1 }], 40), [3, 28]);
  t.same(chunkSizes([long, { remaining: 12, price: 1 }], 40), [7, 12], 'what is left is its own');
  t.same(chunkSizes([{ remaining: 5, price: 4 }, long], 40), [5, 5], 'cost decides, not rows');
  t.same(chunkSizes([{ remaining: 9, price: 100 }], 8), [1], 'the oldest always comes on');
  t.same(chunkSizes([{ remaining: 9, price: 100 }, long], 8), [1, 0], 'and nobody beside it then');
  t.end();
});

/** What a machine takes: for the step, a decode row, a prefill row and a token attended to. */
type Machine = readonly [step: number, decode: number, prefill: number, context: number];

function measured(machine: Machine, step: Omit<StepMeasure, 'seconds'>): StepMeasure {
  const [whole, decode, prefill, context] = machine;
  const { decodeRows, prefillRows, prefillContext } = step;
  const seconds = whole + decode * decodeRows + prefill * prefillRows + context * prefillContext;
  return { ...step, seconds };
}

/** Steps of every kind: of decoding, of prompts alone, of both. */
function learnt(cost: StepCost, machine: Machine, steps: number): StepCost {
  for (let i = 0; i < steps; i++) {
    const decodeRows = (i * 7) % 33;
    const prefillRows = i % 3 === 0 ? 0 : 1 + ((i * 5) % 64);
    const prefillContext = prefillRows * (i % 5 === 0 ? 4000 : 100);
    cost.record(measured(machine, { decodeRows, prefillRows, prefillContext }));
  }
  return cost;
}

const SMALL: Machine = [0.0025, 0.0005, 0.00026, 2e-7];

t.test('the estimate of a step before much is known', (t) => {
  const cost = new StepCost();
  t.equal(cost.prefillRowsWithin(1, 0, 1), 32, 'careful as long as nothing is known');
  t.equal(cost.prefillRowsWithin(1, 4, 1), 8, 'and more so beside others');
  cost.record({ decodeRows: 0, prefillRows: 32, prefillContext: 0, seconds: 0.036 });
  t.equal(cost.prefillRowsWithin(0.2405, 0, 1), 236, 'a row of a millisecond, four for the step');
  t.equal(cost.prefillRowsWithin(0.2405, 5, 1), 11, 'a decode row is one and a half');
  t.equal(cost.priceAt(4000), 1.25);
  const free = new StepCost();
  for (let i = 0; i < 9; i++) {
    free.record({ decodeRows: 1, prefillRows: 8, prefillContext: 0, seconds: 0 });
  }
  t.ok(free.prefillRowsWithin(1, 16, 1) > 8, 'a clock that stands still');
  learnt(free, SMALL, 300);
  const rows = free.prefillRowsWithin(0.25, 8, 1);
  t.ok(Math.abs(rows - 25) <= 4, `is forgotten: ${rows}`);
  t.end();
});

t.test('the estimate of a step learns what the machine takes', (t) => {
  for (const factor of [1, 10, 0.1]) {
    const machine = SMALL.map((seconds) => seconds * factor) as unknown as Machine;
    const cost = learnt(new StepCost(), machine, 300);
    const near = (rows: number, expected: number, what: string): void => {
      t.ok(Math.abs(rows - expected) <= expected / 6, `${what}: ${rows}, expected ${expected}`);
    };
    // 8 decode rows take 6.5 ms with the step.
    near(cost.prefillRowsWithin(0.25 * factor, 8, 1), 25, 'as long as the decode rows');
    near(cost.prefillRowsWithin(0.25 * factor, 8, 8), 25, 'of as many sequences as prompts');
    near(
      cost.prefillRowsWithin(0.25 * factor, 8, 16),
      50,
      'of twice as many prompts: so much longer',
    );
    near(cost.prefillRowsWithin(0.0092 * factor, 8, 99), 10, 'what is left of the step at most');
    near(cost.prefillRowsWithin(0.0285 * factor, 0, 1), 100, 'all of it where nothing decodes');
    t.equal(cost.prefillRowsWithin(0.001 * factor, 8, 1), 8, 'never nothing');
    near(cost.priceAt(4000), 1 + (2e-7 * 4000) / 0.00026, 'a row that attends to many tokens');
    t.equal(cost.priceAt(0), 1);
  }
  t.end();
});

t.test('a step that took longer than expected makes the next one shorter, for a while', (t) => {
  const cost = learnt(new StepCost(), SMALL, 300);
  const before = cost.prefillRowsWithin(0.25, 32, 1);
  const step = { decodeRows: 32, prefillRows: before, prefillContext: 100 * before };
  const { seconds } = measured(SMALL, step);
  cost.record({ ...step, seconds: 3 * seconds });
  const after = cost.prefillRowsWithin(2 * seconds, 0, 1);
  t.ok(after < (2 * seconds) / 0.00026 / 1.5, `${after} rows in twice the time`);
  for (let i = 0; i < 30; i++) {
    const prefillRows = cost.prefillRowsWithin(0.25, 32, 1);
    cost.record(measured(SMALL, { ...step, prefillRows, prefillContext: 100 * prefillRows }));
  }
  const later = cost.prefillRowsWithin(0.25, 32, 1);
  t.ok(Math.abs(later - before) < before / 4, `${later} rows as before, ${before}`);
  t.end();
});

t.test('drafts stand back for prompts', (t) => {
  const prompt = 'to be or not to be, to be or not to be, ';
  const repeating = { next: ({ tokens }: { tokens: readonly number[] }) => tokens.at(-20) ?? 97 };
  const driver = new LoopDriver(engineOptions({ speculate: 8, maxNumBatchedTokens: 32 }), {
    ...repeating,
    stepSeconds: () => 0.01,
  });
  driver.submit(generation({ prompt, maxTokens: 60 }));
  driver.turns(4);
  t.match(driver.reports.slice(-2), [
    { rows: 9, decodeRows: 1, draftRows: 8, generatedTokens: 9 },
    { rows: 9, decodeRows: 1, draftRows: 8, generatedTokens: 9 },
  ]);
  driver.submit(generation({ prompt: text(100), maxTokens: 2 }));
  driver.turn();
  const beside = driver.reports.at(-1);
  t.match(beside, { decodeRows: 1, draftRows: 0, generatedTokens: 1 }, 'beside a prompt none');
  driver.run();
  t.equal(driver.answer(1).tokens[0]?.length, 60);
  t.ok((driver.stats?.acceptedTokens ?? 0) > 15);
  t.end();
});

t.test('a long prompt does not make decoding sequences wait', (t) => {
  for (const [what, secondsOfStep] of [
    ['rows cost the same', (rows: number) => 0.02 + rows * 0.005],
    ['a slow machine', (rows: number) => 0.1 + rows * 0.01],
    // Attention: rows get dearer along the prompt.
    ['rows get dearer', (rows: number, step: number) => 0.02 + rows * (0.003 + step * 0.00001)],
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
  }
  t.end();
});

t.test('a prompt doubles the time between two tokens of the others at most', (t) => {
  for (const decoders of [8, 32]) {
    const decodeSeconds = 0.002 + decoders * 0.0018;
    const driver = new LoopDriver(
      engineOptions({
        ...{ contextLength: 4096, kvBlocks: 2048, maxNumSeqs: 64 },
        ...{ maxNumBatchedTokens: 512, prefixCaching: false },
      }),
      {
        stepSeconds: (rows, decodeRows) =>
          0.002 + decodeRows * 0.0018 + (rows - decodeRows) * 0.0011,
      },
    );
    for (let i = 0; i < decoders; i++) {
      driver.submit(generation({ prompt: text(20, i), maxTokens: 2000 }));
    }
    while (driver.reports.at(-1)?.decodeRows !== decoders) driver.turn();
    driver.turns(5);
    const before = driver.reports.length;
    const long = driver.submit(generation({ prompt: text(3000), maxTokens: 1 }));
    driver.turns(10);
    const short = driver.submit(generation({ prompt: text(128, 7), maxTokens: 1 }));
    let waited = 0;
    for (; driver.answer(short).finishes[0] === null; waited++) driver.turn();
    t.ok(waited <= Math.ceil(128 / (0.7 * (decodeSeconds / 0.0011))), `${waited} steps`);
    t.equal(driver.answer(long).finishes[0], null, 'the short one came first');
    while (driver.answer(long).finishes[0] === null) driver.turn();
    const steps = driver.reports.slice(before);
    t.ok(steps.every(({ decodeRows }) => decodeRows === decoders));
    const longest = Math.max(...steps.map(({ seconds }) => seconds));
    t.ok(longest <= 2.05 * decodeSeconds, `${decoders} rows: ${longest} s, ${decodeSeconds} alone`);
    const typical = steps[steps.length >> 1]!.seconds;
    t.ok(typical > 1.8 * decodeSeconds, `${typical} s: the time of the prompt is used`);
  }
  t.end();
});

t.test('a few that decode do not starve many prompts', (t) => {
  const driver = new LoopDriver(
    engineOptions({
      ...{ contextLength: 4096, kvBlocks: 2048, maxNumSeqs: 64 },
      ...{ maxNumBatchedTokens: 512, prefixCaching: false },
    }),
    {
      stepSeconds: (rows, decodeRows) => 0.002 + decodeRows * 0.0018 + (rows - decodeRows) * 0.001,
    },
  );
  driver.submit(generation({ prompt: text(20), maxTokens: 2000 }));
  driver.turns(5);
  const keys = Array.from({ length: 31 }, (_, i) =>
    driver.submit(generation({ prompt: text(128, i), maxTokens: 2000 })),
  );
  const began = driver.now;
  while (keys.some((key) => driver.answer(key).tokens[0]!.length === 0)) driver.turn();
  const computing = 31 * 128 * 0.001;
  t.ok(driver.now - began < 2.4 * computing, `${driver.now - began} s of ${computing} s at best`);
  t.ok(Math.max(...driver.reports.map(({ seconds }) => seconds)) <= 0.26);
  t.end();
});

t.test('a prompt alone takes larger steps, until somebody comes', (t) => {
  const driver = new LoopDriver(
    engineOptions({ contextLength: 4096, kvBlocks: 512, maxNumBatchedTokens: 512 }),
    { stepSeconds: (rows) => rows / 256 },
  );
  driver.submit(generation({ prompt: text(3000) }));
  driver.turns(5);
  const rows = (of: LoopDriver): number => of.reports.at(-1)?.rows ?? NaN;
  t.ok(rows(driver) > 200 && rows(driver) <= 256, `${rows(driver)} rows: about a second`);
  driver.submit(generation({ prompt: text(1000, 7) }));
  driver.turns(2);
  t.ok(rows(driver) > 48 && rows(driver) <= 64, `${rows(driver)} rows: a quarter of it`);
  const queue = new LoopDriver(
    engineOptions({ contextLength: 4096, kvBlocks: 512, maxNumBatchedTokens: 512, maxNumSeqs: 1 }),
    { stepSeconds: (rows) => rows / 256 },
  );
  queue.submit(generation({ prompt: text(3000) }));
  queue.turns(3);
  queue.submit(generation());
  queue.turn();
  t.ok(rows(queue) <= 64, `${rows(queue)} rows: who waits for a place has come too`);
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
  for (const chunk of plan.chunks) scheduler.commit(chunk, chunk.rows);
  const last = scheduler.schedule(8);
  t.same(last.started, [], 'it has started once');
  t.equal(request.startedAt, 7);
  t.same(
    last.chunks.flatMap(({ ready }) => ready.map(({ choice }) => choice)),
    [0, 2, 3, 5],
    'the sixth has joined in the place that became free',
  );
  for (const chunk of last.chunks) scheduler.commit(chunk, chunk.rows);
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
    scheduler.commit(chunk, chunk.rows);
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
