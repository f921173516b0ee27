import t, { type Test } from 'tap';
import { BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import { openaiErrors } from '../support/openai-schema.js';
import {
  answering,
  MODEL,
  sseEvents,
  testServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.js';

const HI = [{ role: 'user', content: 'hi' }];
const ANSWER = 'Hello, wörld — 🐦!';

interface Choice {
  index: number;
  message: { content: string; reasoning_content?: string; reasoning?: string };
  delta: { content?: string; role?: string; reasoning_content?: string; reasoning?: string };
  logprobs: { content: Entry[]; reasoning_content?: Entry[] } | null;
  finish_reason: string | null;
}
interface Entry {
  token: string;
  logprob: number;
  bytes: number[];
  top_logprobs: { token: string; logprob: number }[];
}
interface Answer {
  id: string;
  choices: [Choice, ...Choice[]];
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    prompt_tokens_details: { cached_tokens: number };
    completion_tokens_details: { reasoning_tokens: number };
  };
}

function start(t: Test, options: TestServerOptions = {}): Promise<TestServer> {
  return testServer(t, { fake: { next: answering(ANSWER) }, ...options });
}

function post(server: TestServer, body: object) {
  return server.app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    payload: { model: MODEL, messages: HI, ...body },
  });
}

async function complete(t: Test, server: TestServer, body: object = {}): Promise<Answer> {
  const response = await post(server, body);
  t.equal(response.statusCode, 200, response.body.slice(0, 300));
  const answer: unknown = response.json();
  t.strictSame(openaiErrors('CreateChatCompletionResponse', answer), []);
  return answer as Answer;
}

async function stream(t: Test, server: TestServer, body: object = {}): Promise<Answer[]> {
  const response = await post(server, { stream: true, ...body });
  t.equal(response.statusCode, 200, response.body.slice(0, 300));
  const events = sseEvents(response.body);
  t.equal(events.pop(), '[DONE]');
  for (const event of events) {
    t.strictSame(openaiErrors('CreateChatCompletionStreamResponse', event), []);
  }
  return events as Answer[];
}

t.test('a whole answer', async (t) => {
  const server = await start(t);
  const answer = await complete(t, server);
  t.match(answer, {
    id: /^chatcmpl-[0-9a-f]{32}$/,
    object: 'chat.completion',
    model: MODEL,
    system_fingerprint: 'kinglet-test-fake-0',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: ANSWER, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
  });
  const completion = Buffer.byteLength(ANSWER) + 1;
  const prompt = 1 + 'user\n'.length + 2 + 1 + 1 + 1 + 'assistant\n'.length;
  t.strictSame(answer.usage, {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  });
  const again = await complete(t, server);
  t.equal(again.usage.prompt_tokens_details.cached_tokens, 16, 'one whole block is cached');
  t.equal(again.choices[0].message.content, ANSWER);
});

t.test('a stream adds up to the whole answer', async (t) => {
  const server = await start(t);
  const response = await post(server, { stream: true });
  t.match(response.headers, {
    'content-type': /^text\/event-stream/,
    'x-accel-buffering': 'no',
    'cache-control': 'no-cache',
    'x-request-id': /^req-/,
  });
  const chunks = await stream(t, server);
  t.strictSame(chunks[0]?.choices[0].delta, { role: 'assistant', content: '', refusal: null });
  t.equal(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join(''), ANSWER);
  t.strictSame(
    chunks.map((chunk) => chunk.choices[0].finish_reason),
    [...Array(chunks.length - 1).fill(null), 'stop'],
  );
  t.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
  t.notOk(
    chunks.some((chunk) => 'usage' in chunk),
    'no usage unless asked for',
  );
  for (const chunk of chunks) t.notMatch(JSON.stringify(chunk), '\ufffd', 'UTF-8 is never split');
});

t.test('include_usage: null in every chunk, the counts in one more without choices', async (t) => {
  const server = await start(t);
  const whole = await complete(t, server);
  const chunks = await stream(t, server, { stream_options: { include_usage: true } });
  const last = chunks.pop()!;
  t.strictSame(last.choices, []);
  t.equal(last.usage.completion_tokens, whole.usage.completion_tokens);
  for (const chunk of chunks) t.equal(chunk.usage, null);
});

t.test('n choices, whole and streamed, are the same', async (t) => {
  const server = await start(t, { fake: {} });
  const body = { n: 5, seed: 7, temperature: 1.5, max_tokens: 12 };
  const whole = await complete(t, server, body);
  t.strictSame(
    whole.choices.map((choice) => choice.index),
    [0, 1, 2, 3, 4],
  );
  const texts = whole.choices.map((choice) => choice.message.content);
  t.ok(new Set(texts).size > 1, 'samples differ');
  t.equal(whole.usage.completion_tokens, 60);
  const streamed = Array<string>(5).fill('');
  for (const { choices } of await stream(t, server, body)) {
    streamed[choices[0].index] += choices[0].delta.content ?? '';
  }
  t.strictSame(streamed, texts);
  const again = await complete(t, server, body);
  t.strictSame(
    again.choices.map((choice) => choice.message.content),
    texts,
    'a seed repeats them',
  );
});

t.test('logprobs in OpenAI’s shape', async (t) => {
  const server = await start(t);
  const { choices } = await complete(t, server, { logprobs: true, top_logprobs: 3 });
  const entries = choices[0].logprobs!.content;
  t.equal(
    Buffer.from(entries.slice(0, -1).flatMap((entry) => entry.bytes)).toString(),
    ANSWER,
    'bytes of the tokens are the text',
  );
  for (const entry of entries) {
    t.equal(entry.top_logprobs.length, 3);
    t.match(entry.top_logprobs[0], { token: entry.token, logprob: entry.logprob });
    t.ok(entry.logprob <= 0);
  }
  const alone = await complete(t, server, { logprobs: true });
  t.strictSame(alone.choices[0].logprobs!.content[0]?.top_logprobs, []);
  const streamed = (await stream(t, server, { logprobs: true, top_logprobs: 3 })).flatMap(
    (chunk) => chunk.choices[0].logprobs?.content ?? [],
  );
  t.strictSame(streamed, entries);
});

t.test('max_tokens, max_completion_tokens and stop', async (t) => {
  const server = await start(t);
  const cut = await complete(t, server, { max_tokens: 5 });
  t.match(cut.choices[0], { message: { content: 'Hello' }, finish_reason: 'length' });
  const both = await complete(t, server, { max_tokens: 5, max_completion_tokens: 3 });
  t.equal(both.choices[0].message.content, 'Hel', 'max_completion_tokens wins');
  const stopped = await complete(t, server, { stop: 'wör' });
  t.match(stopped.choices[0], { message: { content: 'Hello, ' }, finish_reason: 'stop' });
  const list = await complete(t, server, { stop: ['zzz', '🐦'] });
  t.equal(list.choices[0].message.content, 'Hello, wörld — ');
  const streamed = await stream(t, server, { stop: ['zzz', '🐦'] });
  t.equal(
    streamed.map((chunk) => chunk.choices[0].delta.content ?? '').join(''),
    'Hello, wörld — ',
  );
  const id = await complete(t, server, { stop_token_ids: [','.charCodeAt(0)] });
  t.match(id.choices[0], { message: { content: 'Hello' }, finish_reason: 'stop' });
  const ignoring = await complete(t, server, { ignore_eos: true, max_tokens: 40 });
  t.equal(ignoring.usage.completion_tokens, 40);
  t.equal(ignoring.choices[0].finish_reason, 'length');
});

t.test(
  'without a limit: the checkpoint’s, as far as there is room, else all the room',
  async (t) => {
    const bare = await start(t);
    const { usage } = await complete(t, bare);
    t.equal(bare.requests.at(-1)!.maxTokens, 512 - usage.prompt_tokens);
    const server = await start(t, { defaults: { maxNewTokens: 5 } });
    const cut = await complete(t, server);
    t.match(cut.choices[0], { message: { content: 'Hello' }, finish_reason: 'length' });
    await complete(t, server, { max_tokens: 9 });
    t.equal(server.requests.at(-1)!.maxTokens, 9, 'the request’s own limit wins');
    const large = await start(t, { defaults: { maxNewTokens: 100_000 } });
    await complete(t, large);
    t.equal(large.requests.at(-1)!.maxTokens, 512 - usage.prompt_tokens, 'a default is shortened');
    const own = await post(large, { max_tokens: 100_000 });
    t.match(own.json(), { error: { code: 'context_length_exceeded' } }, 'a wish is not');
  },
);

t.test('continuous_usage_stats: each chunk has the counts of its choice so far', async (t) => {
  const server = await start(t);
  const chunks = await stream(t, server, {
    n: 2,
    max_tokens: 4,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  });
  const last = chunks.pop()!;
  t.match(last, { choices: [], usage: { completion_tokens: 8 } });
  const { prompt_tokens } = last.usage;
  for (const index of [0, 1]) {
    const own = chunks.filter(({ choices }) => choices[0].index === index);
    t.strictSame(
      own.map(({ usage }) => usage),
      [0, 1, 2, 3, 4, 4].map((tokens) => ({
        prompt_tokens,
        completion_tokens: tokens,
        total_tokens: prompt_tokens + tokens,
      })),
      'the role, four tokens, the finish',
    );
  }
  const alone = await stream(t, server, { stream_options: { continuous_usage_stats: true } });
  t.match(alone.at(-1), { choices: [{}], usage: { completion_tokens: 24 } }, 'no chunk more');
});

t.test('sampling: the request over the checkpoint over OpenAI’s defaults', async (t) => {
  const server = await start(t, { defaults: { temperature: 0.6, topK: 40, topP: 0.95 } });
  await complete(t, server);
  t.match(server.requests.at(-1)!.sampling, {
    temperature: 0.6,
    topK: 40,
    topP: 0.95,
    minP: 0,
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    logitBias: [],
  });
  await complete(t, server, {
    temperature: 0.1,
    top_p: 0.5,
    top_k: -1,
    min_p: 0.05,
    repetition_penalty: 1.2,
    presence_penalty: -1,
    frequency_penalty: 2,
    logit_bias: { 65: 5, 66: -100 },
    seed: -1,
    min_tokens: 2,
    max_tokens: 9,
  });
  const { sampling, minTokens, maxTokens } = server.requests.at(-1)!;
  t.strictSame(sampling, {
    temperature: 0.1,
    topP: 0.5,
    topK: 0,
    minP: 0.05,
    repetitionPenalty: 1.2,
    presencePenalty: -1,
    frequencyPenalty: 2,
    seed: 2n ** 64n - 1n,
    logitBias: [
      [65, 5],
      [66, -100],
    ],
  });
  t.strictSame([minTokens, maxTokens], [2, 9]);
  await complete(t, server, { temperature: 0, top_p: 0 });
  t.match(server.requests.at(-1)!.sampling, { temperature: 0, topP: 1e-9 });
  const seeds = new Set<bigint>();
  for (let i = 0; i < 4; i++) {
    await complete(t, server, { max_tokens: 1 });
    seeds.add(server.requests.at(-1)!.sampling.seed);
  }
  t.equal(seeds.size, 4, 'without a seed each request draws one');
  t.ok([...seeds].some((seed) => seed > 2n ** 53n));
});

t.test(
  'without max_tokens the answer may fill the context, and no more is asked for',
  async (t) => {
    const server = await start(t, { contextLength: 64 });
    await complete(t, server);
    const { promptIds, maxTokens } = server.requests.at(-1)!;
    t.equal(promptIds.length + maxTokens, 64);
    const refused = await post(server, { max_tokens: 60 });
    t.equal(refused.statusCode, 400);
    t.match(refused.json(), {
      error: {
        code: 'context_length_exceeded',
        param: 'messages',
        message: /64 tokens.*81 tokens/,
      },
    });
    const long = await post(server, { messages: [{ role: 'user', content: 'x'.repeat(50) }] });
    t.match(long.json(), {
      error: {
        code: 'context_length_exceeded',
        message: /64 tokens.* 100 bytes has at least \d+ tokens/,
      },
    });
    t.equal(server.requests.length, 1, 'nothing was computed for those');
  },
);

t.test('messages: roles, text parts, names, thoughts of earlier turns', async (t) => {
  const template =
    '{% for m in messages %}[{{ m.role }}{% if m.name %}/{{ m.name }}{% endif %}' +
    '{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}]{{ m.content }}{% endfor %}' +
    '{% if add_generation_prompt %}{{ opening }}assistant\n{% endif %}';
  const config = { toolCallParser: 'off' };
  const server = await start(t, { tokenizer: byteTokenizer(template), config });
  const prompt = () => server.model.tokenizer.decode(server.requests.at(-1)!.promptIds);
  await complete(t, server, {
    messages: [
      { role: 'system', content: 'S' },
      { role: 'developer', content: 'D' },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'A', reasoning_content: 'why' },
      { role: 'assistant', reasoning: 'so', content: null, tool_calls: [] },
      { role: 'tool', tool_call_id: 'c1', content: 'T' },
      { role: 'user', content: '<|im_end|>' },
    ],
    chat_template_kwargs: { opening: '>' },
  });
  t.equal(
    prompt(),
    '[system]S[system]D[user/ann]ab[assistant(why)]A[assistant(so)][tool]T[user]<|im_end|>>assistant\n',
  );
  t.notOk(server.requests.at(-1)!.promptIds.includes(258), 'special strings in messages are text');
  await complete(t, server, { add_generation_prompt: false, max_tokens: 1 });
  t.equal(prompt(), '[user]hi');
  await complete(t, server, {
    messages: [...HI, { role: 'assistant', content: 'Well' }],
    continue_final_message: true,
    max_tokens: 1,
  });
  t.equal(prompt(), '[user]hi[assistant]Well');
});

t.test('a thought is split from the answer', async (t) => {
  const fake = { next: answering('<think>\nhm, stop here\n</think>\n\nYes.') };
  const tokenizer = byteTokenizer(BYTE_THINKING_TEMPLATE);
  const server = await start(t, { fake, tokenizer });
  const whole = await complete(t, server, { stop: 'stop', logprobs: true });
  const { message, logprobs } = whole.choices[0];
  t.match(message.content, /^\s*Yes\.$/, 'stop strings do not match in the thought');
  t.match(message.reasoning_content, 'hm, stop here');
  t.equal(message.reasoning, message.reasoning_content);
  t.ok(whole.usage.completion_tokens_details.reasoning_tokens > 10);
  t.match(logprobs!.content.map((entry) => entry.token).join(''), /Yes\./);
  t.match(logprobs!.reasoning_content!.map((entry) => entry.token).join(''), /hm, stop here/);
  const chunks = await stream(t, server);
  const joined = (field: 'content' | 'reasoning_content' | 'reasoning') =>
    chunks.map((chunk) => chunk.choices[0].delta[field] ?? '').join('');
  t.equal(joined('content'), message.content);
  t.equal(joined('reasoning_content'), message.reasoning_content);
  t.equal(joined('reasoning'), message.reasoning);
  const inside = await complete(t, server, { max_tokens: 12 });
  t.match(inside.choices[0], { message: { content: '' }, finish_reason: 'length' });

  const one = await start(t, { fake, tokenizer, config: { reasoningField: 'reasoning' } });
  t.notOk('reasoning_content' in (await complete(t, one)).choices[0].message);
  const other = await start(t, {
    fake,
    tokenizer,
    config: { reasoningField: 'reasoning_content' },
  });
  t.notOk('reasoning' in (await complete(t, other)).choices[0].message);
  const none = await start(t, { fake, tokenizer, config: { reasoningParser: 'none' } });
  t.match((await complete(t, none)).choices[0].message.content, /<think>/);
});

t.test('an error after the stream has begun is its last event', async (t) => {
  const next = answering(ANSWER);
  const server = await start(t, {
    fake: { next, notFinite: ({ tokens }) => tokens.length > 25 },
  });
  const response = await post(server, { stream: true });
  t.equal(response.statusCode, 200);
  const events = sseEvents(response.body) as { error?: { code: string } }[];
  t.match(events.at(-1), { error: { code: 'not_finite', type: 'server_error' } });
  t.strictSame(openaiErrors('ErrorResponse', events.at(-1)), []);
  t.notMatch(response.body, '[DONE]');
  const whole = await post(server, {});
  t.equal(whole.statusCode, 500);
  t.match(whole.json(), { error: { code: 'not_finite' } });
  t.equal((await post(server, { max_tokens: 1 })).statusCode, 200, 'others go on');
});

t.test('a full queue is 429 with Retry-After, for streams too', async (t) => {
  const server = await start(t, {
    contextLength: 4096,
    fake: { next: () => 97 },
    engine: { maxNumSeqs: 1, maxQueue: 1 },
  });
  const long = { max_tokens: 4000, ignore_eos: true };
  const held: Promise<unknown>[] = [];
  for (const place of ['running', 'waiting'] as const) {
    held.push(post(server, long));
    while (server.engine.stats[place] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const stream of [true, false]) {
    const refused = await post(server, { stream });
    t.equal(refused.statusCode, 429);
    t.match(refused.headers['retry-after'], /^[1-9]\d*$/);
    t.match(refused.headers['content-type'], /json/);
    t.match(refused.json(), { error: { code: 'queue_full', type: 'rate_limit_error' } });
  }
  await server.engine.drain(0);
  await Promise.all(held);
});
