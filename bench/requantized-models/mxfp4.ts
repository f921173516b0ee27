/** Blocks of 32 floats of 4 bits under a power of two: OCP Microscaling Formats, MXFP4. */
import type { BlockCodec } from './codecs.js';
import { extremeOf } from './codes.js';
import { putCode, readCode, type Plane } from './planes.js';

const MAGNITUDES = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
const SIGN = 8;
const PLANES: readonly Plane[] = [{ begin: 1, bits: 4, run: 16 }];
const VALUES = 32;
/** Of the largest magnitude, and what the block's byte has for 1. */
const LARGEST_EXPONENT = 2;
const BIAS = 127;

function nearest(magnitude: number): number {
  const distances = MAGNITUDES.map((value) => Math.abs(value - magnitude));
  return distances.indexOf(Math.min(...distances));
}

export const MXFP4: BlockCodec = {
  decode(block, out) {
    const scale = 2 ** (block[0]! - BIAS);
    for (let i = 0; i < VALUES; i++) {
      const code = readCode(PLANES, block, i);
      const value = scale * MAGNITUDES[code % SIGN]!;
      out[i] = code < SIGN ? value : -value;
    }
  },
  encode(weights, block) {
    const extreme = Math.abs(extremeOf(weights));
    const exponent = extreme === 0 ? 0 : Math.floor(Math.log2(extreme)) - LARGEST_EXPONENT;
    block[0] = Math.min(254, Math.max(0, exponent + BIAS));
    const scale = 2 ** (block[0] - BIAS);
    for (let i = 0; i < VALUES; i++) {
      const code = nearest(Math.abs(weights[i]!) / scale);
      putCode(PLANES, block, i, code + (weights[i]! < 0 ? SIGN : 0));
    }
  },
};
