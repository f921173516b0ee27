import t from 'tap';
import { logGamma, stirlingError } from '../../../src/statistics/gamma.js';
import { near } from './near.js';

t.test('the logarithm of gamma', async (t) => {
  // mpmath 1.3 with 40 digits, as doubles: loggamma(mpf(x)).
  for (const [x, wanted] of [
    [0.001, 6.907178885383853],
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [1.5, -0.12078223763524522],
    [2.5, 0.2846828704729192],
    [9.75, 12.242204940050762],
    [10, 12.801827480081469],
    [25.5, 56.389167643719944],
    [1000, 5905.220423209181],
    [1e6, 12815504.569147611],
  ] as const) {
    near(t, logGamma(x), wanted, 3e-15, `of ${x}`);
  }
  t.ok(Math.abs(logGamma(1)) < 1e-14);
  t.ok(Math.abs(logGamma(2)) < 1e-14);
});

t.test('factorials', async (t) => {
  let factorial = 1;
  for (let n = 3; n <= 170; n++) {
    factorial *= n - 1;
    near(t, logGamma(n), Math.log(factorial), 3e-15, `of ${n}`);
  }
});

t.test("what Stirling's formula misses has no step where its series begins", async (t) => {
  near(t, stirlingError(10 - 1e-9), stirlingError(10 + 1e-9), 3e-10, 'around 10');
  near(t, stirlingError(1e9), 1 / 12e9, 1e-15, 'far out');
});
