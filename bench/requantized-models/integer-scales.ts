/**
 * Blocks of 256 weights, whose sub-blocks have signed integer scales under one half: q3_k and q6_k, as
 * native/quant/k_quants.h says, and iq4_xs.
 */
import { bestScale } from './best-scale.js';
import { codebookCode, codebookScale, codebookValue } from './codebook.js';
import type { BlockCodec } from './codecs.js';
import { codeOf, extremeOf } from './codes.js';
import { readHalf, writeHalf } from './half.js';
import { putCode, readCode, type Plane } from './planes.js';

interface ScaledFormat {
  readonly planes: readonly Plane[];
  /** Weights under one integer scale. */
  readonly subBlock: number;
  /** Offset of the half that all of them are under. */
  readonly d: number;
  /** Integer scales are from here to one below as much above 0. */
  readonly leastScale: number;
  readonly readScale: (block: Uint8Array, sub: number) => number;
  readonly putScale: (block: Uint8Array, sub: number, scale: number) => void;
  /** What a code stands for, and the code of a weight by its scale. */
  readonly valueOf: (code: number) => number;
  readonly codeOf: (ratio: number) => number;
  /** What a sub-block's codes are best multiplied by. */
  readonly scaleOf: (weights: Float32Array) => number;
}

function codec(format: ScaledFormat): BlockCodec {
  const { planes, subBlock, leastScale } = format;
  return {
    decode(block, out) {
      const d = readHalf(block, format.d);
      for (let i = 0; i < 256; i++) {
        const scale = format.readScale(block, Math.floor(i / subBlock));
        out[i] = d * scale * format.valueOf(readCode(planes, block, i));
      }
    },
    encode(weights, block) {
      const scales = Float32Array.from({ length: 256 / subBlock }, (_, sub) =>
        format.scaleOf(weights.subarray(sub * subBlock, (sub + 1) * subBlock)),
      );
      const d = writeHalf(block, format.d, extremeOf(scales) / leastScale);
      for (const [sub, wanted] of scales.entries()) {
        const scale = codeOf(wanted, d, leastScale, -leastScale - 1);
        format.putScale(block, sub, scale);
        for (let i = sub * subBlock; i < (sub + 1) * subBlock; i++) {
          const ratio = d * scale === 0 ? 0 : weights[i]! / (d * scale);
          putCode(planes, block, i, format.codeOf(ratio));
        }
      }
    },
  };
}

/** Codes from 0 to twice `middle`, less one: that of zero is `middle`. */
function around(middle: number): Pick<ScaledFormat, 'valueOf' | 'codeOf'> {
  return {
    valueOf: (code) => code - middle,
    codeOf: (ratio) => codeOf(ratio, 1, -middle, middle - 1) + middle,
  };
}

/** Where the low four bits and the high two of one of the 16 scales of q3_k lie. */
const q3kScale = (sub: number) =>
  [
    [96 + (sub & 7), sub & 8 ? 4 : 0],
    [104 + (sub & 3), (sub >> 2) * 2],
  ] as const;

export const Q3_K = codec({
  planes: [
    { begin: 32, bits: 2, run: 32 },
    { begin: 0, bits: 1, run: 32 },
  ],
  ...{ subBlock: 16, d: 108, leastScale: -32 },
  readScale(block, sub) {
    const [[low, lowShift], [high, highShift]] = q3kScale(sub);
    return (((block[low]! >> lowShift) & 0x0f) | (((block[high]! >> highShift) & 3) << 4)) - 32;
  },
  putScale(block, sub, scale) {
    const [[low, lowShift], [high, highShift]] = q3kScale(sub);
    block[low]! |= ((scale + 32) & 0x0f) << lowShift;
    block[high]! |= ((scale + 32) >> 4) << highShift;
  },
  ...around(4),
  scaleOf: (weights) => bestScale(weights, -4, (ratio) => codeOf(ratio, 1, -4, 3)),
});

export const Q6_K = codec({
  planes: [
    { begin: 0, bits: 4, run: 64 },
    { begin: 128, bits: 2, run: 32 },
  ],
  ...{ subBlock: 16, d: 208, leastScale: -128 },
  readScale: (block, sub) => (block[192 + sub]! << 24) >> 24,
  putScale: (block, sub, scale) => void (block[192 + sub] = scale),
  ...around(32),
  scaleOf: (weights) => extremeOf(weights) / -32,
});

export const IQ4_XS = codec({
  planes: [{ begin: 8, bits: 4, run: 16 }],
  ...{ subBlock: 32, d: 0, leastScale: -32 },
  readScale(block, sub) {
    const low = (block[4 + (sub >> 1)]! >> (sub & 1 ? 4 : 0)) & 0x0f;
    return (low | (((block[2 + (sub >> 2)]! >> (2 * (sub & 3))) & 3) << 4)) - 32;
  },
  putScale(block, sub, scale) {
    block[4 + (sub >> 1)]! |= ((scale + 32) & 0x0f) << (sub & 1 ? 4 : 0);
    block[2 + (sub >> 2)]! |= ((scale + 32) >> 4) << (2 * (sub & 3));
  },
  valueOf: codebookValue,
  codeOf: codebookCode,
  scaleOf: codebookScale,
});
