import t from 'tap';
import { meanInterval, pairedDifference, wilson } from '../../../src/statistics/intervals.js';
import { near } from './near.js';

/** The probability of exactly k of n. */
function binomial(n: number, k: number, p: number): number {
  let ways = 1;
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1);
  return ways * p ** k * (1 - p) ** (n - k);
}

t.test("Wilson's limits solve the score test's equation", async (t) => {
  const z = 1.9599639845400538;
  for (const n of [1, 2, 10, 500, 1319]) {
    for (const successes of [0, 1, Math.floor(n / 2), n - 1, n]) {
      const { mean, low, high } = wilson(successes, n)!;
      t.equal(mean, successes / n);
      t.ok(0 <= low && low <= mean && mean <= high && high <= 1, `${successes} of ${n}`);
      for (const limit of [low, high]) {
        const distance = Math.abs(mean - limit);
        const wanted = z * Math.sqrt((limit * (1 - limit)) / n);
        t.ok(Math.abs(distance - wanted) < 1e-14, `${successes} of ${n}: ${limit}`);
      }
    }
  }
});

t.test('none and all of them', async (t) => {
  const z2 = 1.9599639845400538 ** 2;
  const none = wilson(0, 10)!;
  t.equal(none.low, 0);
  near(t, none.high, z2 / (10 + z2), 1e-14, 'none of ten');
  const all = wilson(10, 10)!;
  t.equal(all.high, 1);
  near(t, all.low, 10 / (10 + z2), 1e-14, 'ten of ten');
  t.equal(wilson(0, 0), undefined);
});

t.test('a higher level has a wider interval', async (t) => {
  const [narrow, wide] = [wilson(30, 100, 0.8)!, wilson(30, 100, 0.99)!];
  t.ok(wide.low < narrow.low && narrow.high < wide.high);
  const [less, more] = [meanInterval([0, 0.5, 1], 0.5)!, meanInterval([0, 0.5, 1], 0.6)!];
  t.ok(more.low < less.low && less.high < more.high);
});

t.test('Wilson covers the truth about as often as it says', async (t) => {
  const n = 100;
  for (const p of [0.02, 0.1, 0.37, 0.5, 0.9]) {
    let covered = 0;
    for (let k = 0; k <= n; k++) {
      const { low, high } = wilson(k, n)!;
      if (low <= p && p <= high) covered += binomial(n, k, p);
    }
    t.ok(covered > 0.92 && covered < 0.99, `${p}: ${covered}`);
  }
});

t.test('the mean of accuracies', async (t) => {
  // Variance 0.25 / 3; Student's 0.975 with three degrees of freedom by mpmath, as in student.test.ts.
  const interval = meanInterval([0.25, 0.25, 0.75, 0.75])!;
  const half = 3.1824463052837095 * Math.sqrt(0.25 / 3 / 4);
  t.equal(interval.mean, 0.5);
  near(t, interval.low, 0.5 - half, 1e-12, 'low');
  near(t, interval.high, 0.5 + half, 1e-12, 'high');
});

t.test('an interval ends where values do', async (t) => {
  t.match(meanInterval([0.9, 1, 1]), { high: 1 });
  t.match(meanInterval([0.1, 0, 0]), { low: 0 });
  t.strictSame(meanInterval([1, 1, 1]), { mean: 1, low: 1, high: 1 });
  const milliseconds = meanInterval([900, 1100], 0.95, { least: 0, most: Infinity })!;
  near(t, milliseconds.high, 1000 + 12.706204736174692 * 100, 1e-12, 'of other bounds');
  t.equal(milliseconds.low, 0);
  const mean = meanInterval(Array<number>(7).fill(0.1))!;
  t.ok(mean.low <= mean.mean && mean.mean <= mean.high, 'rounded');
});

t.test('one value, and none', async (t) => {
  t.strictSame(meanInterval([0.3]), { mean: 0.3, low: 0, high: 1 });
  t.strictSame(pairedDifference([0.5], [0.75]), { mean: -0.25, low: -1, high: 1 });
  t.equal(meanInterval([]), undefined);
  t.equal(pairedDifference([], []), undefined);
});

t.test('pairs: what is hard for both falls out', async (t) => {
  const hardness = [0, 0.25, 0.5, 0.75];
  const better = [0.25, 0.375, 0.75, 0.875];
  const paired = pairedDifference(better, hardness)!;
  t.equal(paired.mean, 0.1875);
  t.ok(paired.low > 0, 'although each mean is uncertain');
  t.ok(meanInterval(better)!.low < meanInterval(hardness)!.mean);
  const back = pairedDifference(hardness, better)!;
  t.strictSame([back.mean, back.low, back.high], [-paired.mean, -paired.high, -paired.low]);
});

t.test('what has no interval is refused', async (t) => {
  for (const [successes, trials] of [
    [-1, 3],
    [4, 3],
    [NaN, 3],
    [1, NaN],
    [1, Infinity],
  ] as const) {
    t.throws(() => wilson(successes, trials), RangeError, `${successes} of ${trials}`);
  }
  for (const level of [0, 1, 95, NaN]) {
    t.throws(() => wilson(1, 2, level), RangeError, `${level}`);
    t.throws(() => meanInterval([0.5, 0.6], level), RangeError, `${level}`);
    t.throws(() => meanInterval([], level), RangeError, `${level} of none`);
  }
  for (const value of [-0.1, 1.1, NaN]) {
    t.throws(() => meanInterval([0.5, value]), RangeError, `${value}`);
  }
  t.throws(() => pairedDifference([1, 0], [1]), RangeError);
});
