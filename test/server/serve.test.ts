/** `kinglet serve` as a process, on an addon that does what the test asks for. */
import t from 'tap';
import { complete, serveStub } from '../support/serve-stub.js';

t.test('it listens first, then loads, tells what it decided, and ends at SIGTERM', async (t) => {
  const server = await serveStub(t, [], { loadMs: 1500 }, { KINGLET_PROT: '1' });
  await server.until('listening', async () => (await server.status('/health')) === 200);
  t.equal(await server.status('/ready'), 503);
  t.equal(await server.status('/v1/models'), 503);
  await server.ready();
  t.match(server.output, /KINGLET_PROT is no variable .*did you mean KINGLET_PORT\?/);
  t.match(server.output, /KV cache: .* a token/, 'the memory arithmetic');
  t.match(server.output, /pool: \d+ blocks of 16 tokens/);
  t.match(server.output, /threads: \d+/);
  t.match(server.output, /loading: \d+ %/);
  // What a process writes may be read later than what it answers.
  await server.until('all told', () => server.output.includes('"msg":"ready: '));
  t.match(server.output, /converted 2 tensors from mxfp4 to q8_0, \+3 KiB: a, b/);
  t.equal((await complete(server, { max_tokens: 4 })).status, 200);
  server.kill('SIGTERM');
  t.equal(await server.exited, 0);
  for (const line of server.output.trim().split('\n')) t.doesNotThrow(() => JSON.parse(line), line);
});

t.test('SIGTERM lets a stream finish within the grace period', async (t) => {
  const server = await serveStub(t, ['--grace-period', '60'], { stepMs: 20 });
  await server.ready();
  const response = await complete(server, { max_tokens: 40, stream: true });
  server.kill('SIGTERM');
  await server.until('draining', () => server.output.includes('finishing within 60 s'));
  t.equal(await server.status('/health'), 200, 'new connections are told what happens');
  t.equal(await server.status('/ready'), 503);
  for (const refused of [
    await complete(server, { max_tokens: 1 }),
    await complete(server, { nonsense: 1 }),
    await fetch(`${server.origin}/v1/models`),
  ]) {
    t.equal(refused.status, 503);
    t.match(refused.headers.get('retry-after'), /^\d+$/);
    t.equal(refused.headers.get('connection'), 'close');
    t.match(await refused.json(), { error: { code: 'shutting_down' } });
  }
  t.equal(await server.status('/v1/nothing'), 404);
  const text = await response.text();
  t.match(text, /"finish_reason":"length"/);
  t.match(text, '[DONE]');
  t.equal(await server.exited, 0);
  t.equal(await server.status('/health'), 0, 'nobody listens any more');
});

t.test('after the grace period what runs is told so, and the exit is still clean', async (t) => {
  const server = await serveStub(t, ['--grace-period', '0'], { stepMs: 50 });
  await server.ready();
  const response = await complete(server, { max_tokens: 8000, stream: true });
  server.kill('SIGINT');
  const text = await response.text();
  t.match(text, /"code":"shutting_down"/);
  t.notMatch(text, '[DONE]');
  t.equal(await server.exited, 0);
});

t.test('a second signal stops at once', async (t) => {
  const server = await serveStub(t, ['--grace-period', '600'], { stepMs: 50 });
  await server.ready();
  const response = await complete(server, { max_tokens: 8000, stream: true });
  server.kill('SIGTERM');
  await server.until('draining', () => server.output.includes('finishing within'));
  server.kill('SIGTERM');
  t.equal(await server.exited, 1);
  await response.text().catch(() => {});
});

t.test('a signal while it loads ends it', async (t) => {
  const server = await serveStub(t, [], { loadMs: 60_000 });
  await server.until('loading', () => server.output.includes('pool:'));
  await server.until('listening', async () => (await server.status('/health')) === 200);
  server.kill('SIGTERM');
  t.equal(await server.exited, 0);
});

t.test('health answers while a step takes long', async (t) => {
  const server = await serveStub(t, [], { stepMs: 3000 });
  await server.ready();
  const answer = complete(server, { max_tokens: 2 });
  // Told at the end of the first step: the second one has begun.
  const running = () => server.metric('kinglet_num_requests_running');
  await server.until('running', async () => (await running()) === 1);
  let answered = false;
  const whole = answer.finally(() => (answered = true));
  for (let i = 0; i < 5; i++) t.equal(await server.status('/health'), 200);
  t.notOk(answered, 'it does not wait for the step');
  t.equal((await whole).status, 200);
});

t.test('when the engine’s thread dies, requests get a 500 and the exit is not 0', async (t) => {
  const server = await serveStub(t, [], { dieAtStep: 5 });
  await server.ready();
  const response = await complete(server, { max_tokens: 100 });
  t.equal(response.status, 500);
  t.match(await response.json(), { error: { code: 'engine_failed' } });
  t.equal(await server.exited, 1);
  t.match(server.output, /the engine has failed/);
});

t.test('what cannot be started says why', async (t) => {
  const open = await serveStub(t, ['--host', '0.0.0.0']);
  t.equal(await open.exited, 1);
  t.match(open.output, /--host 0\.0\.0\.0.*--api-key.*--insecure/s);
  const keyed = await serveStub(t, ['--host', '0.0.0.0'], {}, { KINGLET_API_KEY: 'secret' });
  await keyed.until('listening', () => keyed.output.includes('listens on'));
  const long = await serveStub(t, ['--max-model-len', '99999999']);
  t.equal(await long.exited, 1);
  t.match(long.output, /--max-model-len 99999999 is more than the model's context/);
  const flag = await serveStub(t, ['--threads', 'many']);
  t.equal(await flag.exited, 1);
  t.match(flag.output, /--threads: expected an integer/);
  const unknown = await serveStub(t, ['--no-such-flag']);
  t.equal(await unknown.exited, 1);
  t.match(unknown.output, /--no-such-flag/);
  const port = ['--port', new URL(keyed.origin).port];
  const taken = await serveStub(t, port, { loadMs: 3000 });
  t.equal(await taken.exited, 1);
  t.match(taken.output, /EADDRINUSE/);
  const addon = await serveStub(t, [], {}, { KINGLET_ADDON: '/nowhere/kinglet.node' });
  t.equal(await addon.exited, 1);
  t.match(addon.output, /KINGLET_ADDON/);
});
