import { studentQuantile } from './student.js';

/**
 * An estimate, and the interval that covers what is estimated in `level` of all experiments. In the
 * unit of the values; low <= mean <= high, and all are finite.
 */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What values can be. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

const ACCURACIES: Bounds = { least: 0, most: 1 };
const DIFFERENCES: Bounds = { least: -1, most: 1 };

/**
 * Wilson's score interval of a proportion (J. Am. Stat. Assoc. 22, 1927), for independent trials such
 * as one answer to each question; right down to none and up to all of them. Without trials there is
 * no estimate: undefined. Throws where the numbers count nothing, or `level` isn't between 0 and 1.
 */
export function wilson(successes: number, trials: number, level = 0.95): Interval | undefined {
  if (!(successes >= 0 && successes <= trials && trials < Infinity)) {
    throw new RangeError(`${successes} of ${trials} is no proportion`);
  }
  const z = studentQuantile(probabilityBelow(level), Infinity);
  if (trials === 0) return undefined;
  const low = wilsonBelow(successes, trials, z);
  const high = 1 - wilsonBelow(trials - successes, trials, z);
  return { mean: successes / trials, low, high };
}

/**
 * The lower limit: the smaller p with (successes / n - p)² = z² p (1 - p) / n. Of the equation's
 * solutions the larger one is computed, which their product turns into the smaller: nothing cancels.
 */
function wilsonBelow(successes: number, n: number, z: number): number {
  const spread = z * Math.sqrt((successes * (n - successes)) / n + (z * z) / 4);
  const larger = successes + (z * z) / 2 + spread;
  return (successes * (successes / n)) / larger;
}

/**
 * The mean and Student's interval of independent values, such as a question's share of right samples:
 * samples of one question depend on each other, questions don't. The interval ends where values do,
 * at `bounds`. One value tells nothing of the spread: its interval is all that is possible; no value
 * has no mean: undefined. Values that are all the same have an interval without width: where there is
 * one sample a question, `wilson` says more. Throws for a value out of `bounds`, or such a `level`.
 */
export function meanInterval(
  values: readonly number[],
  level = 0.95,
  bounds: Bounds = ACCURACIES,
): Interval | undefined {
  const { least, most } = bounds;
  const wrong = values.find((value) => !(value >= least && value <= most));
  if (wrong !== undefined) throw new RangeError(`${wrong} isn't between ${least} and ${most}`);
  const below = probabilityBelow(level);
  const n = values.length;
  if (n === 0) return undefined;
  const mean = clamp(sum(values) / n, bounds);
  if (n === 1) return { mean, low: least, high: most };
  const variance = sum(values.map((value) => (value - mean) ** 2)) / (n - 1);
  const half = studentQuantile(below, n - 1) * Math.sqrt(variance / n);
  return { mean, low: clamp(mean - half, bounds), high: clamp(mean + half, bounds) };
}

/**
 * The mean of a - b and its interval, where a[i] and b[i] are of the same question: what makes a
 * question hard for both falls out. As `meanInterval` otherwise; differences of accuracies unless
 * `bounds` says more. Throws where the lists aren't of one length.
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  level = 0.95,
  bounds: Bounds = DIFFERENCES,
): Interval | undefined {
  if (a.length !== b.length) throw new RangeError(`${a.length} values in pairs with ${b.length}`);
  const differences = a.map((value, i) => value - (b[i] ?? NaN));
  return meanInterval(differences, level, bounds);
}

/** Of a two-sided interval's upper limit. */
function probabilityBelow(level: number): number {
  if (level > 0 && level < 1) return (1 + level) / 2;
  throw new RangeError(`${level} is no level of confidence`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function clamp(value: number, { least, most }: Bounds): number {
  return Math.min(most, Math.max(least, value));
}
