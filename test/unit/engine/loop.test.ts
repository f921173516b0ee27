/** What a request comes to, whatever happens around it. */
import t from 'tap';
import type { EngineStats, GenerationRequest } from '../../../src/engine/types.js';
import { EngineLoop } from '../../../src/engine/loop.js';
import { BatchCount, SIGNAL_WORDS, type Addon, type StepBatch } from '../../../src/native/addon.js';
import { BYTE_EOS } from '../../support/byte-tokenizer.js';
import { engineOptions, generation } from '../../support/engine.js';
import { answerAlone, essence, LoopDriver } from '../../support/engine-loop.js';
import { createFakeAddon, type FakeAddonOptions } from '../../support/fake-addon.js';

const PROMPT = 'a prompt that is longer than two blocks'; // 39 tokens

/** Answers the prompt with a text, then ends. */
function saying(text: string, prompt = 'hello'): FakeAddonOptions {
  const bytes = Buffer.from(text);
  return { next: ({ tokens }) => bytes[tokens.length - prompt.length] ?? BYTE_EOS };
}

const id = (character: string): number => character.charCodeAt(0);

t.test('n samples: one prefill, then each on its own', (t) => {
  const options = engineOptions({ maxNumSeqs: 64 });
  const request = generation({
    prompt: PROMPT,
    n: 64,
    maxTokens: 20,
    sampling: { temperature: 1, seed: 3n },
  });
  const driver = new LoopDriver(options);
  driver.complete(generation({ maxTokens: 1 })); // to know what a row costs
  const key = driver.submit(request);
  driver.turn();
  t.match(driver.reports.at(-1), { rows: 39, prefillRows: 39 });
  t.match(driver.stats, { running: 64, kvBlocksUsed: 3 }, 'all share the prompt');
  driver.turn();
  t.match(driver.stats, { kvBlocksUsed: 2 + 64 }, 'each has its own last block');
  driver.run();
  const answer = driver.answer(key);
  t.ok(new Set(answer.texts).size > 60, 'they differ');
  t.match(answer.usage, { promptTokens: 39, completionTokens: 64 * 20, cachedTokens: 0 });
  t.match(driver.stats, { kvBlocksUsed: 0, promptTokens: 5 + 39, generationTokens: 1 + 1280 });

  const few = answerAlone(options, { ...request, n: 2 });
  t.same(few.texts, answer.texts.slice(0, 2), 'a sample does not depend on the others');
  for (const maxNumSeqs of [1, 5, 63]) {
    const small = new LoopDriver(engineOptions({ maxNumSeqs, kvBlocks: 20 }));
    t.same(essence(small.complete(request)), essence(answer), `in ${maxNumSeqs} places`);
    t.match(small.stats, { kvBlocksUsed: 0 });
  }
  t.end();
});

t.test(
  'a step reports the tokens that it brought, and the prompts of the answers that it began',
  (t) => {
    // A prompt in chunks is told with the first token; what the prefix cache had is left out.
    const driver = new LoopDriver(engineOptions({ maxNumBatchedTokens: 16, maxNumSeqs: 4 }));
    driver.complete(generation({ prompt: PROMPT, n: 2, maxTokens: 3 }));
    const told = () => {
      const steps = driver.reports.map((step) => [step.promptTokens, step.generatedTokens]);
      driver.reports.length = 0;
      return steps;
    };
    t.same(told(), [
      [0, 0],
      [0, 0],
      [39, 2],
      [0, 2],
      [0, 2],
    ]);
    driver.complete(generation({ prompt: PROMPT, maxTokens: 1 }));
    t.same(told(), [[39 - 32, 1]]);
    driver.complete(generation({ prompt: 'abc', maxTokens: 0, promptTopLogprobs: 0, n: 2 }));
    t.same(told(), [[3, 0]], 'a prompt that is only scored');
    t.end();
  },
);

t.test('prompts are reported once, whatever is preempted', (t) => {
  const driver = new LoopDriver(
    engineOptions({ kvBlocks: 8, maxNumSeqs: 4, prefixCaching: false }),
  );
  for (const prompt of ['first prompt', 'second one', 'and a third']) {
    driver.submit(generation({ prompt, maxTokens: 40, ignoreEos: true }));
  }
  driver.run();
  t.ok(driver.stats!.preemptions > 0);
  const sum = (value: 'promptTokens' | 'generatedTokens') =>
    driver.reports.reduce((total, report) => total + report[value], 0);
  t.same([sum('promptTokens'), sum('generatedTokens')], [12 + 10 + 11, 120]);
  t.end();
});

t.test('samples whose prompt ends with a block', (t) => {
  const request = generation({ prompt: PROMPT.slice(0, 32), n: 3, sampling: { temperature: 1 } });
  const driver = new LoopDriver(engineOptions());
  const key = driver.submit(request);
  driver.turns(2);
  t.match(driver.stats, { kvBlocksUsed: 2 + 3 }, 'nothing is copied');
  driver.run();
  t.same(essence(driver.answer(key)), essence(answerAlone(engineOptions(), request)));
  t.end();
});

t.test('samples that come late find the prompt', (t) => {
  const request = generation({ prompt: PROMPT, n: 4, maxTokens: 3 });
  const driver = new LoopDriver(engineOptions({ maxNumSeqs: 2 }));
  driver.complete(request);
  const prefill = driver.reports.reduce((sum, { prefillRows }) => sum + prefillRows, 0);
  t.equal(prefill, 39 + 7, 'all but two blocks');
  t.end();
});

t.test('the answer does not depend on chunks, neighbours or the cache', (t) => {
  const request = generation({
    prompt: PROMPT,
    n: 2,
    maxTokens: 60,
    topLogprobs: 3,
    promptTopLogprobs: 2,
    sampling: { temperature: 0.8, seed: 11n, repetitionPenalty: 1.2 },
  });
  const others = ['x', PROMPT, PROMPT + PROMPT].map((prompt) =>
    generation({ prompt, maxTokens: 50 }),
  );
  const alone = [...others, request].map((each) => essence(answerAlone(engineOptions(), each)));
  for (const maxNumBatchedTokens of [1, 7, 16, 33]) {
    const driver = new LoopDriver(engineOptions({ maxNumBatchedTokens, maxNumSeqs: 3 }));
    const neighbours = others.map((other) => driver.submit(other));
    driver.turns(3);
    const key = driver.submit(request);
    driver.run();
    t.same(
      [...neighbours, key].map((each) => essence(driver.answer(each))),
      alone,
    );
    const most = Math.max(...driver.reports.map(({ decodeRows }) => decodeRows));
    t.equal(most, 3, 'they were computed beside each other');
  }
  t.end();
});

t.test('aborting at every point leaves no block and disturbs nobody', (t) => {
  const options = engineOptions({
    kvBlocks: 9,
    maxNumSeqs: 3,
    maxNumBatchedTokens: 8,
    prefixCaching: true,
  });
  const victim = generation({ prompt: PROMPT, n: 2, maxTokens: 24, promptTopLogprobs: 0 });
  const [older, younger] = [
    generation({ prompt: 'older neighbour of the victim', maxTokens: 40 }),
    generation({ prompt: PROMPT.slice(0, 37), maxTokens: 30, sampling: { temperature: 1 } }),
  ];
  const want = [older, younger].map((request) => essence(answerAlone(options, request)));
  let seen = { queued: false, prefill: false, decode: false, preempted: false, paused: false };
  let points = 0;
  for (const pauseAt of [Infinity, 14]) {
    for (let turns = 0; ; turns++) {
      const driver = new LoopDriver(options);
      const first = driver.submit(older);
      const key = driver.submit(victim);
      const last = driver.submit(younger);
      let preemptions = 0;
      for (let i = 0; i < turns; i++) {
        if (i === pauseAt) driver.pause(key, 0);
        driver.turn();
        preemptions = driver.stats?.preemptions ?? 0;
      }
      const { started, tokens, usage } = driver.answer(key);
      if (usage !== null || turns > 150) break;
      points++;
      seen = {
        queued: seen.queued || !started,
        prefill: seen.prefill || (started && tokens[0]!.length === 0),
        decode: seen.decode || tokens[1]!.length > 0,
        preempted: seen.preempted || preemptions > 0,
        paused: seen.paused || turns > pauseAt,
      };
      driver.abort(key);
      driver.run();
      const got = [first, last].map((key) => essence(driver.answer(key)));
      if (JSON.stringify(got) !== JSON.stringify(want)) t.fail(`wrong after ${turns} turns`);
      const { kvBlocksUsed, waiting, running, cancelled } = driver.stats as EngineStats;
      if (kvBlocksUsed + waiting + running > 0) t.fail(`left behind after ${turns} turns`);
      if (cancelled !== 1 || driver.failure !== null) t.fail(`${driver.failure}`);
    }
  }
  t.same(seen, { queued: true, prefill: true, decode: true, preempted: true, paused: true });
  t.ok(points > 60, `${points} points`);
  t.end();
});

t.test('a prompt is scored as its tokens would have been drawn', (t) => {
  const drawn = answerAlone(
    engineOptions(),
    generation({ prompt: PROMPT, maxTokens: 30, topLogprobs: 4 }),
  );
  const prompt = PROMPT + drawn.texts[0];
  for (const options of [
    engineOptions(),
    engineOptions({ maxNumBatchedTokens: 5, maxNumSeqs: 3 }),
  ]) {
    const scored = new LoopDriver(options).complete(
      generation({ prompt, maxTokens: 0, promptTopLogprobs: 4 }),
    );
    t.equal(scored.scores?.length, prompt.length - 1);
    t.same(
      scored.scores?.map(({ id }) => id),
      [...Buffer.from(prompt)].slice(1),
    );
    t.same(
      scored.scores?.slice(PROMPT.length - 1),
      drawn.logprobs[0]!.map(({ id, logprob, top }) => ({ id, logprob, top })),
    );
    t.match(scored, { finishes: ['length'], tokens: [[]], texts: [''] });
    t.match(scored.usage, { completionTokens: 0, promptTokens: prompt.length });
    t.equal(scored.timings?.firstToken, null);
  }
  t.end();
});

t.test('scores of a prompt of one token are none, and come once for all samples', (t) => {
  const driver = new LoopDriver(engineOptions());
  t.same(driver.complete(generation({ prompt: 'x', promptTopLogprobs: 1 })).scores, []);
  const request = generation({ prompt: PROMPT, n: 12, promptTopLogprobs: 1, maxTokens: 4 });
  t.equal(driver.complete(request).scores?.length, 38, 'n beyond the places');
  t.end();
});

t.test('scoring goes on where a preemption stopped it', (t) => {
  const options = engineOptions({ kvBlocks: 7, maxNumBatchedTokens: 3, maxNumSeqs: 3 });
  const scoring = generation({ prompt: PROMPT + PROMPT, maxTokens: 4, promptTopLogprobs: 1 });
  const driver = new LoopDriver(options);
  driver.submit(generation({ maxTokens: 60 }));
  driver.turn();
  const key = driver.submit(scoring);
  driver.run();
  t.ok((driver.stats?.preemptions ?? 0) > 0, 'it was preempted');
  t.same(essence(driver.answer(key)), essence(answerAlone(options, scoring)));
  t.end();
});

t.test('no tokens asked for: the prompt is computed and kept', (t) => {
  const driver = new LoopDriver(engineOptions());
  const warm = driver.complete(generation({ prompt: PROMPT, maxTokens: 0, n: 2 }));
  t.match(warm, { finishes: ['length', 'length'], tokens: [[], []], error: null });
  t.equal(driver.complete(generation({ prompt: PROMPT })).cachedTokens, 32);
  t.end();
});

t.test('ends: eos, stop ids, stop strings, length', (t) => {
  const complete = (text: string, request: Partial<GenerationRequest>) =>
    new LoopDriver(engineOptions(), saying(text)).complete(
      generation({ maxTokens: 50, topLogprobs: 0, ...request }),
    );
  const eos = complete('fine', {});
  t.match(eos, { texts: ['fine'], finishes: ['stop'], matched: [null] });
  t.equal(eos.tokens[0]!.at(-1), BYTE_EOS, 'the eos counts as a token');
  t.match(eos.usage, { completionTokens: 5 });
  t.equal(eos.logprobs[0]!.length, 5);

  const stopId = complete('so. and on', { stopTokenIds: [id('.')] });
  t.match(stopId, { texts: ['so'], finishes: ['stop'], matched: [id('.')] });
  const stopString = complete('one END two', { stop: ['END'] });
  t.match(stopString, { texts: ['one '], finishes: ['stop'], matched: ['END'] });
  t.equal(stopString.tokens[0]!.length, 7, 'ends with the token that completes it');
  const cut = complete('one EN', { stop: ['END'], maxTokens: 6 });
  t.match(cut, { texts: ['one EN'], finishes: ['length'] }, 'what was held back comes out');
  const character = complete('né', { maxTokens: 2 });
  t.match(character, { texts: ['n\ufffd'], finishes: ['length'] });
  t.end();
});

t.test('min_tokens and ignore_eos', (t) => {
  const driver = new LoopDriver(engineOptions(), saying('abc'));
  const most = driver.complete(generation({ minTokens: 10, maxTokens: 20 }));
  t.equal(most.tokens[0]!.indexOf(BYTE_EOS), 10, 'no eos before, the eos right after');
  t.equal(most.tokens[0]!.length, 11);
  const ignoring = driver.complete(generation({ ignoreEos: true, maxTokens: 20 }));
  t.match(ignoring, { finishes: ['length'], texts: ['abc'] }, 'an eos is no text');
  t.equal(ignoring.tokens[0]!.length, 20);
  t.end();
});

t.test('thought and answer', (t) => {
  const driver = new LoopDriver(engineOptions(), saying('<think>hm END</think>yes END no'));
  const answer = driver.complete(
    generation({
      maxTokens: 60,
      stop: ['END'],
      topLogprobs: 0,
      reasoning: { start: '<think>', end: '</think>', open: false },
    }),
  );
  t.match(answer, { texts: ['yes '], reasonings: ['hm END'], matched: ['END'] });
  t.equal(answer.usage?.reasoningTokens, 21);
  t.end();
});

t.test('penalties and biases as they are handed to the addon', (t) => {
  const seen: { counts: [number, number][]; biases: [number, number][]; draw: number }[] = [];
  const onStep = (_: number, batch: StepBatch): void => {
    for (let d = 0; d < batch.counts[BatchCount.draws]!; d++) {
      const pairs = (range: Int32Array, ids: Int32Array, values: Int32Array | Float32Array) => {
        const [begin, end] = range.subarray(2 * d, 2 * d + 2);
        const all = [...values.subarray(begin, end)];
        return all.map((value, i): [number, number] => [ids[begin! + i]!, value]);
      };
      seen.push({
        counts: pairs(batch.countRange, batch.countIds, batch.countValues),
        biases: pairs(batch.biasRange, batch.biasIds, batch.biasValues),
        draw: batch.drawIndex[d]!,
      });
    }
  };
  const driver = new LoopDriver(engineOptions(), { ...saying('aba', 'ab'), onStep });
  driver.complete(
    generation({
      prompt: 'ab',
      maxTokens: 3,
      minTokens: 1,
      stopTokenIds: [7],
      sampling: { repetitionPenalty: 1.1, logitBias: [[9, 2.5]] },
    }),
  );
  const [a, b] = [id('a'), id('b')];
  t.same(seen, [
    {
      counts: [
        [a, 0],
        [b, 0],
      ],
      biases: [
        [9, 2.5],
        [BYTE_EOS, -Infinity],
        [7, -Infinity],
      ],
      draw: 0,
    },
    {
      counts: [
        [a, 1],
        [b, 0],
      ],
      biases: [[9, 2.5]],
      draw: 1,
    },
    {
      counts: [
        [a, 1],
        [b, 1],
      ],
      biases: [[9, 2.5]],
      draw: 2,
    },
  ]);
  seen.length = 0;
  const answerOnly = generation({ prompt: 'ab', maxTokens: 2, sampling: { presencePenalty: 1 } });
  driver.complete(answerOnly);
  t.same(
    seen.map(({ counts }) => counts),
    [[], [[a, 1]]],
    'presence and frequency penalties are of the answer alone',
  );
  driver.complete(generation({ prompt: 'ab', maxTokens: 2 }));
  t.same(seen.at(-1)?.counts, [], 'no penalty, no counts');
  t.end();
});

t.test('logits that are not finite fail their request alone', (t) => {
  const bad = 'bad prompt, a whole block and more';
  const driver = new LoopDriver(engineOptions(), {
    notFinite: ({ tokens }) => Buffer.from(tokens.slice(0, 3)).toString() === 'bad',
  });
  const good = driver.submit(generation({ n: 2 }));
  driver.turn();
  const other = driver.submit(generation({ prompt: bad, n: 3 }));
  const scored = driver.submit(generation({ prompt: bad, maxTokens: 0, promptTopLogprobs: 0 }));
  driver.run();
  t.equal(driver.answer(other).error, 'not_finite');
  t.equal(driver.answer(scored).error, 'not_finite');
  t.same(essence(driver.answer(good)), essence(answerAlone(engineOptions(), generation({ n: 2 }))));
  t.match(driver.stats, { kvBlocksUsed: 0, cancelled: 0 });
  t.equal(driver.failure, null);
  t.end();
});

t.test('a choice that fails in mid-answer ends the others of its request', (t) => {
  const request = generation({ n: 3, maxTokens: 30, sampling: { temperature: 1 } });
  const well = answerAlone(engineOptions(), request);
  const bad = 'hello' + well.texts[1]!.slice(0, 6);
  const driver = new LoopDriver(engineOptions(), {
    notFinite: ({ tokens }) => Buffer.from(tokens).toString() === bad,
  });
  const key = driver.submit(request);
  driver.run();
  t.equal(driver.answer(key).error, 'not_finite');
  t.match(driver.stats, { kvBlocksUsed: 0, running: 0 });
  t.equal(driver.failure, null);
  t.end();
});

t.test('biases that leave no token', (t) => {
  const driver = new LoopDriver(engineOptions());
  const nothing = generation({
    minTokens: 1,
    stopTokenIds: Array.from({ length: 260 }, (_, i) => i),
  });
  t.equal(driver.complete(nothing).error, 'invalid_value');
  t.match(driver.stats, { kvBlocksUsed: 0 });
  t.end();
});

t.test('timings', (t) => {
  const driver = new LoopDriver(engineOptions({ maxNumSeqs: 1, maxNumBatchedTokens: 20 }), {
    stepSeconds: (rows) => rows,
  });
  driver.submit(generation({ maxTokens: 5 }));
  const key = driver.submit(generation({ prompt: PROMPT, maxTokens: 3 }));
  driver.run();
  t.match(driver.answer(key).timings, {
    queue: 9,
    prefill: 39,
    firstToken: 48,
    decode: 2,
    total: 50,
  });
  for (const { rows, prefillRows, decodeRows, seconds } of driver.reports) {
    t.equal(rows, prefillRows + decodeRows);
    t.equal(seconds, rows);
  }
  const [first, second] = driver.reports;
  t.match([first, second], [{ prefillRows: 5 }, { decodeRows: 1 }]);
  t.end();
});

t.test('prompts and decoding in one step', (t) => {
  const driver = new LoopDriver(engineOptions(), { stepSeconds: () => 0.001 });
  driver.submit(generation({ maxTokens: 5 }));
  driver.turn();
  driver.submit(generation({ prompt: PROMPT, maxTokens: 5 }));
  driver.turn();
  t.match(driver.reports[1], { rows: 9, prefillRows: 8, decodeRows: 1, seconds: 0.001 });
  t.end();
});

t.test('messages about requests that have ended change nothing', (t) => {
  const driver = new LoopDriver(engineOptions());
  const key = driver.submit(generation());
  driver.run();
  driver.pause(key);
  driver.resume(key);
  driver.abort(key);
  const going = driver.submit(generation({ maxTokens: 20 }));
  driver.turn();
  driver.pause(going, 1);
  driver.resume(going, 1);
  driver.run();
  t.match(driver.stats, { cancelled: 0, running: 0, kvBlocksUsed: 0 });
  t.equal(driver.answer(going).finishes[0], 'length');
  const reports = driver.reports.length;
  t.notOk(driver.turn());
  t.equal(driver.reports.length, reports, 'without work there is no step');
  t.end();
});

t.test('ends of an answer that the model has no row for are never asked for', (t) => {
  const driver = new LoopDriver(engineOptions({ eosIds: [BYTE_EOS, 260, 1000] }), saying('abc'));
  const answer = driver.complete(generation({ minTokens: 5, maxTokens: 9 }));
  t.equal(driver.failure, null);
  t.equal(answer.tokens[0]!.at(-1), BYTE_EOS);
  t.end();
});

/** A loop on a fake addon; `log` is told of the calls of the model and the ports. */
function loggedLoop(log: (call: string) => void): EngineLoop {
  const fake = createFakeAddon();
  const addon: Addon = {
    ...fake,
    loadModel: (options) => {
      const model = fake.loadModel(options);
      return {
        info: model.info,
        startStep: (batch) => (log('start'), model.startStep(batch)),
        finishStep: () => (log('finish'), model.finishStep()),
        copyBlocks: (pairs) => model.copyBlocks(pairs),
        fillKv: () => model.fillKv(),
        close: () => log('close'),
      };
    },
  };
  const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
  return EngineLoop.load(addon, engineOptions(), signals, {
    post: ({ type }) => log(type),
    computing: () => log('computing'),
    clock: () => 0,
  });
}

t.test('there is time for other things while a step computes', async (t) => {
  const order: string[] = [];
  const loop = loggedLoop((call) => order.push(call));
  loop.receive({ type: 'vocabulary', vocabulary: engineOptions() });
  loop.receive({ type: 'submit', key: 1, request: generation({ maxTokens: 2 }), submittedAt: 0 });
  while (loop.turn());
  const step = ['start', 'computing', 'finish', 'turn'];
  t.same(order, ['ready', ...step, ...step]);
});

t.test('closing closes the model, once', (t) => {
  const calls: string[] = [];
  const loop = loggedLoop((call) => calls.push(call));
  const closed = (): number => calls.filter((call) => call === 'close').length;
  t.same(calls, ['ready']);
  t.notOk(loop.closed);
  const early = { type: 'submit', key: 1, request: generation(), submittedAt: 0 } as const;
  t.throws(() => loop.receive(early), /before the vocabulary/);
  loop.receive({ type: 'vocabulary', vocabulary: engineOptions() });
  loop.receive({ type: 'submit', key: 1, request: generation(), submittedAt: 0 });
  t.ok(loop.turn());
  t.equal(closed(), 0);
  for (let i = 0; i < 2; i++) {
    loop.receive({ type: 'close' });
    t.equal(closed(), 1);
  }
  t.ok(loop.closed);
  t.notOk(loop.turn(), 'what was under way is left');
  t.end();
});

t.test('a step that throws ends the loop', (t) => {
  const driver = new LoopDriver(engineOptions(), {
    onStep: (index) => {
      if (index === 2) throw new Error('broken');
    },
  });
  driver.submit(generation());
  t.same([driver.turn(), driver.turn(), driver.turn()], [true, true, false]);
  t.equal(driver.failure, 'engine_failed');
  t.notOk(driver.turn());
  t.equal(driver.reports.length, 2, 'no step comes after it');
  t.end();
});
