import { mock } from 'node:test';
import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import t from 'tap';
import { SseBody } from '../../src/server/sse-body.js';

/** A reply whose socket takes everything, or nothing after `limit` bytes. */
function fakeReply(limit = Infinity) {
  const written: string[] = [];
  const headers: Record<string, unknown> = {};
  const raw = Object.assign(new PassThrough({ highWaterMark: 1 }), {
    headers,
    status: 0,
    setHeader(name: string, value: unknown) {
      headers[name] = value;
    },
    writeHead(status: number) {
      this.status = status;
    },
    flushHeaders() {},
  });
  raw.on('data', (chunk: Buffer) => {
    written.push(chunk.toString());
    if (written.join('').length > limit) raw.pause();
  });
  const reply = { raw, hijack() {}, getHeaders: () => ({ 'x-request-id': 'r', gone: undefined }) };
  return { raw, written, reply: reply as unknown as FastifyReply };
}

t.test('headers are copied and sent at once, events and pings follow', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { raw, written, reply } = fakeReply();
  const stream = SseBody.open(reply, new AbortController().signal, 60);
  t.equal(raw.status, 200);
  t.strictSame(raw.headers, {
    'x-request-id': 'r',
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  await stream.send(`{"a":1}`);
  await stream.send('[DONE]');
  mock.timers.tick(15_000);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(written.join(''), 'data: {"a":1}\n\ndata: [DONE]\n\n: ping\n\n', 'within 15 s');
  stream.end();
  mock.timers.tick(60_000);
  t.notMatch(written.slice(3).join(''), 'ping', 'none after the end');
});

t.test('a send waits for the reader, and ends when it goes', async (t) => {
  const { raw, reply } = fakeReply(0);
  const controller = new AbortController();
  const stream = SseBody.open(reply, controller.signal, 60);
  await stream.send('one').catch(() => {});
  let settled = false;
  const pending = stream.send('x'.repeat(100)).finally(() => (settled = true));
  pending.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.notOk(settled);
  controller.abort();
  await t.rejects(pending, { code: 'cancelled' });
  await t.rejects(stream.send('more'), { code: 'cancelled' });
  t.equal(raw.listenerCount('drain'), 0, 'no listener is left');
  stream.end();
});

t.test('a reader who takes nothing for too long is given up', async (t) => {
  const { raw, reply } = fakeReply(0);
  const stream = SseBody.open(reply, new AbortController().signal, 0.05);
  await stream.send('one').catch(() => {});
  await t.rejects(stream.send('two'), { code: 'reader_stalled' });
  t.ok(raw.destroyed);
  stream.end();
});
