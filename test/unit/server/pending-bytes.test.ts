import t from 'tap';
import { PendingBytes } from '../../../src/server/pending-bytes.js';

const KIB = 1024;

t.test('what is held is bounded, with a share for small requests', async (t) => {
  const pending = new PendingBytes(1024 * KIB);
  const large = pending.hold();
  large.set(700 * KIB);
  const more = pending.hold();
  t.throws(() => more.set(100 * KIB), { code: 'queue_full', message: /--max-pending-bytes/ });
  t.equal(pending.used, 700 * KIB, 'a refusal changes nothing');
  const small = Array.from({ length: 5 }, () => pending.hold());
  for (const hold of small) hold.set(64 * KIB);
  t.throws(() => pending.hold().set(64 * KIB), { code: 'queue_full' });
  large.set(10);
  more.set(100 * KIB);
  for (const hold of [large, more, ...small]) hold.release();
  t.equal(pending.used, 0);
});

t.test('one alone is let in, and nothing beside it', async (t) => {
  const pending = new PendingBytes(1000);
  const hold = pending.hold();
  hold.set(5000);
  hold.set(9000);
  t.throws(() => pending.hold().set(1), { code: 'queue_full' });
  hold.release();
  hold.set(10);
  t.equal(pending.used, 0, 'what was released holds nothing again');
});
