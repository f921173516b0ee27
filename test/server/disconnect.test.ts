/** Over a real socket: a client that goes stops its compute, wherever the request is. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  MODEL,
  testServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.js';
import { until } from '../support/until.js';

interface Running extends TestServer {
  readonly path: string;
}

async function start(t: Test, options: TestServerOptions): Promise<Running> {
  const server = await testServer(t, { contextLength: 4096, ...options });
  // A Unix socket holds 200 KB for a reader who does not read, TCP on loopback many times that.
  const folder = await mkdtemp(join(tmpdir(), 'kinglet-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'socket');
  await server.app.listen({ path });
  return { ...server, path };
}

/** Sends a request and leaves the answer unread. */
function send(t: Test, server: Running, route: string, body: object): Socket {
  const socket = connect(server.path);
  t.teardown(() => socket.destroy());
  const payload = JSON.stringify({ model: MODEL, ...body });
  socket.write(
    `POST ${route} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
  );
  return socket;
}

const endless = { ignore_eos: true, max_tokens: 3000 };
const message = { messages: [{ role: 'user', content: 'hi' }] };

for (const [kind, path, body] of [
  ['chat, streamed', '/v1/chat/completions', { ...message, ...endless, stream: true }],
  ['chat, whole', '/v1/chat/completions', { ...message, ...endless }],
  ['completions, streamed', '/v1/completions', { prompt: ['a', 'b'], ...endless, stream: true }],
  ['completions, whole', '/v1/completions', { prompt: ['a', 'b'], n: 2, ...endless }],
] as const) {
  t.test(`in decode: ${kind}`, async (t) => {
    const server = await start(t, { fake: { next: () => 97 } });
    const { engine } = server;
    const socket = send(t, server, path, body);
    await until(() => engine.stats.generationTokens > 20);
    socket.destroy();
    await until(() => engine.stats.running === 0);
    const { generationTokens } = engine.stats;
    t.ok(generationTokens < 3000, `it stopped after ${generationTokens} tokens`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.equal(engine.stats.generationTokens, generationTokens, 'no token came after that');
    t.equal(engine.stats.kvBlocksUsed, 0, 'no block is left');
    await until(() => server.log.some((line) => line['finish'] === 'cancelled'));
    t.ok(engine.stats.cancelled >= 1);
    const line = server.log.find((each) => each['finish'] === 'cancelled')!;
    t.ok((line['completionTokens'] as number) > 0, 'with what was computed for nobody');
  });
}

t.test('in prefill', async (t) => {
  let steps = 0;
  const server = await start(t, {
    engine: { maxNumBatchedTokens: 16 },
    fake: { onStep: () => void steps++ },
  });
  const { engine } = server;
  const socket = send(t, server, '/v1/completions', { prompt: 'x'.repeat(4000), max_tokens: 1 });
  await until(() => steps > 2);
  socket.destroy();
  await until(() => engine.stats.running === 0 && engine.stats.waiting === 0);
  const after = steps;
  t.ok(after < 240, `stopped after ${after} of 250 steps`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(steps, after, 'no step came after that');
  t.equal(engine.stats.generationTokens, 0);
});

t.test('in the queue, without touching the one before it', async (t) => {
  const server = await start(t, { engine: { maxNumSeqs: 1 }, fake: { next: () => 97 } });
  const { engine } = server;
  const first = send(t, server, '/v1/chat/completions', {
    ...message,
    ignore_eos: true,
    max_tokens: 500,
    stream: true,
  });
  await until(() => engine.stats.running === 1);
  const second = send(t, server, '/v1/chat/completions', { ...message, ...endless });
  await until(() => engine.stats.waiting === 1);
  second.destroy();
  await until(() => engine.stats.waiting === 0);
  const text: string[] = [];
  first.setEncoding('utf8').on('data', (data: string) => text.push(data));
  await until(() => text.join('').includes('[DONE]'));
  t.equal(engine.stats.generationTokens, 500);
});

t.test('before its prompt was tokenized', async (t) => {
  const server = await start(t, { fake: {} });
  let release = () => {};
  const { prompts } = server.model;
  const encode = prompts.encode.bind(prompts);
  const asked = new Promise<void>((resolve) => {
    prompts.encode = async (...args) => {
      resolve();
      await new Promise<void>((go) => (release = go));
      return encode(...args);
    };
  });
  const socket = send(t, server, '/v1/completions', { prompt: 'x', max_tokens: 10 });
  await asked;
  socket.destroy();
  await once(socket, 'close');
  await until(() => server.app.connections.active === 0);
  release();
  await until(() => server.log.some((line) => line['finish'] === 'cancelled'));
  t.equal(server.engine.stats.generationTokens, 0);
});

t.test('a reader who does not read is paused, then aborted', async (t) => {
  const server = await start(t, {
    contextLength: 200_000,
    config: { readerStallSeconds: 1 },
    engine: { kvBlocks: 20_000, maxBufferedBytes: 4096 },
    fake: { next: () => 97 },
  });
  const { engine } = server;
  const socket = send(t, server, '/v1/chat/completions', {
    ...message,
    ignore_eos: true,
    logprobs: true,
    top_logprobs: 20,
    n: 8,
    stream: true,
  });
  socket.pause();
  await until(() => server.log.some((line) => line['finish'] === 'reader_stalled'));
  await until(() => engine.stats.kvBlocksUsed === 0);
  t.ok(engine.stats.generationTokens < 150_000, 'it was paused before the end of its context');
});

t.test('a stream has headers while it waits in the queue', async (t) => {
  const server = await start(t, { engine: { maxNumSeqs: 1 }, fake: { next: () => 97 } });
  send(t, server, '/v1/chat/completions', { ...message, ...endless });
  await until(() => server.engine.stats.running === 1);
  const second = send(t, server, '/v1/chat/completions', { ...message, stream: true });
  const [head] = (await once(second.setEncoding('utf8'), 'data')) as [string];
  t.match(head, /^HTTP\/1\.1 200 OK\r\n/);
  t.match(head, /text\/event-stream/);
  t.equal(server.engine.stats.waiting, 1, 'it still waits');
  const health = await server.app.inject('/health');
  t.equal(health.statusCode, 200, 'health answers meanwhile');
});
