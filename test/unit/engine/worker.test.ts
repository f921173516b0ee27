/** The engine in its real thread, with the fake addon inside. */
import t from 'tap';
import { createEngine, type EngineHooks, type StartedEngine } from '../../../src/engine/client.js';
import type { KingletError } from '../../../src/errors.js';
import {
  collect,
  engineOptions,
  generation,
  noAbort,
  type TestEngineOptions,
} from '../../support/engine.js';
import { createFakeAddon } from '../../support/fake-addon.js';
import { EXIT_TOKEN, FATAL_TOKEN, SLOW_TOKEN } from '../../support/fake-addon-module.js';
import { createInlineEngine } from '../../support/inline-engine.js';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const addonModule = new URL(`../../support/fake-addon-module.${extension}`, import.meta.url).href;
const options = engineOptions({ addonModule });

function startEngine(asked: TestEngineOptions, hooks: EngineHooks = {}): StartedEngine {
  const engine = createEngine(asked, hooks);
  engine.begin(asked);
  return engine;
}

t.test('the worker answers as the inline engine does', async (t) => {
  const worker = startEngine(options);
  const inline = createInlineEngine(options, createFakeAddon());
  t.throws(() => worker.submit(generation(), noAbort()), { code: 'model_loading' });
  t.equal((await worker.ready).isa, 'fake');
  await inline.ready;
  t.equal(worker.progress, 1);
  const request = generation({ n: 3, maxTokens: 40, sampling: { temperature: 1, seed: 7n } });
  const [a, b] = await Promise.all([
    collect(worker.submit(request, noAbort()), 3),
    collect(inline.submit(request, noAbort()), 3),
  ]);
  t.same(a.texts, b.texts);
  t.same(a.usage, b.usage);
  t.ok((a.timings?.total ?? -1) >= 0, 'the clock is the same in both threads');
  await worker.close();
  await inline.close();
  t.equal(worker.state, 'stopped');
});

t.test('many requests at once, some of which leave', async (t) => {
  const engine = startEngine({ ...options, maxQueue: 64 });
  await engine.ready;
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const request = generation({ prompt: `request ${i % 20}`, maxTokens: 30 });
      const events = engine.submit(request, noAbort());
      if (i % 3 !== 0) return (await collect(events)).texts[0];
      let taken = 0;
      for await (const event of events) if (event.type === 'delta' && ++taken === 4) break;
      return null;
    }),
  );
  // Of the requests that were sent twice, those of which neither left.
  for (const i of [2, 5, 8, 11, 14, 17]) {
    t.type(answers[i], 'string');
    t.equal(answers[i], answers[i + 20], `request ${i} twice`);
  }
  await engine.drain(1000);
  await engine.close();
  t.equal(engine.stats.kvBlocksUsed, 0);
  // Of the 14 that leave, those whose answer had not ended in the worker yet.
  const { cancelled } = engine.stats;
  t.ok(cancelled > 0 && cancelled <= 14, `${cancelled} were cancelled`);
});

t.test('an abort takes effect while the worker computes', async (t) => {
  const engine = startEngine(options);
  await engine.ready;
  const controller = new AbortController();
  const slow = collect(
    engine.submit(
      generation({ prompt: Int32Array.of(SLOW_TOKEN), maxTokens: 1000 }),
      controller.signal,
    ),
  );
  const next = collect(engine.submit(generation({ maxTokens: 5 }), noAbort()));
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(engine.healthy, true);
  controller.abort();
  t.equal((await slow).error, 'cancelled');
  t.equal((await next).tokens[0]!.length, 5);
  await engine.close();
});

t.test('a failure to load', async (t) => {
  let fatal = 0;
  const engine = startEngine({ ...options, isa: 'abacus' }, { onFatal: () => fatal++ });
  await t.rejects(engine.ready, { code: 'isa_unavailable', message: 'no such kernels: abacus' });
  t.equal(engine.state, 'failed');
  t.equal(engine.healthy, false);
  t.throws(() => engine.submit(generation(), noAbort()), { code: 'engine_failed' });
  await engine.close();
  t.equal(fatal, 0, 'told by ready alone');
});

t.test('a module that cannot be loaded', async (t) => {
  const engine = startEngine({ ...options, addonModule: 'file:///nowhere/addon.js' });
  await t.rejects(engine.ready, { code: 'engine_failed', message: /nowhere/ });
  await engine.close();
});

for (const [what, token, message] of [
  ['a step that throws', FATAL_TOKEN, 'the step broke'],
  ['a worker that dies', EXIT_TOKEN, "The engine's thread ended with code 3."],
] as const) {
  t.test(`${what} fails every request and the engine`, async (t) => {
    const fatal: KingletError[] = [];
    const engine = startEngine(options, { onFatal: (error) => fatal.push(error) });
    await engine.ready;
    const innocent = collect(engine.submit(generation({ maxTokens: 900 }), noAbort()));
    const guilty = collect(engine.submit(generation({ prompt: Int32Array.of(token) }), noAbort()));
    t.equal((await innocent).error, 'engine_failed');
    t.equal((await guilty).error, 'engine_failed');
    t.equal(engine.state, 'failed');
    t.equal(engine.healthy, false);
    t.throws(() => engine.submit(generation(), noAbort()), { code: 'engine_failed' });
    await engine.close();
    t.match(fatal, [{ code: 'engine_failed', message }], 'it is told once');
    t.match(engine, { state: 'stopped' });
  });
}
