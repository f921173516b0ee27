/** Who may ask, and how much: keys, Host and Origin, limits, errors before a route. */
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { openaiErrors } from '../support/openai-schema.js';
import { lastBody } from '../support/raw-socket.js';
import { MODEL, testServer, type TestServer } from '../support/test-server.js';

const CHAT = '/v1/chat/completions';
const BODY = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };

async function listen(t: Test, server: TestServer, host = '127.0.0.1'): Promise<number> {
  await server.app.listen({ host, port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  t.ok(port > 0);
  return port;
}

/** Sends bytes and returns everything that comes back until the server hangs up. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => (answer += text)).on('error', () => {});
  socket.write(request);
  await once(socket, 'close');
  return answer;
}

t.test('several API keys; probes need none', async (t) => {
  const server = await testServer(t, { config: { apiKeys: ['first-key', 'second-key'] } });
  const get = (url: string, authorization?: string) =>
    server.app.inject({ url, ...(authorization !== undefined && { headers: { authorization } }) });
  for (const url of ['/v1/models', '/metrics', '/version', '/tokenizer_info', '/nowhere']) {
    const response = await get(url);
    t.equal(response.statusCode, 401, url);
    t.equal(response.headers['www-authenticate'], 'Bearer');
    t.match(response.json(), { error: { code: 'invalid_api_key', type: 'authentication_error' } });
    t.strictSame(openaiErrors('ErrorResponse', response.json()), []);
  }
  for (const url of ['/health', '/ready']) t.equal((await get(url)).statusCode, 200, url);
  for (const key of ['first-key', 'second-key']) {
    t.equal((await get('/v1/models', `Bearer ${key}`)).statusCode, 200, key);
    t.equal((await get('/v1/models', `bearer ${key}`)).statusCode, 200, 'the scheme has no case');
  }
  for (const wrong of ['Bearer first-ke', 'Bearer first-key2', 'Bearer ', 'first-key', 'Basic x']) {
    const response = await get('/v1/models', wrong);
    t.equal(response.statusCode, 401, wrong);
    t.notMatch(response.body, 'first-ke', 'the key is not repeated');
  }
  const posted = await server.app.inject({ method: 'POST', url: CHAT, payload: '{"broken' });
  t.equal(posted.statusCode, 401, 'before the body is looked at');
});

t.test('each key has a prefix cache of its own', async (t) => {
  const server = await testServer(t, { config: { apiKeys: ['one', 'two'] } });
  const cached = async (key: string) => {
    const response = await server.app.inject({
      method: 'POST',
      url: CHAT,
      headers: { authorization: `Bearer ${key}` },
      payload: BODY,
    });
    return response.json<{ usage: { prompt_tokens_details: { cached_tokens: number } } }>().usage
      .prompt_tokens_details.cached_tokens;
  };
  t.equal(await cached('one'), 0);
  t.equal(await cached('one'), 16);
  t.equal(await cached('two'), 0, 'what another asked cannot be told from the time');
  t.equal(await cached('two'), 16);
});

t.test('on loopback the Host must be a name of this machine', async (t) => {
  const server = await testServer(t, { config: { allowedHosts: ['pi.local'] } });
  const status = async (host: string) =>
    (await server.app.inject({ url: '/v1/models', headers: { host } })).statusCode;
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]:80', 'Pi.local:8080']) {
    t.equal(await status(host), 200, host);
  }
  for (const host of ['evil.example', 'localhost.evil.example', 'pi.local.evil', '10.0.0.1']) {
    t.equal(await status(host), 403, host);
  }
  const response = await server.app.inject({ url: '/health', headers: { host: 'evil.example' } });
  t.match(response.json(), { error: { code: 'forbidden_host', type: 'permission_error' } });

  const open = await testServer(t, { config: { host: '0.0.0.0', insecure: true } });
  const any = await open.app.inject({ url: '/v1/models', headers: { host: 'box.example' } });
  t.equal(any.statusCode, 200, 'not checked where other machines are meant to come');
  const named = await testServer(t, {
    config: { host: '0.0.0.0', insecure: true, allowedHosts: ['pi.local'] },
  });
  const other = await named.app.inject({ url: '/v1/models', headers: { host: 'box.example' } });
  t.equal(other.statusCode, 403, 'but where --allowed-host is given');
});

t.test('pages of other origins are refused unless let in', async (t) => {
  const server = await testServer(t, { config: { corsOrigins: ['https://chat.example'] } });
  const ask = (origin: string, more: object = {}) =>
    server.app.inject({ url: '/v1/models', headers: { origin, host: 'localhost' }, ...more });
  const good = await ask('https://chat.example');
  t.equal(good.statusCode, 200);
  t.match(good.headers, {
    'access-control-allow-origin': 'https://chat.example',
    vary: 'origin',
    'access-control-expose-headers': /x-request-id/,
  });
  for (const origin of [
    'https://evil.example',
    'http://chat.example',
    'null',
    'http://localhost:3000',
    'ftp://localhost',
    'http://localhost.evil.example',
  ]) {
    const response = await ask(origin);
    t.equal(response.statusCode, 403, origin);
    t.match(response.json(), { error: { code: 'forbidden_origin' } });
    t.notOk('access-control-allow-origin' in response.headers);
  }
  const preflight = await ask('https://chat.example', {
    method: 'OPTIONS',
    url: CHAT,
    headers: {
      origin: 'https://chat.example',
      host: 'localhost',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-os',
    },
  });
  t.equal(preflight.statusCode, 204);
  t.match(preflight.headers, {
    'access-control-allow-methods': /POST/,
    'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
  });
  const streamed = await ask('https://chat.example', {
    method: 'POST',
    url: CHAT,
    payload: { ...BODY, stream: true },
  });
  t.equal(streamed.headers['access-control-allow-origin'], 'https://chat.example', 'streams too');
  const off = await testServer(t);
  const refused = await off.app.inject({
    url: '/v1/models',
    headers: { origin: 'http://localhost:3000', host: 'localhost' },
  });
  t.equal(refused.statusCode, 403, 'off unless told otherwise');
  const all = await testServer(t, { config: { corsOrigins: ['*'] } });
  const anyone = await all.app.inject({ url: '/v1/models', headers: { origin: 'https://a.b' } });
  t.equal(anyone.statusCode, 200);
});

t.test('a page of the server itself is no other origin', async (t) => {
  const server = await testServer(t);
  const ask = async (server: TestServer, origin: string, host: string, key?: string) =>
    (
      await server.app.inject({
        url: '/v1/models',
        headers: { origin, host, ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      })
    ).statusCode;
  t.equal(await ask(server, 'http://localhost', 'localhost'), 200);
  t.equal(await ask(server, 'http://localhost:8080', 'LOCALHOST:8080'), 200);
  t.equal(await ask(server, 'https://127.0.0.1:8080', '127.0.0.1:8080'), 200, 'behind TLS');
  t.equal(await ask(server, 'http://[::1]:8080', '[::1]:8080'), 200);
  t.equal(await ask(server, 'http://localhost:80', 'localhost'), 200, 'a default port is none');
  t.equal(await ask(server, 'http://localhost', '127.0.0.1'), 403);
  t.equal(await ask(server, 'http://localhost:8081', 'localhost:8080'), 403);
  t.equal(await ask(server, 'http://evil.example', 'evil.example'), 403, 'the host is checked too');
  const open = await testServer(t, { config: { host: '0.0.0.0', insecure: true } });
  t.equal(await ask(open, 'http://localhost:8080', 'localhost:8080'), 200);
  t.equal(
    await ask(open, 'http://rebound.example', 'rebound.example'),
    403,
    'a name that nobody has vouched for may be rebound',
  );
  const keyed = await testServer(t, { config: { host: '0.0.0.0', apiKeys: ['key'] } });
  t.equal(await ask(keyed, 'https://box.example', 'box.example', 'key'), 200, 'unless a key does');
  t.equal(await ask(keyed, 'https://box.example', 'box.example'), 401);
});

t.test('the request id is taken over where it is sane, else made', async (t) => {
  const server = await testServer(t);
  const id = async (given?: string) =>
    (
      await server.app.inject({
        url: '/version',
        ...(given !== undefined && { headers: { 'x-request-id': given } }),
      })
    ).headers['x-request-id'];
  t.equal(await id('abc-123'), 'abc-123');
  t.match(await id(), /^req-[0-9a-f-]{36}$/);
  for (const bad of ['x'.repeat(129), 'a b', 'a\tb', '']) t.match(await id(bad), /^req-/, bad);
  const response = await server.app.inject({
    method: 'POST',
    url: CHAT,
    headers: { 'x-request-id': 'mine' },
    payload: BODY,
  });
  t.equal(response.headers['x-request-id'], 'mine');
  t.ok(server.log.some((line) => line['requestId'] === 'mine'));
  const failed = await server.app.inject({ url: '/nowhere', headers: { 'x-request-id': 'mine' } });
  t.equal(failed.headers['x-request-id'], 'mine', 'errors have it too');
});

t.test('what is wrong before a route is an error of the same shape', async (t) => {
  const server = await testServer(t);
  const json = { 'content-type': 'application/json' };
  const post = (payload: string, headers: Record<string, string> = json, url = CHAT) =>
    server.app.inject({ method: 'POST', url, headers, payload });
  const cases: [response: Awaited<ReturnType<typeof post>>, status: number, code: string][] = [
    [await post('{"model": '), 400, 'invalid_json'],
    [await post(''), 400, 'invalid_json'],
    [await post('{"__proto__": {"a": 1}}'), 400, 'unknown_parameter'],
    [await post('{"constructor": {"prototype": 1}}'), 400, 'unknown_parameter'],
    [await post('[]'), 400, 'invalid_value'],
    [await post('5'), 400, 'invalid_value'],
    [await post('null'), 400, 'invalid_value'],
    [await post('{}', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type'],
    [await post('{}', { 'content-type': 'application/xml' }), 415, 'unsupported_media_type'],
    [await post('{}', {}), 415, 'unsupported_media_type'],
    [await post(`"${'x'.repeat(4 * 2 ** 20)}"`), 413, 'request_too_large'],
    [await server.app.inject('/v1/nothing'), 404, 'not_found'],
    [await post('{"broken', json, '/v1/nothing'), 404, 'not_found'],
    [await post('<a/>', { 'content-type': 'application/xml' }, '/v1/nothing'), 404, 'not_found'],
    [await post(`"${'x'.repeat(4 * 2 ** 20)}"`, json, '/v1/nothing'), 404, 'not_found'],
    [await post('{"broken', json, '/v1/models/x'), 405, 'method_not_allowed'],
    [
      await post('<a/>', { 'content-type': 'application/xml' }, '/health'),
      405,
      'method_not_allowed',
    ],
    [await server.app.inject(CHAT), 405, 'method_not_allowed'],
    [await post('{}', json, '/v1/models'), 405, 'method_not_allowed'],
    [await server.app.inject({ method: 'DELETE', url: CHAT }), 405, 'method_not_allowed'],
    [await server.app.inject('/v1/models/none'), 404, 'model_not_found'],
    [await server.app.inject('/v1/models/%ff'), 400, 'invalid_value'],
  ];
  for (const [response, status, code] of cases) {
    t.equal(response.statusCode, status, `${code} ${response.body.slice(0, 200)}`);
    t.match(response.json(), { error: { code } });
    t.strictSame(openaiErrors('ErrorResponse', response.json()), []);
    t.match(response.headers['x-request-id'], /^req-/, code);
  }
  t.equal((await server.app.inject(CHAT)).headers.allow, 'POST');
  t.equal((await server.app.inject({ method: 'HEAD', url: '/health' })).statusCode, 200);
});

t.test('an unexpected error says nothing and is logged', async (t) => {
  const server = await testServer(t);
  server.model.prompts.encode = () => Promise.reject(new Error('secret detail'));
  const payload = { model: MODEL, prompt: 'x', max_tokens: 1 };
  const response = await server.app.inject({ method: 'POST', url: '/v1/completions', payload });
  t.equal(response.statusCode, 500);
  t.match(response.json(), { error: { code: 'internal_error' } });
  t.notMatch(response.body, 'secret');
  t.ok(server.log.some((line) => JSON.stringify(line).includes('secret detail')));
});

t.test('limits of the socket', async (t) => {
  const server = await testServer(t, { config: { maxHeaderBytes: 4096 } });
  const port = await listen(t, server);
  const big = await raw(
    port,
    `GET /health HTTP/1.1\r\nhost: localhost\r\nx-big: ${'x'.repeat(5000)}\r\n\r\n`,
  );
  t.match(big, /^HTTP\/1\.1 431 /);
  t.match(lastBody(big), { error: { code: 'headers_too_large' } });
  const bad = await raw(port, 'HELLO\r\n\r\n');
  t.match(bad, /^HTTP\/1\.1 400 /);
  t.strictSame(openaiErrors('ErrorResponse', lastBody(bad)), []);
  const declared = await raw(
    port,
    'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n' +
      'content-length: 9999999999\r\n\r\n{',
  );
  t.match(declared, /^HTTP\/1\.1 413 /, 'refused before it is read');

  t.equal(server.app.server.keepAliveTimeout, 75_000);
});
