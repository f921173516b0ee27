import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { ReaderStall } from '../../../src/server/reader-stall.js';

function start(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let hungUp = 0;
  const stall = new ReaderStall(1000, () => hungUp++);
  return { stall, hungUp: () => hungUp };
}

t.test('what is not taken in time ends the connection, once', async (t) => {
  const { stall, hungUp } = start(t);
  mock.timers.tick(5000);
  t.equal(hungUp(), 0, 'nothing waits');
  stall.wrote();
  mock.timers.tick(600);
  stall.wrote();
  mock.timers.tick(399);
  t.equal(hungUp(), 0);
  t.match(stall.failure(), { code: 'cancelled', message: 'The client has gone.' });
  mock.timers.tick(1);
  t.equal(hungUp(), 1, 'a second after the first, though more was written');
  const cause = new Error('closed');
  t.match(stall.failure(cause), {
    code: 'reader_stalled',
    message: 'The client took nothing for 1 s.',
    cause,
  });
  mock.timers.tick(5000);
  t.equal(hungUp(), 1);
});

t.test('as long as one after the other is taken, nothing stalls', async (t) => {
  const { stall, hungUp } = start(t);
  for (let i = 0; i < 5; i++) stall.wrote();
  for (let i = 0; i < 4; i++) {
    mock.timers.tick(999);
    stall.taken();
  }
  mock.timers.tick(999);
  t.equal(hungUp(), 0);
  stall.taken();
  mock.timers.tick(5000);
  t.equal(hungUp(), 0, 'all was taken');
  stall.wrote();
  mock.timers.tick(1000);
  t.equal(hungUp(), 1, 'the next one has its own second');
});
