import t from 'tap';
import { passAtK } from '../../../src/statistics/pass-at-k.js';
import { near } from './near.js';

/** The share of the subsets of k samples that hold one of the first `right`. */
function byEnumeration(n: number, right: number, k: number): number {
  let subsets = 0;
  let passing = 0;
  for (let chosen = 0; chosen < 2 ** n; chosen++) {
    const members = Array.from({ length: n }, (_, i) => i).filter((i) => (chosen >> i) % 2 === 1);
    if (members.length !== k) continue;
    subsets++;
    if (members.some((i) => i < right)) passing++;
  }
  return passing / subsets;
}

t.test('all subsets', async (t) => {
  for (let n = 1; n <= 7; n++) {
    for (let right = 0; right <= n; right++) {
      for (let k = 1; k <= n; k++) {
        const found = passAtK(n, right, k);
        const wanted = byEnumeration(n, right, k);
        t.ok(Math.abs(found - wanted) < 1e-15, `pass@${k} of ${n}, ${right} right: ${found}`);
      }
    }
  }
});

t.test('pass@1 is the mean accuracy', async (t) => {
  for (const [n, right] of [
    [200, 3],
    [64, 63],
    [1000, 500],
  ] as const) {
    near(t, passAtK(n, right, 1), right / n, 1e-12, `${right} of ${n}`);
  }
});

t.test('more samples than factorials of doubles', async (t) => {
  // Python: float(1 - Fraction(comb(1990, 100), comb(2000, 100))).
  near(t, passAtK(2000, 10, 100), 0.40197398173680804, 1e-13, 'ten of 2000');
  t.equal(passAtK(2000, 1901, 100), 1, 'no hundred are wrong');
  t.equal(passAtK(2000, 0, 2000), 0);
});

t.test('what has no estimate is refused', async (t) => {
  for (const [n, right, k] of [
    [4, 1, 5],
    [4, 1, 0],
    [4, 5, 1],
    [4, -1, 1],
    [4, 1.5, 1],
    [0, 0, 0],
    [NaN, 1, 1],
  ] as const) {
    t.throws(() => passAtK(n, right, k), RangeError, `pass@${k} of ${n}, ${right} right`);
  }
});
