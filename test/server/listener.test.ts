/** What is below the routes: connections, upgrades and the HTTP parser, over raw sockets. */
import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { openaiErrors } from '../support/openai-schema.js';
import { frame, get, lastBody, post, statuses, WEBSOCKET } from '../support/raw-socket.js';
import { MODEL, testServer } from '../support/test-server.js';
import { listeningServer } from '../support/listening-server.js';
import { until } from '../support/until.js';

const CHAT = '/v1/chat/completions';
const BODY = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
const CLOSE = 'Connection: close\r\n';
/** What every JDK's HttpClient sends. */
const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' +
  'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n';

t.test('an offer of HTTP/2 is a plain request', async (t) => {
  const { open } = await listeningServer(t);
  const answered = (text: string, count: number, name: string) => {
    t.strictSame(statuses(text), Array<number>(count).fill(200), name);
    t.notMatch(text, /switching/i);
  };
  const request = post(CHAT, BODY, H2C);
  const end = request.indexOf('{');
  const cases: [name: string, pieces: string[], answers: number][] = [
    ['at once', [request], 1],
    ['the body apart', [request.slice(0, end), request.slice(end)], 1],
    ['byte by byte', [request.slice(0, 9), ...request.slice(9, 60), request.slice(60)], 1],
    ['three times on a connection', [request, request, request], 3],
    ['pipelined', [request + request + post(CHAT, BODY) + request], 4],
    ['without a body', [get('/v1/models', H2C)], 1],
    [
      'another protocol',
      [get('/health', 'Connection: upgrade\r\nUpgrade: foo/2, websocket\r\n')],
      1,
    ],
    ['websocket with a body', [post(CHAT, BODY, WEBSOCKET)], 1],
    [
      'in chunks',
      [
        `POST ${CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${H2C}` +
          'Transfer-Encoding: chunked\r\n\r\n',
        ...[JSON.stringify(BODY)].map((text) => `${text.length.toString(16)}\r\n${text}\r\n`),
        '0\r\n\r\n',
      ],
      1,
    ],
  ];
  for (const [name, pieces, answers] of cases) {
    const raw = await open();
    await raw.send(...pieces, get('/health', CLOSE));
    answered(await raw.ending(), answers + 1, name);
  }
  const invalid = await open();
  await invalid.send(post(CHAT, '{"broken', H2C));
  t.match(await invalid.until(/\}\}$/), /400 Bad Request/, 'its errors are answered too');
});

t.test('what a header holds comes through a declined upgrade', async (t) => {
  const { server, open } = await listeningServer(t);
  const seen: IncomingHttpHeaders[] = [];
  server.app.server.on('request', (request: IncomingMessage) => seen.push(request.headers));
  const raw = await open();
  const headers = H2C.replace('Upgrade, ', 'keep-alive, Upgrade ,');
  await raw.send(get('/health', `${headers}X-Odd: a\u00e9b\r\n`));
  t.match(await raw.until(/\}$/), /200 OK/);
  t.match(seen, [{ 'x-odd': 'a\u00e9b', connection: 'keep-alive', host: 'localhost' }]);
  t.strictSame(
    seen.map((each) => ['upgrade', 'http2-settings'].filter((name) => name in each)),
    [[]],
  );
});

t.test('a websocket elsewhere, or not as it must be, is an error of the usual shape', async (t) => {
  const { open } = await listeningServer(t);
  const cases: [path: string, headers: string, status: number, code: string][] = [
    ['/v1/models', WEBSOCKET, 404, 'not_found'],
    ['/health', WEBSOCKET, 404, 'not_found'],
    ['/v1/nothing', WEBSOCKET, 404, 'not_found'],
    [CHAT, WEBSOCKET, 404, 'not_found'],
    ['/v1/responses', WEBSOCKET.replace('13', '7'), 426, 'upgrade_required'],
    ['/v1/responses', WEBSOCKET.replace('dGhl', '!!!!'), 400, 'invalid_value'],
    ['/v1/responses', '', 426, 'upgrade_required'],
  ];
  for (const [path, headers, status, code] of cases) {
    const raw = await open();
    await raw.send(get(path, headers));
    const text = await raw.until(/\}\}$/);
    t.strictSame(statuses(text), [status], `${path} ${code}`);
    t.match(lastBody(text), { error: { code } });
    t.strictSame(openaiErrors('ErrorResponse', lastBody(text)), []);
    t.match(text, /x-request-id: req-/);
  }
  const good = await open();
  await good.send(get('/v1/responses', WEBSOCKET), frame('{"type":"response.create","input":"x"}'));
  t.match(await good.until(/response\.completed/), /101 Switching Protocols/);
});

t.test('what is no HTTP is answered once, with an id, and counted', async (t) => {
  const { server, open } = await listeningServer(t);
  const cases: [bytes: string, status: number, code: string][] = [
    ['HELLO\r\n\r\n', 400, 'invalid_value'],
    ['GET /v1/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'invalid_value'],
    ['GET /health HTTP/1.1\r\n\r\n', 400, 'invalid_value'],
    ['GET /health HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n', 400, 'invalid_value'],
    [
      `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [`${post(CHAT, 'x', 'Transfer-Encoding: chunked\r\n')}`, 400, 'invalid_value'],
    ['CONNECT a.b:443 HTTP/1.1\r\nHost: a.b\r\n\r\n', 405, 'method_not_allowed'],
  ];
  for (const [bytes, status, code] of cases) {
    const raw = await open();
    await raw.send(bytes);
    const text = await raw.until(/\}\}$/);
    await raw.send('more', 'GARBAGE\r\n\r\n');
    t.strictSame(statuses(text)[0], status, bytes.slice(0, 40));
    t.match(lastBody(text), { error: { code } });
    t.strictSame(openaiErrors('ErrorResponse', lastBody(text)), []);
    const [, id] = /x-request-id: (req-\S+)/.exec(text)!;
    const line = server.log.find((each) => each['requestId'] === id);
    t.match(line, { msg: 'request refused', status, code }, 'the log has it');
  }
  const { body } = await server.app.inject('/metrics');
  t.match(body, /kinglet_requests_refused_total\{[^}]*code="headers_too_large"[^}]*\} 1/);
});

t.test('broken bytes after a request do not spoil its answer', async (t) => {
  const { open } = await listeningServer(t, { fake: { next: () => 97 } });
  const streaming = await open();
  const long = { model: MODEL, prompt: 'x', max_tokens: 400, stream: true };
  await streaming.send(post('/v1/completions', long));
  await streaming.until(/data:/);
  await streaming.send('GARBAGE\r\n\r\n');
  t.strictSame(statuses(await streaming.ending()), [200], 'no second status line in a stream');

  const whole = await open();
  const request = post('/v1/completions', { model: MODEL, prompt: 'x', max_tokens: 5 });
  await whole.send(`${request}GARBAGE\r\n\r\n`);
  const text = await whole.ending();
  t.strictSame(statuses(text), [200], 'the answer belongs to the request');
  t.match(lastBody(text), { choices: [{ text: 'aaaaa' }] });

  const short = await open();
  await short.send(post(CHAT, BODY).replace(/Content-Length: \d+/, 'Content-Length: 10'));
  const told = await short.ending();
  t.strictSame(statuses(told), [400]);
  t.match(lastBody(told), { error: { code: 'invalid_json' } }, 'a length that is too small');
});

t.test('a body that is refused is read to its end, so that the answer arrives', async (t) => {
  const { open } = await listeningServer(t);
  const raw = await open();
  const large = post(CHAT, `"${'x'.repeat(5 * 2 ** 20)}"`);
  await raw.send(large, post('/v1/nothing', `"${'x'.repeat(2 ** 20)}"`), get('/health', CLOSE));
  t.strictSame(statuses(await raw.ending()), [413, 404, 200], 'and the connection goes on');
  const endless = await open();
  const head = large.slice(0, large.indexOf('"'));
  await endless.send(head.replace(/Content-Length: \d+/, 'Content-Length: 99999999999'));
  t.match(await endless.ending(), /413/);
  const packed = await open();
  await packed.send(post(CHAT, BODY, 'Content-Encoding: gzip\r\n'));
  t.match(await packed.until(/\}\}$/), /415 Unsupported/);
});

t.test('a body in pieces of a byte is one body', async (t) => {
  const { open } = await listeningServer(t);
  const text = JSON.stringify(BODY);
  const raw = await open();
  await raw.send(
    `POST ${CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${CLOSE}` +
      `Transfer-Encoding: chunked\r\n\r\n${[...text].map((c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`,
  );
  t.match(await raw.ending(), /"content":"Hello\."/);
});

t.test('silent connections make room for those that ask', async (t) => {
  const { server, open } = await listeningServer(t, { config: { maxConnections: 8 } });
  const silent = [];
  for (let i = 0; i < 60; i++) silent.push(await open());
  const asks = async (path: string) => {
    const raw = await open();
    await raw.send(get(path, CLOSE));
    return statuses(await raw.ending())[0];
  };
  t.equal(await asks('/health'), 200, 'at once');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  t.equal(await asks('/v1/models'), 200, 'one that has been silent for a second is closed for it');
  t.ok(silent.filter((raw) => raw.closed).length >= 20, 'the oldest have been closed');
  t.equal(server.app.connections.active, 0);
});

t.test('where all connections are busy, health is answered on some more', async (t) => {
  const { server, open } = await listeningServer(t, {
    config: { maxConnections: 3 },
    fake: { next: () => 97 },
  });
  const long = post('/v1/completions', {
    model: MODEL,
    prompt: 'x',
    max_tokens: 400,
    stream: true,
  });
  const busy = [await open(), await open(), await open()];
  for (const raw of busy) await (await raw.send(long)).until(/data:/);
  t.equal(server.app.connections.active, 3);
  const asks = async (path: string) => {
    const raw = await open();
    await raw.send(get(path));
    return raw.until(/\}$/);
  };
  const refused = await asks('/v1/models');
  t.match(refused, /503 Service Unavailable/);
  t.match(refused, /retry-after: \d/);
  t.match(lastBody(refused), { error: { code: 'too_many_connections' } });
  t.match(await asks('/health'), /200 OK/);
  t.match(await asks('/ready'), /200 OK/);
  for (const raw of busy) raw.socket.destroy();
  await until(() => server.app.connections.active < 3);
  t.match(await asks('/v1/models'), /200 OK/);
});

t.test('localhost is listened to under each of its addresses', async (t) => {
  const server = await testServer(t, { config: { host: 'localhost' } });
  await server.app.listen({ host: 'localhost', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  for (const { address, family } of await lookup('localhost', { all: true })) {
    const host = family === 6 ? `[${address}]` : address;
    let status = 0;
    for (let i = 0; i < 50 && status === 0; i++) {
      status = await fetch(`http://${host}:${port}/health`).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    t.equal(status, 200, host);
  }
});
