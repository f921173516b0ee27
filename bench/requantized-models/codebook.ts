/** The values that the 4-bit codes of iq4_nl and iq4_xs stand for, as native/quant/iq_quants.h says. */
import { bestScale } from './best-scale.js';

const VALUES = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** What a code stands for. */
export const codebookValue = (code: number): number => VALUES[code]!;

/** Halves from -128 on: no value, and nothing in the middle of two, lies between two of them. */
const NEAREST = Uint8Array.from({ length: 4 * 128 }, (_, half) => {
  const middle = half / 2 - 128 + 0.25;
  const distances = VALUES.map((value) => Math.abs(value - middle));
  return distances.indexOf(Math.min(...distances));
});

/** The code that stands for the nearest value to a weight by the scale. */
export const codebookCode = (ratio: number): number =>
  NEAREST[Math.min(NEAREST.length - 1, Math.max(0, Math.floor(2 * ratio) + 256))]!;

/** The scale under which values are near to the weights. */
export const codebookScale = (weights: Float32Array): number =>
  bestScale(weights, codebookValue(0), (ratio) => codebookValue(codebookCode(ratio)));
