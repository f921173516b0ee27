import t from 'tap';
import { studentQuantile } from '../../../src/statistics/student.js';
import { near } from './near.js';

t.test('known quantiles', async (t) => {
  // mpmath 1.3 with 40 digits, as doubles: by bisection the t with
  // betainc(df / 2, 1/2, 0, df / (df + t²), regularized=True) / 2 = 1 - p; of the normal distribution sqrt(2) erfinv(2 p - 1).
  for (const [p, df, wanted] of [
    [0.975, 0.5, 164.55767348048823],
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.75, 3.5, 0.7509370293940787],
    [0.975, 4, 2.7764451051977934],
    [0.9999999, 5, 39.34181962105261],
    [0.975, 10, 2.2281388519862744],
    [0.95, 29, 1.6991270265334972],
    [0.995, 99, 2.626405457280827],
    [0.9, 499, 1.2832504230098851],
    [0.975, 1318, 1.9617655127673148],
    [0.6, 100000, 0.2533477771571799],
    [0.6, Infinity, 0.2533471031357997],
    [0.75, Infinity, 0.6744897501960817],
    [0.9, Infinity, 1.2815515655446006],
    [0.95, Infinity, 1.6448536269514722],
    [0.975, Infinity, 1.9599639845400538],
    [0.995, Infinity, 2.5758293035489004],
    [0.9999, Infinity, 3.7190164854557084],
  ] as const) {
    near(t, studentQuantile(p, df), wanted, 1e-13, `${p} of ${df}`);
    near(t, studentQuantile(1 - p, df), -wanted, 1e-8, `${1 - p} of ${df}`);
  }
});

t.test('closed forms of one and two degrees of freedom, down to tiny tails', async (t) => {
  for (const p of [1e-150, 1e-20, 1e-5, 0.01, 0.2, 0.4999]) {
    near(t, studentQuantile(p, 1), -1 / Math.tan(Math.PI * p), 1e-12, `${p} of 1`);
    const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
    near(t, studentQuantile(p, 2), two, 1e-12, `${p} of 2`);
  }
});

t.test('with many degrees of freedom it nears the normal distribution from outside', async (t) => {
  const z = studentQuantile(0.975, Infinity);
  let before = Infinity;
  for (let df = 1; df < 1e17; df *= 10) {
    const quantile = studentQuantile(0.975, df);
    t.ok(quantile <= before && quantile >= z * (1 - 1e-15), `${df}`);
    // The first term of the expansion in 1 / df (Abramowitz and Stegun 26.7.5).
    if (df >= 1e4) near(t, quantile, z + (z ** 3 + z) / 4 / df, 5 / df ** 2 + 1e-15, `${df}`);
    before = quantile;
  }
});

t.test('the middle and the ends', async (t) => {
  t.equal(studentQuantile(0.5, 3), 0);
  t.equal(studentQuantile(1, 3), Infinity);
  t.equal(studentQuantile(0, 3), -Infinity);
  t.equal(studentQuantile(0, Infinity), -Infinity);
  t.equal(studentQuantile(1e-200, 1), -Infinity, 'its square is above every double');
});

t.test('what has no quantile is refused', async (t) => {
  for (const [p, df] of [
    [-0.1, 3],
    [1.1, 3],
    [NaN, 3],
    [0.5, 0],
    [0.5, NaN],
  ] as const) {
    t.throws(() => studentQuantile(p, df), RangeError, `${p} of ${df}`);
  }
});
