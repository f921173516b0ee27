import t from 'tap';
import { LaneQueue } from '../../../src/prompts/lane-queue.js';

t.test('jobs come out in the order in which they are due', (t) => {
  const queue = new LaneQueue<string>(1e9, 100);
  queue.push('long, first', 1024 * 500, 0);
  queue.push('short, 100 ms later', 10, 100);
  queue.push('long, after the first is due', 1024 * 500, 600);
  queue.push('short, but too late to pass the first long one', 10, 501);
  t.strictSame(
    Array.from({ length: 5 }, () => queue.shift()),
    [
      'short, 100 ms later',
      'long, first',
      'short, but too late to pass the first long one',
      'long, after the first is due',
      undefined,
    ],
  );
  t.end();
});

t.test('jobs of the same weight keep their order', (t) => {
  const queue = new LaneQueue<number>(1e9, 100);
  for (let i = 0; i < 10; i++) queue.push(i, 100, 0);
  t.strictSame(
    Array.from({ length: 10 }, () => queue.shift()),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  t.end();
});

t.test('is bounded in bytes and in jobs', (t) => {
  const queue = new LaneQueue<string>(1000, 3);
  t.ok(queue.hasRoomFor(5000), 'a single job may be larger than the bound');
  queue.push('a', 600, 0);
  t.ok(queue.hasRoomFor(400));
  t.notOk(queue.hasRoomFor(401));
  queue.push('b', 1, 0);
  queue.push('c', 1, 0);
  t.notOk(queue.hasRoomFor(1), 'three jobs wait');
  t.equal(queue.bytes, 602);
  t.end();
});

t.test('a job that is taken out leaves its room', (t) => {
  const queue = new LaneQueue<string>(1000, 3);
  queue.push('a', 600, 0);
  queue.push('b', 300, 0);
  t.equal(queue.remove('a'), true);
  t.equal(queue.remove('a'), false, 'once');
  t.equal(queue.bytes, 300);
  t.strictSame(queue.drain(), ['b']);
  t.equal(queue.bytes, 0);
  t.equal(queue.length, 0);
  t.end();
});
