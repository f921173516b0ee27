/** Another server: its names, its refusals, its silence. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { KingletError } from '../../../src/errors.js';
import { withRetries } from '../../../src/eval/target/retries.js';
import { connect } from '../../../src/eval/target/url-target.js';

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Answers with the statuses, headers and bodies in turn; the last one goes on. */
async function serving(
  t: Test,
  answers: (readonly [status: number, body: unknown, headers?: Record<string, string>])[],
) {
  const heard: Heard[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      heard.push({ method, url, authorization: headers.authorization, body });
      const [status, answer, more = {}] = answers[Math.min(heard.length, answers.length) - 1]!;
      response.writeHead(status, more);
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const MODELS = [200, { data: [{ id: 'small' }, { id: 'other' }] }] as const;
const IMPATIENT = { seconds: 10, wait: async () => undefined };
const PLAIN = { apiKey: null, model: null, patience: IMPATIENT };

t.test('its first model is asked, with the key', async (t) => {
  const { heard, url } = await serving(t, [MODELS, [200, { ok: true }]]);
  const target = await connect({ ...PLAIN, url: `${url}/v1/`, apiKey: 'secret' });
  t.match(target, { model: 'small', isHere: true, identity: { url, model: 'small' } });
  t.strictSame(await target.post('/v1/completions', { prompt: 'ü' }), { ok: true });
  t.strictSame(heard, [
    { method: 'GET', url: '/v1/models', authorization: 'Bearer secret', body: '' },
    {
      method: 'POST',
      url: '/v1/completions',
      authorization: 'Bearer secret',
      body: '{"model":"small","prompt":"ü"}',
    },
  ]);
  await target.close();
});

t.test('another model, without asking for the list', async (t) => {
  const { heard, url } = await serving(t, [[200, {}]]);
  const target = await connect({ ...PLAIN, url: `${url}/proxy/v1`, model: 'mine' });
  await target.post('/tokenize', {});
  t.match(heard, [{ url: '/proxy/tokenize', body: '{"model":"mine"}', authorization: undefined }]);
  t.equal((await connect({ ...PLAIN, url: 'https://api.example/v1', model: 'm' })).isHere, false);
});

t.test('a busy server is asked again', async (t) => {
  const busy = [
    429,
    { error: { message: 'Full.', code: 'queue_full' } },
    { 'retry-after': '3' },
  ] as const;
  const { heard, url } = await serving(t, [busy, [503, 'starting'], MODELS]);
  const waits: number[] = [];
  const patience = { seconds: 100, wait: async (seconds: number) => waits.push(seconds) };
  t.equal((await connect({ ...PLAIN, url, patience })).model, 'small');
  t.equal(heard.length, 3);
  t.strictSame(waits, [3, 2]);
});

t.test('but not for ever, and not where it says no', async (t) => {
  const always = await serving(t, [
    [503, { error: { message: 'Loading.', code: 'model_loading' } }],
  ]);
  await t.rejects(connect({ ...PLAIN, url: always.url }), {
    code: 'model_loading',
    message: /503: Loading\./,
  });
  t.equal(always.heard.length, 6, 'ten seconds of waits of two');
  for (const [status, body, code, message] of [
    [
      400,
      { error: { message: 'No n.', code: 'invalid_value' } },
      'invalid_value',
      /v1\/models was answered with 400: No n\./,
    ],
    [400, { error: { message: 'No n.', code: 'bad_thing' } }, 'invalid_value', /No n/],
    [401, { error: 'key' }, 'invalid_api_key', /401: \{"error":"key"\}/],
    [404, 'Not Found', 'not_found', /404: Not Found/],
    [500, '<html>'.repeat(99), 'internal_error', /500: <html>.{0,300}$/],
    [200, 'no json', 'internal_error', /200: no json/],
    [200, { data: [] }, 'model_not_found', /lists no model/],
    [200, { object: 'list' }, 'invalid_value', /'data' must be a list/],
    [302, '', 'internal_error', /302/],
  ] as const) {
    const { url, heard } = await serving(t, [[status, body]]);
    await t.rejects(connect({ ...PLAIN, url }), { code, message }, String(message));
    t.equal(heard.length, 1);
  }
});

t.test('addresses at which nobody answers, or that are none', async (t) => {
  const { url } = await serving(t, [MODELS]);
  const closed = url.replace(/\d+$/, '1');
  await t.rejects(connect({ ...PLAIN, url: closed }), {
    message: /does not answer \(.*ECONNREFUSED/,
  });
  for (const wrong of ['127.0.0.1:8080', 'ftp://a/b', '', 'http://']) {
    await t.rejects(connect({ ...PLAIN, url: wrong }), { code: 'invalid_flag', message: /--url/ });
  }
});

t.test('a server that hangs up in the middle', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{');
    response.flushHeaders();
    setTimeout(() => response.destroy(), 10);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await t.rejects(connect({ ...PLAIN, url }), { message: /does not answer/ });
});

t.test('other errors are thrown at once', async (t) => {
  let calls = 0;
  const failing = (error: Error) => () => {
    calls++;
    return Promise.reject(error);
  };
  await t.rejects(withRetries(failing(new Error('bug')), IMPATIENT), /bug/);
  await t.rejects(
    withRetries(failing(new KingletError('engine_failed', 'Dead.')), IMPATIENT),
    /Dead/,
  );
  t.equal(calls, 2);
});
