import { mock } from 'node:test';
import t from 'tap';
import type { WebSocket } from 'ws';
import { FrameSender } from '../../src/server/responses/frame-sender.js';

type Taken = (error?: Error) => void;

/** A socket that takes frames when told to; once terminated, what it holds fails. */
function fakeSocket() {
  const sent: string[] = [];
  const held: Taken[] = [];
  const socket = {
    terminated: 0,
    send: (frame: string, taken: Taken) => {
      sent.push(frame);
      held.push(taken);
    },
    terminate() {
      this.terminated++;
      for (const taken of held.splice(0)) taken(new Error('closed'));
    },
  };
  return { socket, sent, take: () => held.shift()?.(), sender: sender(socket) };
}

function sender(socket: object): FrameSender {
  return new FrameSender(socket as WebSocket, 1000);
}

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

t.test('a frame is sent when the socket has taken it', async (t) => {
  const { sent, take, sender } = fakeSocket();
  let settled = false;
  const pending = sender.send({ a: 1 }).then(() => (settled = true));
  await Promise.resolve();
  t.notOk(settled);
  take();
  await pending;
  t.same(sent, ['{"a":1}']);
});

t.test('a reader who takes one frame after the other is never given up', async (t) => {
  const { socket, take, sender } = fakeSocket();
  const frames = [1, 2, 3, 4].map((i) => sender.send({ i }));
  for (let i = 0; i < 4; i++) {
    mock.timers.tick(900);
    take();
  }
  await Promise.all(frames);
  mock.timers.tick(10_000);
  t.equal(socket.terminated, 0, 'nothing waits');
  const next = sender.send({});
  mock.timers.tick(900);
  t.equal(socket.terminated, 0, 'the clock begins with the frame');
  take();
  await next;
});

t.test('a reader who takes nothing is', async (t) => {
  const { socket, sender } = fakeSocket();
  const first = sender.send({});
  mock.timers.tick(600);
  const second = sender.send({});
  mock.timers.tick(399);
  t.equal(socket.terminated, 0);
  mock.timers.tick(1);
  t.equal(socket.terminated, 1, 'a frame that comes later gives no more time');
  await t.rejects(first, { code: 'reader_stalled' });
  await t.rejects(second, { code: 'reader_stalled' });
});

t.test('a socket that closes', async (t) => {
  const { socket, sender } = fakeSocket();
  const frame = sender.send({});
  socket.terminate();
  await t.rejects(frame, { code: 'cancelled' });
});
