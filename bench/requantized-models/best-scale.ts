/**
 * Scales for few codes. Of 3 bits the extreme weight is best moved, of 2 bits both extremes: what that
 * costs them, all others gain.
 */
import { codeOf, extremeOf } from './codes.js';

/** How much larger the scale is than the one under which the last code means the extreme weight. */
const STRETCHES = [0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2, 1.25];

/**
 * The scale of the least squared error among a few. `valueOf` is what the nearest code to a weight by
 * the scale stands for, `end` what the last one does.
 */
export function bestScale(
  weights: Float32Array,
  end: number,
  valueOf: (ratio: number) => number,
): number {
  const extreme = extremeOf(weights);
  let scale = 0;
  let most = 0;
  if (extreme === 0) return scale;
  for (const stretch of STRETCHES) {
    const tried = (extreme / end) * stretch;
    let dot = 0;
    let square = 0;
    for (const x of weights) {
      const value = valueOf(x / tried);
      dot += x * value;
      square += value * value;
    }
    // What these codes under the scale dot / square leave of the weights' square is less by this.
    const explained = (dot * dot) / square;
    if (explained > most) [scale, most] = [dot / square, explained];
  }
  return scale;
}

/** What codes are multiplied by, and what is then taken away: not below 0. */
export interface ScaleAndMinimum {
  readonly scale: number;
  readonly minimum: number;
}

/** Codes from 0 to `most` then mean the lowest and the highest weight. */
export function wholeRange(weights: Float32Array, most: number): ScaleAndMinimum {
  const lowest = weights.reduce((a, b) => Math.min(a, b), 0);
  const highest = weights.reduce((a, b) => Math.max(a, b));
  return { scale: (highest - lowest) / most, minimum: -lowest };
}

/** Of the least squared error among a few. */
export function bestScaleAndMinimum(weights: Float32Array, most: number): ScaleAndMinimum {
  const whole = wholeRange(weights, most);
  let best = whole;
  let explained = -Infinity;
  if (whole.scale === 0) return whole;
  for (const stretch of STRETCHES) {
    // As much is cut off, or added, on either side.
    const minimum = whole.minimum + ((stretch - 1) * whole.scale * most) / 2;
    const fit = regression(weights, minimum, whole.scale * stretch, most);
    if (fit.explained > explained) [best, explained] = [fit, fit.explained];
  }
  return best;
}

/**
 * Of the weights over their codes by a scale and a minimum. NaN where all codes are the same. What it
 * leaves of the weights' square is less by `explained`.
 */
function regression(
  weights: Float32Array,
  tried: number,
  step: number,
  most: number,
): ScaleAndMinimum & { readonly explained: number } {
  let [all, codes, dot, square] = [0, 0, 0, 0];
  for (const x of weights) {
    const code = codeOf(x + tried, step, 0, most);
    all += x;
    codes += code;
    dot += x * code;
    square += code * code;
  }
  const n = weights.length;
  const scale = (n * dot - codes * all) / (n * square - codes * codes);
  const minimum = (scale * codes - all) / n;
  if (minimum < 0) return { scale: dot / square, minimum: 0, explained: (dot * dot) / square };
  return { scale, minimum, explained: scale * dot - minimum * all };
}
