/** How bench/accuracy compares distributions. */
import t from 'tap';
import {
  divergenceOf,
  klOf,
  mean,
  quantile,
  ratioOf,
  standardError,
} from '../../../bench/diverging/divergence.js';

const row = (...probabilities: number[]): Float32Array =>
  // Whatever is added to all logits changes nothing.
  Float32Array.from(probabilities, (p) => Math.log(p) + 3);

async function* rows(...all: Float32Array[]): AsyncGenerator<Float32Array> {
  for (const each of all) yield await Promise.resolve(each);
}

t.test('KL in nats', async (t) => {
  // 0.5 ln(0.5 / 0.25) + 0.25 ln(0.25 / 0.5) + 0.25 ln(0.25 / 0.25)
  const kl = klOf(row(0.5, 0.25, 0.25), row(0.25, 0.5, 0.25));
  t.ok(Math.abs(kl - 0.25 * Math.LN2) < 1e-6, String(kl));
  t.ok(Number.isNaN(klOf(row(0.5, 0.5), Float32Array.of(NaN, 0))));
});

t.test('row by row', async (t) => {
  const exact = [row(0.5, 0.3, 0.2), row(0.1, 0.2, 0.7)];
  const { kl, sameBest } = await divergenceOf(exact, rows(row(0.3, 0.5, 0.2), row(0.1, 0.2, 0.7)));
  t.strictSame(sameBest, [false, true]);
  t.ok((kl[0] ?? 0) > 0.05);
  t.ok(Math.abs(kl[1] ?? NaN) < 1e-6);
});

t.test('rows that are too few, too many or no numbers', async (t) => {
  const exact = [row(0.5, 0.5), row(0.5, 0.5)];
  const [one] = exact as [Float32Array];
  await t.rejects(divergenceOf(exact, rows(one)), {
    message: /^it gave the logits of 1 rows only/,
  });
  await t.rejects(divergenceOf(exact, rows(one, one, one)), { message: /^it gave more logits/ });
  await t.rejects(divergenceOf(exact, rows(one, Float32Array.of(NaN, 0))), {
    message: /^a logit of row 1 is not finite/,
  });
});

t.test('figures of many positions', async (t) => {
  t.equal(mean([1, 2, 6]), 3);
  t.equal(standardError([1, 3]), 1);
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  t.equal(quantile(values, 0.99), 99);
  t.equal(quantile(values, 1), 100);
  t.equal(quantile([7], 0.5), 7);
  t.strictSame(ratioOf([2, 4], [1, 2]), { ratio: 2, error: 0 }, 'twice as far at each position');
  const { ratio, error } = ratioOf([1, 3], [2, 2]);
  t.strictSame([ratio, error], [1, 0.5]);
});
