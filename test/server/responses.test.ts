/** OpenAI's websocket mode over a real socket, the engine on the fake addon. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { PendingBytes } from '../../src/server/pending-bytes.js';
import { ResponseHistory } from '../../src/server/responses/history.js';
import { Lanes } from '../../src/server/responses/lanes.js';
import { BYTE_TEMPLATE, BYTE_THINKING_TEMPLATE, byteTokenizer } from '../support/byte-tokenizer.js';
import { openResponsesErrors } from '../support/open-responses.js';
import { openaiErrors } from '../support/openai-schema.js';
import { answering, MODEL, testServer, type TestServerOptions } from '../support/test-server.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- frames are looked into freely
type Frame = Record<string, any>;

/** A client that keeps every frame and checks each against OpenAI's schema. */
class Client {
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | null = null;
  #wake = () => {};

  constructor(
    readonly socket: WebSocket,
    t: Test,
  ) {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      // What OpenAI has not is told in an event of another name.
      const additive = frame['type'] === 'response.vote.progress';
      const wrong = additive ? [] : openaiErrors('ResponsesServerEvent', frame);
      if (frame['response'] !== undefined) wrong.push(...openResponsesErrors(frame['response']));
      if (wrong.length > 0)
        t.fail(`${frame['type']} is not OpenAI's: ${wrong.slice(0, 3).join('; ')}`);
      this.frames.push(frame);
      this.#wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  create(body: Frame): void {
    this.send({ type: 'response.create', model: MODEL, ...body });
  }

  /** Waits for a frame, from the beginning on. */
  async frame(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(matches);
      if (found !== undefined) return found;
      if (this.closed !== null) throw new Error(`closed with ${this.closed.code}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  error(): Promise<Frame> {
    return this.frame((frame) => frame['type'] === 'error');
  }

  /** The last event of a response in this lane; without a name, of one that is in none. */
  ended(lane?: string): Promise<Frame> {
    return this.frame(
      (frame) =>
        /^response\.(completed|incomplete|failed)$/.test(frame['type'] as string) &&
        frame['stream_id'] === lane,
    );
  }

  async ending(): Promise<{ code: number; reason: string }> {
    while (this.closed === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.closed;
  }

  clear(): void {
    this.frames.length = 0;
  }
}

async function start(t: Test, options: TestServerOptions & { template?: string } = {}) {
  const tokenizer = byteTokenizer(options.template ?? BYTE_TEMPLATE);
  const server = await testServer(t, { tokenizer, ...options });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const connect = async (headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/responses`, { headers });
    const client = new Client(socket, t);
    await once(socket, 'open');
    t.teardown(() => socket.terminate());
    return client;
  };
  return { server, port, connect };
}

t.test('one response, event by event', async (t) => {
  const { connect } = await start(t);
  const client = await connect();
  client.create({ input: 'Hi', instructions: 'Be brief.', metadata: { a: 'b' } });
  const { response } = await client.ended();
  t.same(
    client.frames.map((frame) => frame['sequence_number']),
    client.frames.map((_, index) => index),
    'numbered from 0',
  );
  const types = client.frames.map((frame) => frame['type'] as string);
  t.same(
    types.filter((type, i) => type !== types[i - 1]),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ],
  );
  const deltas = client.frames.filter((frame) => frame['type'] === 'response.output_text.delta');
  t.equal(deltas.map((frame) => frame['delta'] as string).join(''), 'Hello.');
  t.equal(response.output[0].content[0].text, 'Hello.');
  t.match(response.id, /^resp_[0-9a-f]{32}$/);
  t.match(response.output[0].id, /^msg_[0-9a-f]{32}$/);
  t.match(response, {
    status: 'completed',
    model: MODEL,
    store: false,
    instructions: 'Be brief.',
    metadata: { a: 'b' },
    usage: { output_tokens: 7, input_tokens_details: { cached_tokens: Number } },
    user: null,
    safety_identifier: null,
    prompt_cache_key: null,
    max_tool_calls: null,
    presence_penalty: 0,
    frequency_penalty: 0,
    tool_choice: 'auto',
  });
  const { response: created } = await client.frame(({ type }) => type === 'response.created');
  t.match(created, { status: 'in_progress', usage: null, completed_at: null });

  client.clear();
  const given = { presence_penalty: 0.5, frequency_penalty: -1, user: 'u', safety_identifier: 's' };
  client.create({ input: 'Hi', ...given, prompt_cache_key: 'k', tool_choice: 'none' });
  t.match((await client.ended()).response, {
    ...given,
    prompt_cache_key: 'k',
    tool_choice: 'none',
  });
  t.ok(client.frames.every((frame) => !('stream_id' in frame)));
});

t.test('a thought is an item of its own, before the message', async (t) => {
  const { connect } = await start(t, {
    template: BYTE_THINKING_TEMPLATE,
    fake: { next: answering('<think>Well.</think>Yes.') },
  });
  const client = await connect();
  client.create({ input: 'Hi' });
  const { response } = await client.ended();
  t.same(
    response.output.map((item: Frame) => [item['type'], item['content'][0].text]),
    [
      ['reasoning', 'Well.'],
      ['message', 'Yes.'],
    ],
  );
  t.same(response.output[0].summary, []);
  t.ok(response.usage.output_tokens_details.reasoning_tokens > 0);

  client.clear();
  t.equal(response.reasoning_end, 'model');
  client.create({ input: 'Hi', max_output_tokens: 28 });
  const shrunk = (await client.ended()).response;
  t.same(
    shrunk.output.map((item: Frame) => [item['type'], item['content'][0].text]),
    [
      ['reasoning', 'Wel'],
      ['message', 'es.'],
    ],
    'a thought leaves its answer some room',
  );
  t.equal(shrunk.reasoning_end, 'budget');
});

t.test('a client ends the thought of a response', async (t) => {
  const { connect } = await start(t, {
    template: BYTE_THINKING_TEMPLATE,
    fake: { next: answering(`<think>${'abcdefghij'.repeat(40)}`) },
    contextLength: 2048,
  });
  const client = await connect();
  client.create({ input: 'Hi', max_output_tokens: 1000, stream_id: 'a' });
  const begun = await client.frame(({ type }) => type === 'response.reasoning_text.delta');
  t.equal(begun['stream_id'], 'a');
  client.send({ type: 'response.reasoning.end', stream_id: 'b' });
  t.match(await client.error(), { stream_id: 'b', error: { code: 'not_thinking' } });
  client.send({ type: 'response.reasoning.end', stream_id: 'a' });
  t.match((await client.ended('a')).response, { reasoning_end: 'client' });

  client.clear();
  client.create({ input: 'Hi', max_output_tokens: 1000 });
  const { response } = await client.frame(({ type }) => type === 'response.created');
  await client.frame(({ type }) => type === 'response.reasoning_text.delta');
  client.send({ type: 'response.reasoning.end', response_id: response.id });
  t.match((await client.ended()).response, { id: response.id, reasoning_end: 'client' });
});

t.test('samples vote over a response', async (t) => {
  const { connect } = await start(t, { fake: { next: answering('\\boxed{3}') } });
  const client = await connect();
  client.create({ input: 'Hi', n: 5, vote: { answer: 'boxed' } });
  const { response } = await client.ended();
  t.match(response, {
    output: [{ type: 'message', content: [{ text: '\\boxed{3}' }] }],
    vote: { answer: '3', votes: 3, samples: 3, cancelled: 2 },
  });
  t.strictSame(
    client.frames
      .filter(({ type }) => type === 'response.vote.progress')
      .map(({ vote }) => (vote as Frame)['votes'] as number),
    [1, 2, 3],
  );
});

t.test('continuing equals sending the whole history', async (t) => {
  const { connect } = await start(t, {
    // The answer depends on the whole conversation: its length, in letters.
    fake: {
      next: ({ tokens }) => {
        const prompt = tokens.lastIndexOf(257);
        return tokens.length - prompt < 16 ? 97 + (prompt % 26) : 258;
      },
    },
  });
  const client = await connect();
  client.create({ input: 'One', instructions: 'Not carried over.' });
  const first = (await client.ended()).response;
  client.clear();
  client.create({ input: 'Two', previous_response_id: first.id, stream_id: 'another' });
  const continued = (await client.ended('another')).response;
  client.clear();
  client.create({
    input: [{ role: 'user', content: 'One' }, ...first.output, { role: 'user', content: 'Two' }],
  });
  const whole = (await client.ended()).response;
  t.equal(whole.output[0].content[0].text, continued.output[0].content[0].text);
  t.equal(whole.usage.input_tokens, continued.usage.input_tokens);
  t.equal(continued.previous_response_id, first.id);

  const other = await connect();
  other.create({ input: 'Two', previous_response_id: first.id });
  t.match(await other.error(), {
    status: 400,
    error: { code: 'previous_response_not_found', param: 'previous_response_id' },
  });
});

t.test('generate: false warms up', async (t) => {
  const { connect } = await start(t);
  const client = await connect();
  const input = 'A prompt of several blocks, so that some of it can be found again later.';
  client.create({ input, generate: false });
  const warm = (await client.ended()).response;
  t.equal(warm.status, 'completed');
  t.same(warm.output, []);
  t.equal(warm.usage.output_tokens, 0);
  client.clear();
  client.create({ input: 'Go on.', previous_response_id: warm.id });
  const { usage } = (await client.ended()).response;
  t.ok(usage.input_tokens_details.cached_tokens >= 48, 'the warm prefix is found');
});

t.test('what is wrong is said, and the socket stays open', async (t) => {
  const { connect } = await start(t);
  const client = await connect();
  const cases: [unknown, Frame][] = [
    ['{', { error: { code: 'invalid_json' } }],
    [[], { error: { code: 'invalid_value' } }],
    [{ type: 'response.cancel' }, { error: { param: 'type' } }],
    [{ type: 'response.create', input: 'x', stream: 1 }, { error: { param: 'stream' } }],
    [{ type: 'response.create', input: 'x', background: true }, { error: { param: 'background' } }],
    [{ type: 'response.create', input: 'x', nonsense: 1 }, { error: { param: 'nonsense' } }],
    [{ type: 'response.create', input: 'x', tools: [{}] }, { error: { param: 'tools[0].type' } }],
    [
      { type: 'response.create', input: 'x', stream_id: 'a b' },
      { error: { code: 'invalid_stream_id' } },
    ],
    [
      { type: 'response.create', input: 'x', model: 'no' },
      { status: 404, error: { code: 'model_not_found' } },
    ],
    [
      { type: 'response.create' },
      { error: { code: 'missing_required_parameter', param: 'input' } },
    ],
    [
      { type: 'response.create', input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      {
        error: {
          code: 'unsupported_parameter',
          param: 'input[0].content[0].type',
          message: /not 'input_image'/,
        },
      },
    ],
    ...(['custom_tool_call', 'mcp_list_tools'] as const).map((type): [unknown, Frame] => [
      {
        type: 'response.create',
        input: [
          { role: 'user', content: 'x' },
          { type, call_id: 'c', name: 'f', arguments: '{' },
        ],
      },
      {
        error: {
          code: 'unsupported_parameter',
          param: 'input[1].type',
          message: `'input[1].type' is not supported: there are messages, thoughts, function calls and their outputs, not '${type}', here of 'f'.`,
        },
      },
    ]),
    [
      { type: 'response.create', input: [{ type: 'function_call_output', output: '1' }] },
      { error: { code: 'missing_required_parameter', param: 'input[0].call_id' } },
    ],
    [
      {
        type: 'response.create',
        input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image' }] }],
      },
      { error: { code: 'unsupported_parameter', param: 'input[0].output[0].type' } },
    ],
    [
      { type: 'response.create', input: [{ type: 'item_reference', id: 'msg_1' }] },
      { error: { param: 'input[0].type', message: /not 'item_reference'/ } },
    ],
    [
      { type: 'response.create', input: 'x', reasoning: { effort: 'some' } },
      { error: { code: 'invalid_value', param: 'reasoning.effort' } },
    ],
    [
      { type: 'response.create', input: 'x', n: 2 },
      { error: { code: 'unsupported_parameter', param: 'n' } },
    ],
    [
      { type: 'response.reasoning.end', stream_id: 's' },
      { status: 409, stream_id: 's', error: { code: 'not_thinking' } },
    ],
    [
      { type: 'response.reasoning.end', id: 'resp_1' },
      { error: { code: 'unknown_parameter', param: 'id' } },
    ],
    [
      { type: 'response.create', input: 'x', max_output_tokens: 10_000, stream_id: 's' },
      { stream_id: 's', error: { code: 'context_length_exceeded' } },
    ],
  ];
  for (const [message, expected] of cases) {
    client.clear();
    client.send(message);
    t.match(await client.error(), { status: 400, ...expected }, JSON.stringify(message));
  }
  client.clear();
  client.create({ input: 'Still there?', user: null, metadata: null });
  t.equal((await client.ended()).response.status, 'completed');
});

t.test('lanes: in turn within one, side by side across them', async (t) => {
  const { connect } = await start(t);
  const client = await connect();
  for (let i = 0; i < 3; i++) client.create({ input: `a${i}`, stream_id: 'a' });
  client.create({ input: 'b', stream_id: 'b' });
  await client.ended('b');
  for (;;) {
    const ended = client.frames.filter(
      (f) => f['type'] === 'response.completed' && f['stream_id'] === 'a',
    );
    if (ended.length === 3) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const order = client.frames
    .filter((frame) => frame['stream_id'] === 'a')
    .map((frame) => frame['type'] as string)
    .filter((type) => type === 'response.created' || type === 'response.completed');
  t.same(order, Array.from({ length: 3 }, () => ['response.created', 'response.completed']).flat());

  client.clear();
  for (let i = 0; i < 32; i++) client.create({ input: 'x', stream_id: `lane-${i}` });
  t.match(await client.error(), { error: { code: 'websocket_stream_limit_reached' } });
});

t.test('Lanes', async (t) => {
  t.test('bounds what runs and what waits', async (t) => {
    const lanes = new Lanes();
    const release: (() => void)[] = [];
    const job = () => new Promise<void>((resolve) => release.push(resolve));
    for (let i = 0; i < 16 + 4; i++) lanes.submit(`lane${i}`, 1, job);
    t.equal(release.length, 16);
    for (let i = 4; i < 256; i++) lanes.submit('lane0', 1, job);
    t.throws(() => lanes.submit('lane0', 1, job), { code: 'queue_full' });
    let idle = false;
    lanes.whenIdle(() => (idle = true));
    while (release.length > 0) {
      t.notOk(idle);
      release.shift()!();
      await new Promise((resolve) => setImmediate(resolve));
    }
    t.ok(idle);
  });
});

t.test('history forgets the oldest first', async (t) => {
  const history = new ResponseHistory(100, new PendingBytes(2 ** 20).hold());
  history.add('a', [{ role: 'user', content: '1' }], 60);
  history.add('b', [{ role: 'user', content: '2' }], 40);
  t.strictSame(history.messages('a'), [{ role: 'user', content: '1' }]);
  history.add('c', [{ role: 'user', content: '3' }], 10);
  t.throws(() => history.messages('a'), { code: 'previous_response_not_found' });
  t.strictSame(history.messages('b'), [{ role: 'user', content: '2' }]);
  history.add('d', [], 500);
  t.throws(() => history.messages('c'), { code: 'previous_response_not_found' });
  t.equal(history.messages('d').length, 0, 'the newest is kept whatever its size');
});

t.test('the history counts calls too', async (t) => {
  const pending = new PendingBytes(2 ** 20);
  const call = { id: 'x'.repeat(10), type: 'function' as const, function: { name: 'f', arguments: 'y'.repeat(500) } };
  new ResponseHistory(100, pending.hold()).add('a', [{ role: 'assistant', tool_calls: [call] }], 1);
  t.equal(pending.used, 2 * 511);
}); // prettier-ignore

t.test('closing stops the compute', async (t) => {
  const { server, connect } = await start(t, { fake: { next: () => 97 } });
  const client = await connect();
  for (let i = 0; i < 4; i++) client.create({ input: 'x', stream_id: `s${i}` });
  await client.frame((frame) => frame['type'] === 'response.output_text.delta');
  client.socket.terminate();
  for (let i = 0; server.engine.stats.running + server.engine.stats.waiting > 0; i++) {
    if (i === 400) return t.fail('the engine still runs');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.pass('nothing runs any more');
});

t.test('a bad key is refused before the upgrade', async (t) => {
  const { port, connect } = await start(t, { config: { apiKeys: ['secret'] } });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/responses`, {
    headers: { authorization: 'Bearer wrong' },
  });
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ];
  t.equal(response.statusCode, 401);
  socket.on('error', () => {});
  socket.terminate();
  const client = await connect({ authorization: 'Bearer secret' });
  client.create({ input: 'Hi' });
  t.equal((await client.ended()).response.status, 'completed');
});

t.test('draining lets responses finish and closes with 1012', async (t) => {
  const { server, port, connect } = await start(t);
  const idle = await connect();
  const busy = await connect();
  busy.create({ input: 'Hi' });
  await busy.frame((frame) => frame['type'] === 'response.created');
  server.context.drain();
  const late = new WebSocket(`ws://127.0.0.1:${port}/v1/responses`);
  const [, refused] = (await once(late, 'unexpected-response')) as [
    unknown,
    { statusCode: number; headers: Record<string, string> },
  ];
  t.equal(refused.statusCode, 503, 'a new connection is told so before its upgrade');
  t.match(refused.headers['retry-after'], /^\d+$/);
  late.on('error', () => {});
  late.terminate();
  t.equal((await idle.ending()).code, 1012);
  t.equal((await busy.ended()).response.status, 'completed');
  t.equal((await busy.ending()).code, 1012);
});

t.test('a plain GET is told to upgrade', async (t) => {
  const { server } = await start(t);
  const response = await server.app.inject({ method: 'GET', url: '/v1/responses' });
  t.equal(response.statusCode, 426);
  t.equal(response.headers['upgrade'], 'websocket');
  t.match(response.json(), { error: { type: 'invalid_request_error', code: 'upgrade_required' } });
});

t.test('a POST is told what there is, whatever its body', async (t) => {
  const { server } = await start(t);
  for (const payload of ['', '{', '{"model":"x","input":"Hi"}', 'x'.repeat(5_000_000)]) {
    const response = await server.app.inject({ method: 'POST', url: '/v1/responses', payload });
    t.equal(response.statusCode, 404);
    t.match(response.json(), {
      error: { code: 'not_found', message: /not built yet: use POST \/v1\/chat\/completions/ },
    });
  }
});

t.test('an answer without a limit has the checkpoint’s', async (t) => {
  const { server, connect } = await start(t, { defaults: { maxNewTokens: 3 } });
  const client = await connect();
  client.create({ input: 'Hi' });
  t.match((await client.ended()).response, { status: 'incomplete', max_output_tokens: null });
  t.equal(server.requests.at(-1)!.maxTokens, 3);
});
