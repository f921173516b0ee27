import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createEngine, type StartedEngine } from '../../../src/engine/client.js';
import type { EngineEvent, GenerationRequest, StepReport } from '../../../src/engine/types.js';
import { KingletError } from '../../../src/errors.js';
import { Signal, type Addon, type ModelInfo } from '../../../src/native/addon.js';
import {
  collect,
  engineOptions,
  generation,
  noAbort,
  type RequestOverrides,
  type TestEngineOptions,
} from '../../support/engine.js';
import { answerAlone } from '../../support/engine-loop.js';
import { createFakeAddon, type FakeAddonOptions } from '../../support/fake-addon.js';
import { createInlineEngine, startInlineThread } from '../../support/inline-engine.js';

async function start(
  overrides: Partial<TestEngineOptions> & { contextLength?: number } = {},
  fake: FakeAddonOptions = {},
): Promise<StartedEngine> {
  const engine = createInlineEngine(engineOptions(overrides), createFakeAddon(fake));
  await engine.ready;
  return engine;
}

/** Lets the engine work for some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function submitError(engine: StartedEngine, request: GenerationRequest): KingletError {
  try {
    engine.submit(request, noAbort());
  } catch (error) {
    if (error instanceof KingletError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

t.test('a request comes to its answer', async (t) => {
  const engine = createInlineEngine(engineOptions(), createFakeAddon());
  t.match(engine, { state: 'loading', info: null, progress: 0, healthy: true });
  t.match(submitError(engine, generation()), {
    code: 'model_loading',
    retryAfter: 2,
    message: /loading \(0 %\)/,
  });
  t.same(engine.stats, {
    ...{ waiting: 0, running: 0, kvBlocksTotal: 256, kvBlocksUsed: 0 },
    ...{ prefixQueriedTokens: 0, prefixHitTokens: 0, promptTokens: 0, generationTokens: 0 },
    ...{ preemptions: 0, cancelled: 0, drafts: 0, draftTokens: 0, acceptedTokens: 0 },
  });
  t.equal((await engine.ready).kvBlockTokens, 16);
  t.match(engine, { state: 'ready', progress: 1, healthy: true, info: { isa: 'fake' } });
  const steps: StepReport[] = [];
  engine.observe({ step: (report) => steps.push(report) });
  const answer = await collect(engine.submit(generation({ maxTokens: 20 }), noAbort()));
  t.match(answer.texts[0], /^[a-z ]{20}$/);
  t.match(answer.usage, { promptTokens: 5, completionTokens: 20 });
  t.equal(steps.length, 20);
  t.match(engine.stats, { promptTokens: 5, generationTokens: 20, kvBlocksTotal: 256 });
  await engine.close();
  t.equal(engine.state, 'stopped');
  t.match(submitError(engine, generation()), {
    code: 'shutting_down',
    retryAfter: 10,
    message: /is shutting down/,
  });
  await engine.drain(1);
  t.equal(engine.state, 'stopped');
  await engine.close();
});

t.test('progress of loading', async (t) => {
  const seen: number[] = [];
  const addon = createFakeAddon({
    onLoad: ({ signals }) => {
      for (const permille of [250, 1500, -1]) {
        Atomics.store(signals, Signal.progress, permille);
        seen.push(engine.progress);
      }
    },
  });
  const engine: StartedEngine = createInlineEngine(engineOptions(), addon);
  await engine.ready;
  t.same(seen, [0.25, 1, 0]);
  await engine.close();
});

t.test('loading fails', async (t) => {
  const addon = createFakeAddon({
    onLoad: () => {
      throw new KingletError('file_malformed', 'model.gguf: cut off');
    },
  });
  let fatal = 0;
  const engine = createInlineEngine(engineOptions(), addon, { onFatal: () => fatal++ });
  await t.rejects(engine.ready, { code: 'file_malformed', message: 'model.gguf: cut off' });
  t.match(engine, { state: 'failed', healthy: false });
  await engine.drain(1);
  t.equal(engine.state, 'failed');
  t.equal(fatal, 0, 'told by ready alone');
  await engine.close();
});

t.test('closing while loading', async (t) => {
  const engine = createInlineEngine(engineOptions(), createFakeAddon());
  await engine.close();
  await t.rejects(engine.ready, { code: 'cancelled', message: /was closed/ });
  t.match(engine, { state: 'stopped', info: null });
});

t.test('draining while loading', async (t) => {
  const engine = createInlineEngine(engineOptions(), createFakeAddon());
  await engine.drain(1);
  t.equal(engine.state, 'draining');
  await engine.ready;
  t.equal(engine.state, 'draining', 'ready is no leave to begin');
  await engine.close();
});

t.test('closing ends what is under way', async (t) => {
  const engine = await start();
  const events = engine.submit(generation({ maxTokens: 900 }), noAbort());
  const seen: EngineEvent[] = [];
  const reading = (async () => {
    for await (const event of events) seen.push(event);
  })();
  await turns(3);
  await engine.close();
  await reading;
  t.match(seen.at(-1), { type: 'error', code: 'shutting_down', message: /is shutting down/ });
});

t.test('whoever has waited for the end finds the model closed', async (t) => {
  const fake = createFakeAddon();
  let closed = 0;
  const loadModel: Addon['loadModel'] = (options) => {
    const model = fake.loadModel(options);
    const close = (): void => (closed++, model.close());
    return {
      info: model.info,
      startStep: (batch) => model.startStep(batch),
      finishStep: () => model.finishStep(),
      copyBlocks: (p) => model.copyBlocks(p),
      fillKv: () => model.fillKv(),
      close,
    };
  };
  const engine = createInlineEngine(engineOptions(), { ...fake, loadModel });
  await engine.ready;
  await collect(engine.submit(generation(), noAbort()));
  t.equal(closed, 0);
  await engine.close();
  t.equal(closed, 1);
  await engine.close();
  t.equal(closed, 1, 'once');
});

t.test('requests that can never run are refused', async (t) => {
  const engine = await start({ contextLength: 200, kvBlocks: 8 });
  const long = submitError(engine, generation({ maxTokens: 196 }));
  t.match(long, { code: 'context_length_exceeded', message: /201.*5 in the prompt and 196/ });
  const large = submitError(engine, generation({ maxTokens: 124 }));
  t.match(large, { code: 'context_length_exceeded', message: /8 blocks.*9/ });
  t.match(await collect(engine.submit(generation({ maxTokens: 123 }), noAbort())), {
    finishes: ['length'],
  });
  for (const [overrides, message] of [
    [{ prompt: '' }, /'prompt': it has no tokens/],
    [{ prompt: Int32Array.of(260) }, /'prompt': there is no token 260; .* 0 to 259/],
    [{ prompt: Int32Array.of(-1) }, /'prompt': there is no token -1/],
    [{ n: 0 }, /^n is 0; a whole number from 1 to 1024/],
    [{ n: 1025 }, /^n is 1025/],
    [{ maxTokens: 1.5 }, /max_tokens is 1.5/],
    [{ minTokens: 17 }, /min_tokens is 17; .* 0 to 16/],
    [{ topLogprobs: 21 }, /top_logprobs is 21/],
    [{ promptTopLogprobs: -1 }, /top_logprobs is -1/],
    [{ stopTokenIds: [0, 1000] }, /'stop_token_ids': there is no token 1000/],
    [{ sampling: { temperature: NaN } }, /temperature is NaN; a number from 0/],
    [{ sampling: { topK: -1 } }, /top_k is -1/],
    [{ sampling: { topK: 2 ** 31 } }, /top_k is 2147483648/],
    [{ sampling: { topP: 0 } }, /top_p is 0/],
    [{ sampling: { topP: 1e-60 } }, /top_p is 1e-60/],
    [{ sampling: { minP: 1.1 } }, /min_p is 1.1/],
    [{ sampling: { repetitionPenalty: 0 } }, /repetition_penalty is 0/],
    [{ sampling: { presencePenalty: 1e39 } }, /presence_penalty is 1e\+39/],
    [{ sampling: { frequencyPenalty: -1e39 } }, /frequency_penalty is -1e\+39/],
    [{ sampling: { logitBias: [[1, Infinity]] } }, /logit_bias of token 1 is Infinity/],
    [{ sampling: { logitBias: [[7, 1e39]] } }, /logit_bias of token 7 is 1e\+39/],
    [{ sampling: { logitBias: [[1, -1e39]] } }, /is -1e\+39/],
    [{ sampling: { logitBias: [[1, NaN]] } }, /is NaN/],
    [{ sampling: { logitBias: [[-1, 1]] } }, /'logit_bias': there is no token -1/],
  ] satisfies [RequestOverrides, RegExp][]) {
    t.match(submitError(engine, generation(overrides)), { code: 'invalid_value', message });
  }
  const stops = Array.from({ length: 2 }, () => 0);
  const many = Array.from({ length: 2049 }, () => [1, 1] as const);
  const message = /logit_bias and stop_token_ids have 2049 entries; at most 2048/;
  for (const [logitBias, stopTokenIds] of [
    [many, []],
    [many.slice(2), stops],
  ] as const) {
    const request = generation({ sampling: { logitBias }, stopTokenIds });
    t.match(submitError(engine, request), { code: 'invalid_value', message });
  }
  const most = generation({ sampling: { logitBias: many.slice(1) }, minTokens: 16 });
  t.match(await collect(engine.submit(most, noAbort())), { finishes: ['length'] });
  const wide = await start({ contextLength: 100 });
  t.equal(submitError(wide, generation({ maxTokens: 96 })).code, 'context_length_exceeded');
  t.match(await collect(wide.submit(generation({ maxTokens: 95 }), noAbort())), {
    finishes: ['length'],
  });
  await wide.close();
  await engine.close();
});

t.test('the queue is bounded in requests', async (t) => {
  const engine = await start({ maxNumSeqs: 4, maxQueue: 2 });
  const submit = (n = 1): Promise<unknown> =>
    collect(engine.submit(generation({ n }), noAbort()), n);
  const answers = [submit(2), submit(2)];
  answers.push(submit(), submit());
  const refused = submitError(engine, generation());
  t.match(refused, { code: 'queue_full', message: /2 waiting/, retryAfter: 5 });
  await turns(2);
  t.match(engine.stats, { running: 4, waiting: 2 });
  t.equal(submitError(engine, generation()).code, 'queue_full');
  await Promise.all(answers);
  for (let i = 0; i < 3; i++) await submit();
  t.equal((await collect(engine.submit(generation(), noAbort()))).finishes[0], 'length');
  await engine.close();
});

t.test('a request that has begun waits for no place', async (t) => {
  const engine = await start({ maxNumSeqs: 8, maxQueue: 1 });
  const answers = [collect(engine.submit(generation({ n: 12, maxTokens: 5 }), noAbort()), 12)];
  await turns(8);
  answers.push(collect(engine.submit(generation({ n: 4, maxTokens: 50 }), noAbort()), 4));
  await turns(1);
  t.match(engine.stats, { running: 8, waiting: 0 });
  answers.push(collect(engine.submit(generation(), noAbort())));
  t.equal(submitError(engine, generation()).code, 'queue_full');
  for (const { error } of await Promise.all(answers)) t.equal(error, null);
  await engine.close();
});

t.test('no queue at all', async (t) => {
  const engine = await start({ maxNumSeqs: 1, maxQueue: 0 });
  const answer = collect(engine.submit(generation(), noAbort()));
  t.equal(submitError(engine, generation()).code, 'queue_full');
  t.match(await answer, { finishes: ['length'] });
  await engine.close();
});

t.test('the queue is bounded in tokens', async (t) => {
  const engine = await start({ maxNumSeqs: 1, maxQueueTokens: 100 });
  const prompt = 'x'.repeat(60);
  const first = collect(engine.submit(generation({ prompt: 'x'.repeat(200) }), noAbort()));
  const second = collect(engine.submit(generation({ prompt }), noAbort()));
  t.match(submitError(engine, generation({ prompt })), {
    code: 'queue_full',
    message: /1 waiting, with 60 prompt tokens/,
  });
  const third = collect(engine.submit(generation({ prompt: 'x'.repeat(40) }), noAbort()));
  t.match(submitError(engine, generation({ prompt: 'x' })), { message: /2 .* 100 prompt tokens/ });
  t.match(await Promise.all([first, second, third]), [
    { error: null },
    { error: null },
    { error: null },
  ]);
  const running = collect(engine.submit(generation(), noAbort()));
  const large = collect(engine.submit(generation({ prompt: 'x'.repeat(101) }), noAbort()));
  t.match(await Promise.all([running, large]), [{ error: null }, { error: null }], 'a lone one');
  await engine.close();
});

t.test('Retry-After follows the throughput', async (t) => {
  let now = 0;
  const engine = createInlineEngine(
    engineOptions({ maxNumSeqs: 1, maxQueue: 3 }),
    createFakeAddon({ stepSeconds: () => 1, spend: (seconds) => (now += seconds) }),
    { clock: () => now },
  );
  await engine.ready;
  const submit = (): Promise<unknown> => collect(engine.submit(generation(), noAbort()));
  await Promise.all([submit(), submit(), submit()]);
  const rest = [submit(), submit(), submit(), submit()];
  await turns(2);
  t.equal(submitError(engine, generation()).retryAfter, 3 * 16, '16 steps a request');
  await Promise.all(rest);
  await engine.close();
});

t.test('aborting by the signal', async (t) => {
  const engine = await start();
  const early = new AbortController();
  early.abort();
  t.equal((await collect(engine.submit(generation(), early.signal))).error, 'cancelled');
  for await (const event of engine.submit(generation(), early.signal)) {
    t.match(event, { type: 'error', message: /request was cancelled/ });
  }

  const reports: unknown[] = [];
  engine.observe({ step: (report) => reports.push(report) });
  const controller = new AbortController();
  await collect(engine.submit(generation(), controller.signal));
  t.same(getEventListeners(controller.signal, 'abort'), [], 'no listener is left');
  const events = engine.submit(generation({ maxTokens: 1000 }), controller.signal);
  const answer = collect(events);
  await turns(20);
  t.match(engine.stats, { running: 1 });
  controller.abort();
  await turns(2);
  t.match(engine.stats, { running: 0, kvBlocksUsed: 0, cancelled: 3 });
  t.equal((await answer).error, 'cancelled');
  controller.abort();
  t.notOk(reports.includes(null), 'a turn without a step is not told');
  await engine.close();
});

t.test('one signal for many requests', async (t) => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const engine = await start();
  const controller = new AbortController();
  const answers = Array.from({ length: 20 }, () =>
    collect(engine.submit(generation({ maxTokens: 1000 }), controller.signal)),
  );
  await turns(5);
  controller.abort();
  for (const { error } of await Promise.all(answers)) t.equal(error, 'cancelled');
  await sleep(10);
  process.off('warning', warn);
  t.same(warnings, []);
  await engine.close();
});

t.test('leaving the iterator', async (t) => {
  const engine = await start();
  let deltas = 0;
  for await (const event of engine.submit(generation({ maxTokens: 1000 }), noAbort())) {
    if (event.type === 'delta' && ++deltas === 3) break;
  }
  await turns(2);
  t.match(engine.stats, { running: 0, kvBlocksUsed: 0, cancelled: 1 });
  const done = engine.submit(generation({ maxTokens: 1 }), noAbort())[Symbol.asyncIterator]();
  await turns(4);
  await done.return?.();
  t.match(await done.next(), { done: true });
  t.match(engine.stats, { cancelled: 1 }, 'what had ended is not cancelled');
  await engine.close();
});

t.test('a reader who does not read is paused, and loses nothing', async (t) => {
  const engine = await start({ maxBufferedBytes: 1000 });
  const request = generation({ n: 2, maxTokens: 200, sampling: { temperature: 1 } });
  const events = engine.submit(request, noAbort())[Symbol.asyncIterator]();
  const other = generation({ prompt: 'other', maxTokens: 100 });
  const answer = await collect(engine.submit(other, noAbort()));
  t.same(answer.texts, answerAlone(engineOptions(), other).texts, 'others are not slowed');
  await turns(10);
  t.match(engine.stats, { running: 0, waiting: 0 });
  t.ok(engine.stats.generationTokens < 150, `${engine.stats.generationTokens} tokens in all`);
  t.equal(engine.healthy, true);
  const slow: AsyncIterable<EngineEvent> = { [Symbol.asyncIterator]: () => events };
  const late = await collect(slow, 2);
  t.same(late.texts, answerAlone(engineOptions(), request).texts);
  t.match(engine.stats, { running: 0, kvBlocksUsed: 0 });
  await engine.close();
});

t.test('draining lets work finish', async (t) => {
  const engine = await start();
  const short = collect(engine.submit(generation({ maxTokens: 10 }), noAbort()));
  const answer = collect(engine.submit(generation({ maxTokens: 100 }), noAbort()));
  await turns(5);
  const drained = engine.drain(10_000);
  t.equal(engine.state, 'draining');
  t.equal(submitError(engine, generation()).code, 'shutting_down');
  await drained;
  t.match(await short, { finishes: ['length'], error: null });
  t.match(await answer, { finishes: ['length'], error: null });
  await engine.drain(10_000);
  await engine.close();
});

t.test('a request that failed keeps nobody from draining', async (t) => {
  const engine = await start({}, { notFinite: ({ tokens }) => tokens.length > 10 });
  t.equal((await collect(engine.submit(generation(), noAbort()))).error, 'not_finite');
  const began = performance.now();
  await engine.drain(60_000);
  t.ok(performance.now() - began < 30_000);
  await engine.close();
});

t.test('draining ends with its grace', async (t) => {
  const engine = await start({ maxBufferedBytes: 500 });
  const stuck = engine.submit(generation({ maxTokens: 900 }), noAbort());
  await turns(50);
  const patient = engine.drain(60_000);
  await engine.drain(20);
  await patient;
  const events: EngineEvent[] = [];
  for await (const event of stuck) events.push(event);
  t.match(events, [{ type: 'error', code: 'shutting_down', message: /is shutting down/ }]);
  t.match(engine, { state: 'draining' });
  await engine.close();
});

t.test('a failed step', async (t) => {
  const fatal: KingletError[] = [];
  const engine = createInlineEngine(
    engineOptions(),
    createFakeAddon({
      onStep: (index) => {
        if (index === 5) throw new Error('broken');
      },
    }),
    { onFatal: (error) => fatal.push(error) },
  );
  await engine.ready;
  const answers = await Promise.all(
    [1, 2, 3].map(() => collect(engine.submit(generation(), noAbort()))),
  );
  t.same(
    answers.map(({ error }) => error),
    ['engine_failed', 'engine_failed', 'engine_failed'],
  );
  t.match(engine, { state: 'failed', healthy: false });
  t.match(fatal, [{ code: 'engine_failed', message: 'broken' }]);
  t.match(submitError(engine, generation()), { code: 'engine_failed', message: /has failed/ });
  await engine.close();
});

t.test('healthy means no work, or a sign of life', async (t) => {
  let now = 0;
  let signals = new Int32Array(0);
  const engine = createInlineEngine(
    engineOptions(),
    createFakeAddon({ onLoad: (load) => void (signals = load.signals as typeof signals) }),
    { clock: () => now },
  );
  await engine.ready;
  now = 1000;
  t.equal(engine.healthy, true, 'idle for long');
  // The inline engine takes no turn before this function yields: as in a step that hangs.
  const answer = collect(engine.submit(generation(), noAbort()));
  t.equal(engine.healthy, true);
  now += 29;
  t.equal(engine.healthy, true);
  now += 1;
  t.equal(engine.healthy, false);
  engine.submit(generation(), noAbort());
  t.equal(engine.healthy, false, 'more work is no sign of life');
  Atomics.add(signals, Signal.heartbeat, 1);
  t.equal(engine.healthy, true, 'a layer was computed');
  now += 31;
  t.equal(engine.healthy, false);
  await answer;
  t.equal(engine.healthy, true);
  await engine.close();
});

t.test('an engine that hangs in mid-answer is not healthy', async (t) => {
  let now = 0;
  const options = engineOptions({ maxNumSeqs: 1 });
  const engine = createInlineEngine(options, createFakeAddon(), { clock: () => now });
  await engine.ready;
  const answers = [1, 2].map(() => collect(engine.submit(generation(), noAbort())));
  await turns(3);
  t.match(engine.stats, { running: 1, waiting: 1 });
  t.equal(engine.healthy, true);
  now += 31;
  t.equal(engine.healthy, false);
  await Promise.all(answers);
  await engine.close();
});

t.test('the vocabulary may come before the model, and after it', async (t) => {
  const options = engineOptions();
  for (const early of [true, false]) {
    let info: ModelInfo | null = null;
    const engine = createEngine(options, {}, startInlineThread(createFakeAddon()));
    void engine.ready.then((told) => (info = told));
    if (early) engine.begin(options);
    await turns(5);
    if (!early) {
      t.ok(engine.info !== null, 'the model is loaded');
      t.equal(info, null, 'but not ready');
      t.throws(() => engine.submit(generation(), noAbort()), { code: 'model_loading' });
      engine.begin(options);
    }
    t.match(await engine.ready, { isa: 'fake' });
    t.equal(engine.state, 'ready');
    t.same((await collect(engine.submit(generation(), noAbort()))).error, null);
    await engine.close();
  }
});
