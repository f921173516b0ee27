/** What waits is bounded in bytes: bodies, websocket messages, and answers that nobody takes. */
import t, { type Test } from 'tap';
import { processMemory } from '../../bench/attacks/process-memory.js';
import {
  frame,
  get,
  lastBody,
  post,
  RawSocket,
  statuses,
  WEBSOCKET,
} from '../support/raw-socket.js';
import { complete, serveStub } from '../support/serve-stub.js';
import { MODEL, type TestServerOptions } from '../support/test-server.js';
import { listeningServer } from '../support/listening-server.js';
import { until } from '../support/until.js';

const MIB = 2 ** 20;

async function start(t: Test, options: TestServerOptions = {}) {
  const listening = await listeningServer(t, options);
  const websocket = async () => {
    const raw = await listening.open();
    await raw.send(get('/v1/responses', WEBSOCKET));
    await raw.until(/101 Switching/);
    return raw;
  };
  return { ...listening, websocket };
}

/** The head of a request whose body is `bytes` long, and its first byte. */
function begun(bytes: number): string {
  return post('/v1/completions', '"').replace(/Content-Length: \d+/, `Content-Length: ${bytes}`);
}

t.test('bodies that are being read are counted, and refused beyond the bound', async (t) => {
  const { server, open } = await start(t, { config: { maxPendingBytes: 8 * MIB } });
  const { pending } = server.context;
  const first = await open();
  await first.send(begun(4 * MIB));
  await until(() => pending.used === 4 * MIB);
  const second = await open();
  await second.send(begun(4 * MIB));
  const text = await second.until(/\}\}$/);
  t.match(text, /429 Too Many Requests/, 'before its body has been read');
  t.match(text, /retry-after: \d/);
  t.match(lastBody(text), { error: { code: 'queue_full' } });
  t.equal(pending.used, 4 * MIB);
  const small = await open();
  await small.send(post('/v1/completions', { model: MODEL, prompt: 'x', max_tokens: 1 }));
  t.match(await small.until(/\}\}$/), /200 OK/, 'small ones have a share of their own');
  first.socket.destroy();
  await until(() => pending.used === 0);
  const { body } = await server.app.inject('/metrics');
  t.match(body, /^kinglet_pending_bytes\{.*\} 0$/m);
  t.match(body, /kinglet_requests_refused_total\{[^}]*code="queue_full"[^}]*\} 1/);
});

t.test('a body in chunks is counted as it comes', async (t) => {
  const { server, open } = await start(t, { config: { maxPendingBytes: 4 * MIB } });
  const { pending } = server.context;
  const chunk = `${MIB.toString(16)}\r\n${'x'.repeat(MIB)}\r\n`;
  const chunked = begun(1)
    .replace(/Content-Length.*\r\n/, 'Transfer-Encoding: chunked\r\n')
    .slice(0, -1);
  const raw = await open();
  await raw.send(chunked, chunk, chunk);
  await until(() => pending.used >= 2 * MIB);
  t.ok(pending.used <= 4 * MIB);
  const other = await open();
  await other.send(chunked, chunk, chunk);
  t.match(await other.until(/\}\}$/), /429/);
  raw.socket.destroy();
  await until(() => pending.used === 0);
});

t.test('one request alone is taken whatever it costs', async (t) => {
  const { server } = await start(t, { config: { maxPendingBytes: 1000 } });
  const payload = { model: MODEL, prompt: [Array<number>(400).fill(5)], max_tokens: 1 };
  const ask = () => server.app.inject({ method: 'POST', url: '/v1/completions', payload });
  t.equal((await ask()).statusCode, 200);
  t.strictSame(
    (await Promise.all([ask(), ask(), ask()])).map((answer) => answer.statusCode).sort(),
    [200, 429, 429],
  );
  t.equal(server.context.pending.used, 0);
});

t.test('requests hold their bodies until their answers are out', async (t) => {
  const { server, open } = await start(t, { fake: { next: () => 97 }, contextLength: 4096 });
  const { pending } = server.context;
  for (const [body, status] of [
    [JSON.stringify({ model: MODEL, prompt: 'x', max_tokens: 3 }), 200],
    [JSON.stringify({ model: MODEL, prompt: 'x', max_tokens: 3, stream: true }), 200],
    ['{"broken', 400],
    [JSON.stringify({ model: 'another', prompt: 'x' }), 404],
    ['x'.repeat(5 * MIB), 413],
  ] as const) {
    const raw = await open();
    await raw.send(post('/v1/completions', body, 'Connection: close\r\n'));
    t.strictSame(statuses(await raw.ending()), [status]);
    t.equal(pending.used, 0, body.slice(0, 50));
  }
  const gone = await open();
  // So long that it goes on when its first token is seen.
  const endless = { model: MODEL, prompt: 'x', max_tokens: 3000, stream: true };
  await gone.send(post('/v1/completions', endless));
  await gone.until(/data:/);
  t.ok(pending.used > 0);
  gone.socket.destroy();
  await until(() => pending.used === 0);
});

t.test('waiting websocket requests are bounded in bytes, and kept as text', async (t) => {
  const { server, websocket } = await start(t, { fake: { next: () => 97 } });
  const { pending } = server.context;
  const raw = await websocket();
  const create = (input: string) => frame(JSON.stringify({ type: 'response.create', input }));
  await raw.send(create('x'));
  await raw.until(/output_text\.delta/);
  const long = 'y'.repeat(3 * MIB);
  await raw.send(create(long), create(long), create(long));
  const text = await raw.until(/queue_full/);
  t.match(text, /2 requests of 629\d+ bytes wait on this connection/);
  t.ok(pending.used < 8 * MIB, `${pending.used} bytes are held`);
  raw.socket.destroy();
  await until(() => pending.used === 0);
});

t.test('websocket messages share the bound of the process', async (t) => {
  const { server, websocket } = await start(t, { config: { maxPendingBytes: 4 * MIB } });
  const { pending } = server.context;
  const whole = frame(`"${'x'.repeat(4 * MIB - 100)}"`);
  const first = await websocket();
  await first.send(whole.subarray(0, 2 * MIB));
  await until(() => pending.used > MIB);
  const second = await websocket();
  await second.send(whole.subarray(0, 3 * MIB));
  const text = await second.until(/queue_full/);
  t.match(text, /--max-pending-bytes/, 'the peer is told');
  await second.ending();
  t.ok(pending.used < 3 * MIB, 'the bytes of the closed connection are free again');
  await first.send(whole.subarray(2 * MIB));
  t.match(await first.until(/invalid_value/), /expected an object/, 'the other one goes on');
  await until(() => pending.used === 0);
});

t.test('hostile messages get the errors that hostile bodies get', async (t) => {
  const { websocket } = await start(t);
  const raw = await websocket();
  const create = '"type":"response.create","input"';
  const cases: [text: string, code: string, message: RegExp, param: string | null][] = [
    ['['.repeat(100_000), 'json_too_complex', /nested more than 256 deep/, null],
    [`[${'{},'.repeat(200_000)}{}]`, 'json_too_complex', /131072 objects and lists/, null],
    [`{${create}:"\\ud83d"}`, 'invalid_value', /half of a surrogate pair/, 'input'],
    [`{${create}:"x","__proto__":{"a":1}}`, 'unknown_parameter', /'__proto__'/, '__proto__'],
    [`{${create}:"x","constructor":1}`, 'unknown_parameter', /'constructor'/, 'constructor'],
    ['', 'invalid_json', /empty/, null],
  ];
  for (const [i, [text, code, message, param]] of cases.entries()) {
    await raw.send(frame(text));
    const errors = () => [...raw.text.matchAll(/\{"type":"error".*?\}\}/g)];
    await until(() => errors().length > i);
    const { error } = JSON.parse(errors()[i]![0]) as { error: Record<string, unknown> };
    t.match(error, { code, message });
    t.equal(error['param'], param, code);
  }
  await raw.send(frame('{"type":"response.create","input":"still there?"}'));
  t.match(await raw.until(/response\.completed/), /response\.completed/);
});

t.test('a peer that reads no errors is not read', async (t) => {
  const server = await serveStub(t, ['--log-level', 'warn']);
  await server.ready();
  const deaf = await RawSocket.open(server.port);
  t.teardown(() => deaf.socket.destroy());
  await deaf.send(get('/v1/responses', WEBSOCKET));
  await deaf.until(/101 Switching/);
  deaf.socket.pause();
  const memory = () => processMemory(server.pid).now;
  const before = memory();
  // 7 bytes each: 3 million garbage messages.
  const garbage = Buffer.concat(Array<Buffer>(100_000).fill(frame('x')));
  for (let i = 0; i < 30; i++) deaf.socket.write(garbage);
  let peak = 0;
  const started = performance.now();
  while (performance.now() - started < 5000) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    peak = Math.max(peak, memory());
    t.equal(await server.status('/health'), 200);
  }
  t.ok(deaf.socket.writableLength > 10 * MIB, 'most of it has not been read');
  const grown = ((peak - before) / MIB).toFixed(0);
  t.ok(peak - before < 100 * MIB, `memory grew by ${grown} MiB at most`);
  t.equal((await complete(server, { max_tokens: 2 })).status, 200, 'others are served');

  // More errors than the buffers of both sockets hold: what comes then was made since.
  const held = deaf.text.length + 16 * MIB;
  deaf.socket.resume();
  await until(() => deaf.text.length > held);
  t.ok(memory() - before < 100 * MIB);
});
