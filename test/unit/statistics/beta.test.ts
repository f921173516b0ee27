import t from 'tap';
import { betaQuantile, incompleteBeta } from '../../../src/statistics/beta.js';
import { randomSource } from '../../support/random.js';
import { near } from './near.js';

// mpmath 1.3 with 40 digits, as doubles: betainc(mpf(a), mpf(b), 0, mpf(x), regularized=True).
const KNOWN = [
  [0.25, 0.5, 0.5, 0.3333333333333333],
  [0.1, 2, 3, 0.052300000000000006],
  [0.9, 2, 3, 0.9963],
  [0.5, 8, 3, 0.0546875],
  [0.001, 0.1, 0.1, 0.2542416565886082],
  [0.01, 10, 0.5, 1.7700349655285743e-21],
  [0.75, 10, 0.5, 0.017806558607844636],
  [0.5, 150, 100, 0.0007405830665641274],
  [0.625, 1000, 500, 0.00038112751654018404],
  [0.6, 1000, 500, 4.7967341365663715e-8],
  [0.25, 0.1, 30, 0.9999971713080384],
  [0.9, 0.5, 0.1, 0.295166377948779],
  [0.999, 5000, 0.5, 0.0015615791602892834],
  [1e-5, 0.5, 1e5, 0.8427013118385188],
  // Where 1 - x and the mean's distance from 1 are small.
  [0.9999976264276558, 264316.9108526657, 0.24743370003582826, 0.12123799025991935],
] as const;

t.test('known values, and their quantiles', async (t) => {
  for (const [x, a, b, wanted] of KNOWN) {
    near(t, incompleteBeta(x, a, b), wanted, 1e-12, `I_${x}(${a}, ${b})`);
    near(t, incompleteBeta(1 - x, b, a), 1 - wanted, 1e-8, `I_${1 - x}(${b}, ${a})`);
    // A double close to 1 tells the rest of the mass with fewer digits.
    const share = wanted < 0.9 ? 1e-12 : 1e-10;
    near(t, betaQuantile(wanted, a, b), x, share, `quantile ${wanted} of (${a}, ${b})`);
  }
});

t.test('closed forms', async (t) => {
  for (const x of [1e-300, 1e-9, 0.1, 0.3, 0.5, 0.75, 0.999]) {
    near(t, incompleteBeta(x, 1, 1), x, 1e-12, `I_${x}(1, 1)`);
    near(t, incompleteBeta(x, 7, 1), x ** 7, 1e-12, `I_${x}(7, 1)`);
    near(t, incompleteBeta(x, 1, 7), -Math.expm1(7 * Math.log1p(-x)), 1e-12, `I_${x}(1, 7)`);
    const arcsine = (2 / Math.PI) * Math.asin(Math.sqrt(x));
    near(t, incompleteBeta(x, 0.5, 0.5), arcsine, 1e-12, `I_${x}(1/2, 1/2)`);
  }
  for (const a of [0.1, 1, 10, 1e4, 1e8, 1e12]) {
    near(t, incompleteBeta(0.5, a, a), 0.5, 1e-12, `I_1/2(${a}, ${a})`);
  }
});

t.test('both sides add up, and a quantile leads back, over many magnitudes', async (t) => {
  const random = randomSource(7);
  for (let i = 0; i < 1000; i++) {
    const [a, b] = [0.1 * 10 ** (7 * random()), 0.1 * 10 ** (7 * random())];
    const x = betaQuantile(random(), a, b);
    const both = incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a);
    // 1 - x is rounded, which moves the mass by as much as the density says.
    if (x > 1e-3 && x < 0.999) near(t, both, 1, 1e-10, `around ${x} of (${a}, ${b})`);
    const p = random() < 0.5 ? random() / 2 : 10 ** (-200 * random());
    const quantile = betaQuantile(p, a, b);
    t.ok(quantile >= 0 && quantile <= 1);
    if (quantile === 0 || quantile > 0.5) continue;
    near(t, incompleteBeta(quantile, a, b), p, 1e-10, `quantile ${p} of (${a}, ${b})`);
  }
});

t.test('the mass grows with x', async (t) => {
  for (const [a, b] of [
    [0.5, 3],
    [40, 0.5],
    [90, 110],
  ] as const) {
    let before = 0;
    for (let x = 0; x <= 1; x += 1 / 256) {
      const mass = incompleteBeta(x, a, b);
      t.ok(mass >= before && mass <= 1, `(${a}, ${b}) at ${x}`);
      before = mass;
    }
    t.equal(before, 1);
  }
});

t.test('the ends, and what is below every double', async (t) => {
  t.equal(incompleteBeta(0, 0.3, 4), 0);
  t.equal(incompleteBeta(1, 0.3, 4), 1);
  t.equal(betaQuantile(0, 1, 1e5), 0);
  t.equal(betaQuantile(1, 1, 1e5), 1);
  t.equal(betaQuantile(1e-5, 0.001, 1), 0, '1e-5000');
  t.equal(incompleteBeta(0.5, 1e5, 1), 0, '2^-1e5');
});

t.test('a tail that 1 - p cannot tell', async (t) => {
  near(t, 1 - betaQuantile(1, 1, 1, 1e-12), 1e-12, 1e-3, 'of (1, 1)');
  near(
    t,
    betaQuantile(1, 1, 1000, 1e-30),
    -Math.expm1(Math.log(1e-30) / 1000),
    1e-12,
    'of (1, 1000)',
  );
});

t.test('what is no distribution is refused', async (t) => {
  for (const [x, a, b] of [
    [-0.1, 1, 1],
    [1.1, 1, 1],
    [NaN, 1, 1],
    [0.5, 0, 1],
    [0.5, 1, -1],
    [0.5, NaN, 1],
    [0.5, 1, Infinity],
  ] as const) {
    t.throws(() => incompleteBeta(x, a, b), RangeError, `I_${x}(${a}, ${b})`);
    t.throws(() => betaQuantile(x, a, b), RangeError, `quantile ${x} of (${a}, ${b})`);
  }
  t.throws(() => incompleteBeta(0.5, 1e300, 1e300), /too narrow/);
});
