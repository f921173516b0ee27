/** Models, tokenizer routes, health, states, metrics and the log. */
import { execFileSync, spawnSync } from 'node:child_process';
import t from 'tap';
import { byteTokenizer } from '../support/byte-tokenizer.js';
import { openaiErrors } from '../support/openai-schema.js';
import { MODEL, answering, testServer, type TestServer } from '../support/test-server.js';

const CHAT = '/v1/chat/completions';
const BODY = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };

const post = (server: TestServer, url: string, payload: object) =>
  server.app.inject({ method: 'POST', url, payload });

t.test('models', async (t) => {
  const server = await testServer(t);
  const list = (await server.app.inject('/v1/models')).json<{ data: object[] }>();
  t.strictSame(openaiErrors('ListModelsResponse', list), []);
  t.match(list.data, [
    { id: MODEL, object: 'model', created: 1_700_000_000, owned_by: 'kinglet', max_model_len: 512 },
    { id: 'org/other-name' },
  ]);
  for (const path of [MODEL, 'org/other-name', 'org%2Fother-name']) {
    const one = (await server.app.inject(`/v1/models/${path}`)).json<{ id: string }>();
    t.strictSame(openaiErrors('Model', one), []);
    t.equal(one.id, decodeURIComponent(path));
  }
  const alias = await post(server, CHAT, { ...BODY, model: 'org/other-name' });
  t.match(alias.json(), { model: MODEL }, 'answers carry the first name');
});

t.test('a request may leave the name out, and any name is taken where told so', async (t) => {
  const server = await testServer(t);
  for (const model of [undefined, null, '']) {
    const answer = await post(server, CHAT, { ...BODY, model });
    t.match(answer.json(), { model: MODEL }, String(model));
  }
  const long = await post(server, CHAT, { ...BODY, model: 'x'.repeat(256) });
  t.match(long.json(), {
    error: { code: 'model_not_found', message: /'x{32,100}…' does not exist/ },
  });

  const any = await testServer(t, { model: { anyName: true } });
  t.match((await post(any, CHAT, { ...BODY, model: 'gpt-5' })).json(), { model: 'gpt-5' });
  t.match((await post(any, CHAT, { ...BODY, model: '' })).json(), { model: MODEL });
  const completion = await post(any, '/v1/completions', { model: 'davinci', prompt: 'a' });
  t.match(completion.json(), { model: 'davinci' });
  t.equal((await post(any, '/tokenize', { model: 'x', prompt: 'a' })).statusCode, 200);
  const list = (await any.app.inject('/v1/models')).json<{ data: { id: string }[] }>();
  t.same(
    list.data.map(({ id }) => id),
    [MODEL, 'org/other-name'],
  );
  t.match((await any.app.inject('/v1/models/gpt-5')).json(), { id: 'gpt-5', root: MODEL });
  t.match(
    (await any.app.inject('/metrics')).body,
    `generation_tokens_total{model_name="${MODEL}"}`,
  );
});

t.test('tokenize, detokenize, tokenizer_info', async (t) => {
  const server = await testServer(t, { tokenizer: { ...byteTokenizer(), addBos: true } });
  const tokenize = async (body: object) => (await post(server, '/tokenize', body)).json<unknown>();
  t.strictSame(await tokenize({ prompt: 'hi<|im_end|>' }), {
    count: 4,
    max_model_len: 512,
    tokens: [256, 104, 105, 258],
    token_strs: null,
  });
  t.match(await tokenize({ model: MODEL, prompt: 'é', add_special_tokens: false }), {
    count: 2,
    tokens: [0xc3, 0xa9],
  });
  t.match(await tokenize({ prompt: 'a', return_token_strs: true }), {
    token_strs: ['<|bos|>', 'a'],
  });
  t.match(await tokenize({ prompt: 'é', add_special_tokens: false, return_token_strs: true }), {
    token_strs: ['Ã', '©'],
  });
  const rendered = await tokenize({ messages: BODY.messages });
  t.match(rendered, { tokens: [257, ...Buffer.from('user\nhi'), 258] });
  t.notMatch(rendered, { tokens: [256] }, 'a rendered chat gets no second BOS');
  const closed = await tokenize({ messages: BODY.messages, add_generation_prompt: false });
  t.equal((closed as { count: number }).count, 10);
  t.match(await tokenize({ messages: BODY.messages, add_special_tokens: true }), {
    tokens: [256, 257],
  });
  for (const [body, param] of [
    [{}, 'prompt'],
    [{ prompt: 'a', messages: BODY.messages }, 'messages'],
    [{ prompt: 'a', add_generation_prompt: true }, 'add_generation_prompt'],
    [{ prompt: 5 }, 'prompt'],
    [{ prompt: 'a', nonsense: 1 }, 'nonsense'],
    [{ prompt: 'a', model: 'none' }, 'model'],
  ] as const) {
    t.match(await tokenize(body), { error: { param } });
  }
  const text = await post(server, '/detokenize', { tokens: [256, 104, 105, 258] });
  t.strictSame(text.json(), { prompt: '<|bos|>hi<|im_end|>' });
  t.match((await post(server, '/detokenize', { tokens: [] })).json(), { prompt: '' });
  const wrong = await post(server, '/detokenize', { tokens: [1, 260] });
  t.match(wrong.json(), { error: { param: 'tokens[1]' } });
  t.match((await server.app.inject('/tokenizer_info')).json(), {
    tokenizer_class: String,
    eos_token: '<|im_end|>',
    bos_token: '<|bos|>',
    pad_token: '<|pad|>',
    chat_template: /im_start/,
  });
});

t.test('before the model is loaded, and while it drains', async (t) => {
  const server = await testServer(t, { loading: true });
  const get = (url: string) => server.app.inject(url);
  t.match((await get('/health')).json(), { status: 'ok', state: 'loading' });
  t.equal((await get('/ready')).statusCode, 503);
  for (const response of [await get('/v1/models'), await post(server, CHAT, BODY)]) {
    t.equal(response.statusCode, 503);
    t.match(response.headers['retry-after'], /^\d+$/);
    t.match(response.json(), { error: { code: 'model_loading', message: /%/ } });
    t.strictSame(openaiErrors('ErrorResponse', response.json()), []);
  }
  t.equal((await get('/metrics')).statusCode, 200);
  t.equal((await get('/version')).statusCode, 200);

  server.serve();
  t.strictSame((await get('/ready')).json(), { status: 'ready' });
  t.equal((await post(server, CHAT, BODY)).statusCode, 200);

  server.context.drain();
  t.equal((await get('/health')).statusCode, 200);
  t.equal((await get('/ready')).statusCode, 503);
  const refused = await post(server, CHAT, BODY);
  t.equal(refused.statusCode, 503);
  t.match(refused.headers['retry-after'], /^\d+$/);
  t.match(refused.json(), { error: { code: 'shutting_down' } });
});

t.test('draining lets what runs finish', async (t) => {
  const server = await testServer(t, { fake: { next: () => 97 } });
  const running = post(server, CHAT, { ...BODY, ignore_eos: true, max_tokens: 200 });
  while (server.engine.stats.running === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  server.context.drain();
  await server.engine.drain(10_000);
  const answer = (await running).json<{ choices: { finish_reason: string }[] }>();
  t.match(answer.choices, [{ finish_reason: 'length' }]);
  t.equal(server.engine.stats.generationTokens, 200);
});

t.test('a dead engine: every request gets a 500, health says so', async (t) => {
  const server = await testServer(t, {
    fake: {
      onStep: (index) => {
        if (index > 3) throw new Error('broken');
      },
    },
  });
  const body = { ...BODY, max_tokens: 50, ignore_eos: true };
  const many = await Promise.all([1, 2, 3].map(() => post(server, CHAT, body)));
  for (const response of many) {
    t.equal(response.statusCode, 500);
    t.match(response.json(), { error: { code: 'engine_failed', type: 'server_error' } });
  }
  t.equal((await server.app.inject('/health')).statusCode, 503);
  t.equal((await server.app.inject('/ready')).statusCode, 503);
  t.equal((await post(server, CHAT, BODY)).statusCode, 500);
});

t.test('metrics of drafts', async (t) => {
  const server = await testServer(t, {
    engine: { speculate: 4 },
    fake: { next: answering('again and again and again and again and again.') },
  });
  const plain = await testServer(t, {
    fake: { next: answering('again and again and again and again and again.') },
  });
  const answers = await Promise.all([server, plain].map((one) => post(one, CHAT, BODY)));
  const [drafted, undrafted] = answers.map(
    (answer) => answer.json<{ choices: { message: object }[] }>().choices[0]?.message,
  );
  t.same(drafted, undrafted);
  const samples = async (one: typeof server) => {
    const { body } = await one.app.inject('/metrics');
    return ['num_drafts', 'num_draft_tokens', 'num_accepted_tokens'].map((name) =>
      Number(new RegExp(`^kinglet_spec_decode_${name}_total\\{.*\\} (.+)$`, 'm').exec(body)?.[1]),
    );
  };
  t.same(await samples(plain), [0, 0, 0]);
  const [drafts = 0, tokens = 0, accepted = 0] = await samples(server);
  t.ok(drafts > 2 && tokens > 2 * drafts && accepted > 10 && accepted <= tokens);
});

t.test('metrics', async (t) => {
  const server = await testServer(t);
  await post(server, CHAT, BODY);
  await post(server, CHAT, { ...BODY, n: 2, max_tokens: 3 });
  const response = await server.app.inject('/metrics');
  t.match(response.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const text = response.body;
  const sample = (name: string) => {
    const line = text.split('\n').find((each) => each.startsWith(`${name}{`));
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ') + 1));
  };
  const labelled = (name: string, label: string) =>
    Number(new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (.+)$`, 'm').exec(text)?.[1]);
  t.match(text, `model_name="${MODEL}"`);
  t.equal(sample('kinglet_num_requests_running'), 0);
  t.equal(sample('kinglet_num_requests_waiting'), 0);
  t.equal(sample('kinglet_kv_cache_usage_perc'), 0);
  t.equal(sample('kinglet_generation_tokens_total'), 7 + 6);
  t.equal(sample('kinglet_prompt_tokens_total'), 42);
  t.equal(sample('kinglet_prefix_cache_queries_total'), 42);
  t.equal(sample('kinglet_prefix_cache_hits_total'), 16);
  t.equal(sample('kinglet_num_preemptions_total'), 0);
  t.equal(sample('kinglet_request_cancelled_total'), 0);
  t.equal(labelled('kinglet_request_success_total', 'finished_reason="stop"'), 1);
  t.equal(labelled('kinglet_request_success_total', 'finished_reason="length"'), 2);
  const cache = /^kinglet_cache_config_info\{(.*)\} 1$/m.exec(text)![1];
  for (const label of [
    'block_size="16"',
    'cache_dtype="float16"',
    'enable_prefix_caching="True"',
    'gpu_memory_utilization="None"',
    'num_gpu_blocks="1024"',
    'num_cpu_blocks="None"',
    'kv_cache_size_tokens="16384"',
    'prefix_caching_hash_algo="None"',
    'sliding_window="None"',
    'swap_space_bytes="0.0"',
  ]) {
    t.match(cache, label);
  }
  for (const [name, count] of [
    ['time_to_first_token_seconds', 2],
    ['inter_token_latency_seconds', 6 + 4],
    ['e2e_request_latency_seconds', 2],
    ['request_queue_time_seconds', 2],
    ['request_prefill_time_seconds', 2],
    ['request_decode_time_seconds', 2],
  ] as const) {
    t.equal(sample(`kinglet_${name}_count`), count, name);
    t.match(text, new RegExp(`kinglet_${name}_bucket\\{le="0.001",`), 'from a millisecond');
  }
  // Two prompts of 21, 16 tokens of the second found; 7 tokens, and 3 in each of two choices.
  t.equal(sample('kinglet_iteration_tokens_sum'), 42 - 16 + 13);
  t.equal(sample('kinglet_iteration_tokens_count'), 7 + 3, 'one a step that brought tokens');
  t.match(text, 'kinglet_iteration_tokens_bucket{le="8"');
  t.equal(sample('kinglet_iteration_duration_seconds_count'), 7 + 3);
  t.match(text, 'process_resident_memory_bytes');
  t.notMatch(text, /nodejs_active_\w+_total/);

  const missing = spawnSync('promtool', ['--version']).error !== undefined;
  const skip = missing && 'promtool (Debian package prometheus) is not installed';
  t.test('promtool has nothing to say', { skip }, async (t) => {
    t.equal(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' }), '');
  });
});

t.test('waiting and running requests are seen while they are', async (t) => {
  const server = await testServer(t, { engine: { maxNumSeqs: 1 }, fake: { next: () => 97 } });
  const body = { ...BODY, ignore_eos: true, max_tokens: 300 };
  const both = [post(server, CHAT, body), post(server, CHAT, body)];
  while (server.engine.stats.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const { body: text } = await server.app.inject('/metrics');
  t.match(text, /^kinglet_num_requests_running\{.*\} 1$/m);
  t.match(text, /^kinglet_num_requests_waiting\{.*\} 1$/m);
  t.match(text, /^kinglet_kv_cache_usage_perc\{.*\} 0\.\d+$/m);
  await Promise.all(both);
});

t.test('one line a request, without its text', async (t) => {
  const server = await testServer(t);
  const secret = { ...BODY, messages: [{ role: 'user', content: 'sesame' }] };
  await post(server, CHAT, secret);
  await post(server, '/v1/completions', { model: MODEL, prompt: ['sesame', 'b'], max_tokens: 2 });
  await post(server, CHAT, { ...secret, temperature: 9 });
  await server.app.inject('/v1/models');
  t.equal(server.log.length, 3);
  t.match(server.log[0], {
    msg: 'request',
    requestId: /^req-/,
    route: CHAT,
    promptTokens: 25,
    cachedTokens: 0,
    completionTokens: 7,
    ttft: Number,
    tokensPerSecond: Number,
    seconds: Number,
    finish: 'stop',
  });
  t.match(server.log[1], { route: '/v1/completions', completionTokens: 4, finish: 'length' });
  t.match(server.log[2], {
    msg: 'request refused',
    requestId: /^req-/,
    route: CHAT,
    status: 400,
    code: 'invalid_value',
    param: 'temperature',
  });
  t.notMatch(JSON.stringify(server.log), 'sesame');
  const open = await testServer(t, { config: { logPrompts: true } });
  await post(open, CHAT, secret);
  t.match(JSON.stringify(open.log), 'sesame', 'unless asked for');
});
