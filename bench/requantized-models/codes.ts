/** From weights to the codes of a block. */

/** The weight of largest magnitude, with its sign. */
export function extremeOf(weights: Float32Array): number {
  let extreme = 0;
  for (const x of weights) if (Math.abs(x) > Math.abs(extreme)) extreme = x;
  return extreme;
}

/** The nearest code within bounds; 0 where the scale is. */
export function codeOf(weight: number, scale: number, least: number, most: number): number {
  if (scale === 0) return 0;
  return Math.min(most, Math.max(least, Math.round(weight / scale)));
}
