import t from 'tap';
import { AdmissionQueue } from '../../../src/engine/admission-queue.js';

t.test('places and what waits for them', (t) => {
  const queue = new AdmissionQueue(4);
  t.same(queue.length, { places: 4, requests: 0, tokens: 0 });
  queue.enter(1, { samples: 1, promptTokens: 10 });
  t.same(queue.length, { places: 3, requests: 0, tokens: 0 }, 'it will have a place');
  queue.enter(2, { samples: 8, promptTokens: 20 });
  t.same(queue.length, { places: -5, requests: 0, tokens: 0 }, 'some of its samples will');
  queue.enter(3, { samples: 1, promptTokens: 40 });
  queue.enter(4, { samples: 1, promptTokens: 80 });
  t.same(queue.length, { places: -5, requests: 2, tokens: 120 });

  queue.start(1);
  queue.start(1);
  t.same(queue.length, { places: -5, requests: 2, tokens: 120 }, 'started once');
  queue.leave(2);
  t.same(queue.length, { places: 1, requests: 0, tokens: 0 }, 'it left before it started');
  queue.start(3);
  queue.leave(3);
  queue.leave(3);
  queue.start(3);
  queue.leave(99);
  t.same(queue.length, { places: 2, requests: 0, tokens: 0 });
  queue.leave(4);
  queue.leave(1);
  t.same(queue.length, { places: 4, requests: 0, tokens: 0 });
  t.end();
});

/** How many of `count` waiting requests a look at the queue reads. */
function readsOf(count: number): number {
  const queue = new AdmissionQueue(4);
  let reads = 0;
  for (let key = 0; key < count; key++) {
    queue.enter(key, {
      promptTokens: 7,
      get samples() {
        reads++;
        return 1;
      },
    });
  }
  t.same(queue.length, { places: 0, requests: count - 4, tokens: 7 * (count - 4) });
  return reads;
}

t.test('looking at a long queue costs what looking at a short one costs', (t) => {
  t.equal(readsOf(10), 4);
  t.equal(readsOf(10_000), 4);
  t.end();
});
