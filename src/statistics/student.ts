import { betaQuantile } from './beta.js';

/** With so many degrees of freedom the distribution is the normal one, as far as doubles tell. */
const NORMAL_FROM = 2 ** 52;

/**
 * The t that a variable of Student's distribution with `freedom` degrees of freedom (above 0;
 * Infinity: the normal distribution) is below with probability p. By x = df / (df + t²), of which
 * I_x(df / 2, 1 / 2) is the mass of both tails (Abramowitz and Stegun 26.7.1). Relative error 1e-12;
 * Infinity where t² / df is above every double. Throws where p or `freedom` is out of its range.
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`no value of Student's has ${p} below it`);
  if (!(freedom > 0)) throw new RangeError(`${freedom} are no degrees of freedom`);
  const df = Math.min(freedom, NORMAL_FROM);
  const tails = 2 * Math.min(p, 1 - p);
  const size = Math.sqrt(df * oddsOf(tails, df));
  return p < 0.5 ? -size : size;
}

/** t² / df: whichever of x and 1 - x is small is the one that can be exact. */
function oddsOf(tails: number, df: number): number {
  const rest = betaQuantile(1 - tails, 0.5, df / 2, tails);
  if (rest < 0.5) return rest / (1 - rest);
  const x = betaQuantile(tails, df / 2, 0.5);
  return (1 - x) / x;
}
