import { stirlingError } from './gamma.js';

/** The distribution's mass on both sides of a point: each exact, however small it is. */
interface Mass {
  readonly below: number;
  readonly above: number;
}

/**
 * The regularized incomplete beta function I_x(a, b): the probability that a Beta(a, b) variable is at
 * most x; 0 <= x <= 1, a > 0, b > 0. Relative error 1e-12 for a and b from 0.1 to 1e6, as far as x
 * itself is exact. Throws where x, a or b is no such number.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`there is no Beta variable of ${x}`);
  checkShape(a, b);
  return massAround(x, a, b).below;
}

/**
 * The x of which I_x(a, b) is p. Where p is close to 1, `above`, which is 1 - p, tells it exactly.
 * Relative error 1e-12 for a and b from 0.1 to 1e6. Throws where p, a or b is out of its range.
 */
export function betaQuantile(p: number, a: number, b: number, above = 1 - p): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`there is no Beta quantile for ${p}`);
  checkShape(a, b);
  if (p === 0) return 0;
  if (above === 0) return 1;
  const wanted = { below: p, above };
  return reaches(massAround(0.5, a, b), wanted)
    ? lowerQuantile(wanted, a, b)
    : 1 - lowerQuantile({ below: above, above: p }, b, a);
}

/** Whether as much as wanted is below, by the side that tells it more exactly. */
function reaches({ below, above }: Mass, wanted: Mass): boolean {
  return wanted.below < wanted.above ? below >= wanted.below : above <= wanted.above;
}

function checkShape(a: number, b: number): void {
  if (a > 0 && b > 0 && a + b < Infinity) return;
  throw new RangeError(`Beta(${a}, ${b}) is no distribution`);
}

function massAround(x: number, a: number, b: number): Mass {
  if (x === 0) return { below: 0, above: 1 };
  if (x === 1) return { below: 1, above: 0 };
  const y = 1 - x;
  const power = powerOverBeta(x, y, a, b);
  // The fraction converges fast on this side of the mean, and there its mass is not close to 1.
  if (x < (a + 1) / (a + b + 2)) {
    const below = Math.min(1, power / continuedFraction(x, y, a, b));
    return { below, above: 1 - below };
  }
  const above = Math.min(1, power / continuedFraction(y, x, b, a));
  return { below: 1 - above, above };
}

/**
 * x^a y^b / B(a, b). The main parts of Stirling's formula for B's gammas are put together with the
 * powers, so that no large numbers cancel: what is left is how far x is from the mean.
 */
function powerOverBeta(x: number, y: number, a: number, b: number): number {
  const mean = a / (a + b);
  const rest = b / (a + b);
  const beyond = x < 0.5 ? x - mean : rest - y;
  const scale = Math.sqrt((mean * b) / (2 * Math.PI));
  const missed = stirlingError(a + b) - stirlingError(a) - stirlingError(b);
  return scale * Math.exp(a * logRatio(x, mean, beyond) + b * logRatio(y, rest, -beyond) + missed);
}

/** log(value / mean), where their difference is known better than by their values. */
function logRatio(value: number, mean: number, difference: number): number {
  const change = difference / mean;
  return Math.abs(change) < 0.5 ? Math.log1p(change) : Math.log(value / mean);
}

/** Far more than a and b of 1e12 need. */
const MOST_TERMS = 1_000_000;

/** Bisection alone would need a hundred; Newton's steps are about six. */
const MOST_STEPS = 200;

/**
 * x^a y^b / (B(a, b) I_x(a, b)): the even part of the continued fraction of DLMF 8.17.22, in the form
 * of DiDonato and Morris (ACM Trans. Math. Softw. 18, 1992), where `ahead` keeps its digits near the
 * mean and near x = 1. By Lentz's method: from ratios of successive numerators, and of denominators.
 */
function continuedFraction(x: number, y: number, a: number, b: number): number {
  const ahead = x < 0.5 ? a - (a + b) * x : (a + b) * y - b;
  let value = (a / (a + 1)) * (ahead + 1);
  let numerators = value;
  let denominators = 0;
  for (let n = 1; n <= MOST_TERMS; n++) {
    const place = a + 2 * n - 1;
    const w = (n * (b - n) * x) / place;
    const top = (((a + n - 1) * x) / place) * (a + b + n - 1) * w;
    const term = n + w + ((a + n) / (place + 2)) * (ahead + 1 + n * (1 + y));
    numerators = term + top / numerators;
    denominators = 1 / (term + top * denominators);
    const change = numerators * denominators;
    value *= change;
    if (Math.abs(change - 1) < 4 * Number.EPSILON) return value;
  }
  throw new RangeError(`Beta(${a}, ${b}) is too narrow to be computed`);
}

/** The quantile where it is at most 1/2, by Newton's steps within a bracket. */
function lowerQuantile(wanted: Mass, a: number, b: number): number {
  let low = 0;
  let high = 0.5;
  let x = Math.min(high, a / (a + b));
  for (let step = 0; step < MOST_STEPS; step++) {
    const mass = massAround(x, a, b);
    if (reaches(mass, wanted)) high = x;
    else low = x;
    // The slope of the mass over log x; missing / slope is the step that log x takes.
    const slope = powerOverBeta(x, 1 - x, a, b) / (1 - x);
    let next = x * Math.exp(missing(mass, wanted) / slope);
    if (!(next >= low && next <= high)) next = between(low, high);
    if (Math.abs(next - x) <= 2 * Number.EPSILON * x) return next;
    x = next;
  }
  return x;
}

/** By powers of ten, as quantiles go down to the least double. */
function between(low: number, high: number): number {
  return low === 0 ? high * high : Math.sqrt(low) * Math.sqrt(high);
}

/** How much mass is missing below, by logarithms: far from the mean log x is linear in that of mass. */
function missing({ below, above }: Mass, wanted: Mass): number {
  return wanted.below < wanted.above
    ? below * Math.log(wanted.below / below)
    : above * Math.log(above / wanted.above);
}
