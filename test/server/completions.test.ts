import t, { type Test } from 'tap';
import { byteTokenizer, BYTE_BOS } from '../support/byte-tokenizer.js';
import { openaiErrors } from '../support/openai-schema.js';
import {
  answering,
  MODEL,
  sseEvents,
  testServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.js';
import { until } from '../support/until.js';

interface Logprobs {
  tokens: string[];
  token_logprobs: (number | null)[];
  top_logprobs: (Record<string, number> | null)[];
  text_offset: number[];
}
interface Choice {
  index: number;
  text: string;
  logprobs: Logprobs | null;
  finish_reason: string | null;
}
interface Answer {
  choices: [Choice, ...Choice[]];
  usage: { prompt_tokens: number; completion_tokens: number };
}

/** Ends the prompt as a chat's ends, so that the fake answers with its script. */
const PROMPT = 'Say it, assistant\n';

function start(t: Test, options: TestServerOptions = {}): Promise<TestServer> {
  return testServer(t, { fake: { next: answering('Hello, wörld!') }, ...options });
}

async function complete(t: Test, server: TestServer, body: object): Promise<Answer> {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/completions',
    payload: { model: MODEL, ...body },
  });
  t.equal(response.statusCode, 200, response.body.slice(0, 300));
  const answer: unknown = response.json();
  t.strictSame(openaiErrors('CreateCompletionResponse', answer), []);
  return answer as Answer;
}

async function stream(t: Test, server: TestServer, body: object): Promise<Answer[]> {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/completions',
    payload: { model: MODEL, stream: true, ...body },
  });
  const events = sseEvents(response.body);
  t.equal(events.pop(), '[DONE]');
  for (const event of events) t.strictSame(openaiErrors('CreateCompletionResponse', event), []);
  return events as Answer[];
}

/** The choices that a stream's chunks add up to. */
function joined(chunks: readonly Answer[], count: number): Choice[] {
  const choices = Array.from({ length: count }, (_, index): Choice => ({
    index,
    text: '',
    logprobs: null,
    finish_reason: null,
  }));
  for (const { index, text, logprobs, finish_reason } of chunks.flatMap((c) => c.choices)) {
    const choice = choices[index]!;
    choice.text += text;
    choice.finish_reason ??= finish_reason;
    if (logprobs === null) continue;
    choice.logprobs ??= { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
    for (const key of Object.keys(logprobs) as (keyof Logprobs)[]) {
      (choice.logprobs[key] as unknown[]).push(...logprobs[key]);
    }
  }
  return choices;
}

t.test('a text prompt', async (t) => {
  const server = await start(t);
  const answer = await complete(t, server, { prompt: PROMPT });
  t.match(answer, {
    id: /^cmpl-/,
    object: 'text_completion',
    model: MODEL,
    choices: [{ index: 0, text: 'Hello, wörld!', logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: PROMPT.length, completion_tokens: 15 },
  });
  const chunks = await stream(t, server, {
    prompt: PROMPT,
    stream_options: { include_usage: true },
  });
  t.match(chunks.pop(), { choices: [], usage: { prompt_tokens: PROMPT.length } });
  t.match(joined(chunks, 1), answer.choices);
});

t.test('16 tokens without max_tokens, as far as there is room', async (t) => {
  const server = await start(t, { defaults: { maxNewTokens: 5 } });
  const answer = await complete(t, server, { prompt: 'abc' });
  t.match(answer, { usage: { completion_tokens: 16 }, choices: [{ finish_reason: 'length' }] });
  t.equal(
    (await complete(t, server, { prompt: 'abc', max_tokens: 20 })).usage.completion_tokens,
    20,
  );
  await complete(t, server, { prompt: 'x'.repeat(510) });
  t.equal(server.requests.at(-1)!.maxTokens, 2);
});

t.test('continuous_usage_stats, by prompt and choice', async (t) => {
  const server = await start(t);
  const chunks = await stream(t, server, {
    prompt: ['abc', 'a'],
    max_tokens: 2,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  });
  t.match(chunks.pop(), { choices: [], usage: { prompt_tokens: 4, completion_tokens: 4 } });
  for (const [index, prompt] of [3, 1].entries()) {
    const own = chunks.filter(({ choices }) => choices[0].index === index);
    t.match(
      own.map(({ usage }) => usage),
      [1, 2].map((tokens) => ({
        prompt_tokens: prompt,
        completion_tokens: tokens,
        total_tokens: prompt + tokens,
      })),
    );
  }
});

t.test('strings parse special tokens and get BOS where the tokenizer adds it', async (t) => {
  const tokenizer = { ...byteTokenizer(), addBos: true };
  const server = await start(t, { tokenizer });
  const ids = () => [...server.requests.at(-1)!.promptIds];
  await complete(t, server, { prompt: 'a<|im_start|>', max_tokens: 1 });
  t.strictSame(ids(), [BYTE_BOS, 97, 257]);
  await complete(t, server, { prompt: 'a<|im_start|>', max_tokens: 1, add_special_tokens: false });
  t.strictSame(ids(), [97, 257]);
  await complete(t, server, { prompt: [97, 257], max_tokens: 1 });
  t.strictSame(ids(), [97, 257], 'token ids are taken as they are');
  const echoed = await complete(t, server, {
    prompt: 'ab',
    max_tokens: 0,
    echo: true,
    logprobs: 0,
  });
  t.equal(echoed.choices[0].text, 'ab', 'a BOS that was added is not part of the text');
  t.strictSame(echoed.choices[0].logprobs!.tokens, ['<|bos|>', 'a', 'b']);
  t.strictSame(echoed.choices[0].logprobs!.text_offset, [0, 0, 1]);
});

t.test('several prompts, texts or ids, times n', async (t) => {
  const server = await start(t, { fake: {} });
  const body = { prompt: ['one', 'two', 'three'], n: 2, max_tokens: 4, temperature: 1.5, seed: 3 };
  const answer = await complete(t, server, body);
  t.strictSame(
    answer.choices.map((choice) => choice.index),
    [0, 1, 2, 3, 4, 5],
  );
  t.equal(answer.usage.prompt_tokens, 11, 'each prompt counts once');
  t.equal(answer.usage.completion_tokens, 24);
  const ids = ['one', 'two', 'three'].map((text) => [...Buffer.from(text)]);
  const same = await complete(t, server, { ...body, prompt: ids });
  t.strictSame(same.choices, answer.choices);
  const streamed = joined(await stream(t, server, body), 6);
  t.strictSame(streamed, answer.choices);
  for (const [i, text] of ['one', 'two', 'three'].entries()) {
    const alone = await complete(t, server, { ...body, prompt: text });
    t.strictSame(
      alone.choices.map((choice) => choice.text),
      answer.choices.slice(2 * i, 2 * i + 2).map((choice) => choice.text),
      'a prompt answers alone as it does among others',
    );
  }
  const many = await complete(t, server, { prompt: Array(128).fill('x'), max_tokens: 1 });
  t.equal(many.choices.length, 128);
});

t.test('echo with logprobs scores the prompt, as lm_eval reads it', async (t) => {
  const server = await start(t, { fake: {} });
  const context = [...Buffer.from('The sky is ')];
  const continuation = [...Buffer.from('blue')];
  const prompt = [...context, ...continuation];
  const body = {
    prompt: [prompt],
    max_tokens: 1,
    temperature: 0,
    logprobs: 1,
    echo: true,
    seed: 1,
  };
  const { choices, usage } = await complete(t, server, body);
  const { text, logprobs } = choices[0];
  t.equal(usage.prompt_tokens, prompt.length);
  t.equal(logprobs!.tokens.length, prompt.length + 1, 'prompt and generated entries');
  t.equal(logprobs!.token_logprobs.length, prompt.length + 1);
  t.equal(logprobs!.tokens.join(''), text);
  t.strictSame([logprobs!.token_logprobs[0], logprobs!.top_logprobs[0]], [null, null]);
  logprobs!.token_logprobs.slice(1).forEach((logprob, i) => {
    const top = logprobs!.top_logprobs[i + 1]!;
    t.ok(Object.values(top).includes(logprob!), 'the token’s own value is among the alternatives');
    t.ok(Math.max(...Object.values(top)) >= logprob!);
  });
  t.strictSame(
    logprobs!.text_offset,
    logprobs!.tokens.map((_, i) => i),
  );
  t.match(server.requests.at(-1), { topLogprobs: 1, promptTopLogprobs: 1 });

  const scored = await complete(t, server, { ...body, max_tokens: 0 });
  t.strictSame(
    scored.choices[0].logprobs!.token_logprobs,
    logprobs!.token_logprobs.slice(0, -1),
    'max_tokens 0 scores without generating',
  );
  t.equal(scored.choices[0].finish_reason, 'length');
  t.equal(scored.usage.completion_tokens, 0);
  for (const max_tokens of [0, 1, 3]) {
    const whole = await complete(t, server, { ...body, max_tokens, n: 2 });
    const chunks = await stream(t, server, { ...body, max_tokens, n: 2 });
    t.strictSame(joined(chunks, 2), whole.choices, `streamed, max_tokens ${max_tokens}`);
  }
  const single = await complete(t, server, {
    prompt: [65],
    max_tokens: 0,
    echo: true,
    logprobs: 2,
  });
  t.strictSame(single.choices[0].logprobs, {
    tokens: ['A'],
    token_logprobs: [null],
    top_logprobs: [null],
    text_offset: [0],
  });
});

t.test('greedy can be read off: the drawn token has the largest value', async (t) => {
  const server = await start(t, { fake: {} });
  const { choices } = await complete(t, server, {
    prompt: 'abc',
    max_tokens: 8,
    temperature: 0,
    logprobs: 5,
  });
  const { token_logprobs, top_logprobs } = choices[0].logprobs!;
  token_logprobs.forEach((logprob, i) => {
    t.equal(Math.max(...Object.values(top_logprobs[i]!)), logprob);
  });
});

t.test(
  'tokens with the same string: the likeliest is kept and the chosen one is in it',
  async (t) => {
    // Bytes 0x80 to 0xff alone are all U+FFFD.
    const server = await start(t, { fake: { next: () => 0xff } });
    const { choices } = await complete(t, server, {
      prompt: [[65, 0x80, 0xff]],
      max_tokens: 0,
      echo: true,
      logprobs: 1,
    });
    const { tokens, token_logprobs, top_logprobs } = choices[0].logprobs!;
    t.strictSame(tokens, ['A', '\ufffd', '\ufffd']);
    t.ok(top_logprobs[1]!['\ufffd']! > -0.1, 'the likeliest under the string');
    t.equal(top_logprobs[1]!['token_id:128'], token_logprobs[1], 'the chosen one under its id');
    t.strictSame(top_logprobs[2], { '\ufffd': token_logprobs[2] }, 'once where they are the same');
  },
);

t.test('offsets count characters, not bytes', async (t) => {
  const server = await start(t, { fake: { next: answering('é🐦') } });
  const { choices } = await complete(t, server, { prompt: PROMPT, echo: true, logprobs: 0 });
  const { text, logprobs } = choices[0];
  t.equal(text, `${PROMPT}é🐦`);
  const first = PROMPT.length;
  t.strictSame(logprobs!.text_offset.slice(first), [
    first,
    first + 1,
    first + 1,
    first + 2,
    first + 2,
    first + 2,
    first + 2,
  ]);
});

t.test('stop strings match everywhere, echo without logprobs gives the text back', async (t) => {
  const server = await start(t);
  const stopped = await complete(t, server, {
    prompt: PROMPT,
    stop: Array(15).fill('zz').concat('wö'),
  });
  t.match(stopped.choices[0], { text: 'Hello, ', finish_reason: 'stop' });
  const echoed = await complete(t, server, { prompt: PROMPT, echo: true, max_tokens: 2 });
  t.match(echoed.choices[0], { text: `${PROMPT}He`, logprobs: null, finish_reason: 'length' });
  const ids = await complete(t, server, { prompt: [257, 65], echo: true, max_tokens: 0 });
  t.equal(ids.choices[0].text, '<|im_start|>A');
  t.equal(server.requests.at(-1)!.promptTopLogprobs, null);
  const best = await complete(t, server, { prompt: PROMPT, best_of: 1 });
  t.equal(best.choices.length, 1);
});

t.test('one prompt of many that fails ends the request and frees the others', async (t) => {
  const server = await start(t, {
    fake: { notFinite: ({ tokens }) => tokens[0] === 66 && tokens.length > 4 },
  });
  const body = { model: MODEL, prompt: [[65], [66], [67]], max_tokens: 200 };
  const whole = await server.app.inject({ method: 'POST', url: '/v1/completions', payload: body });
  t.match(whole.json(), { error: { code: 'not_finite' } });
  const streamed = await server.app.inject({
    method: 'POST',
    url: '/v1/completions',
    payload: { ...body, stream: true },
  });
  t.match(sseEvents(streamed.body).at(-1), { error: { code: 'not_finite' } });
  await until(() => {
    const { running, waiting, kvBlocksUsed } = server.engine.stats;
    return running === 0 && waiting === 0 && kvBlocksUsed === 0;
  });
  t.ok(server.engine.stats.generationTokens < 100, 'the others did not run on');
});

t.test('a request that alone overflows the queue is a 400, not a 429 for ever', async (t) => {
  const limits = { maxNumSeqs: 4, maxQueue: 8 };
  const server = await start(t, { fake: {}, config: limits, engine: limits });
  const status = async (prompts: number) =>
    server.app.inject({
      method: 'POST',
      url: '/v1/completions',
      payload: { model: MODEL, prompt: Array(prompts).fill('x'), max_tokens: 2 },
    });
  t.equal((await status(8)).statusCode, 200);
  const refused = await status(9);
  t.equal(refused.statusCode, 400);
  t.match(refused.json(), { error: { param: 'prompt', message: /9 prompts.*--max-queue/ } });
});
