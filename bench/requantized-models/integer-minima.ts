/**
 * Blocks of 256 weights, whose sub-blocks have integer scales and minima under two halves: q2_k, q4_k
 * and q5_k, as native/quant/k_quants.h says.
 */
import { bestScaleAndMinimum, wholeRange, type ScaleAndMinimum } from './best-scale.js';
import type { BlockCodec } from './codecs.js';
import { codeOf } from './codes.js';
import { readHalf, writeHalf } from './half.js';
import { putCode, readCode, type Plane } from './planes.js';

interface MinimaFormat {
  readonly planes: readonly Plane[];
  /** The largest code. */
  readonly most: number;
  /** Weights under one integer scale and minimum. */
  readonly subBlock: number;
  /** Offset of the half that all scales are under; that of the minima follows. */
  readonly d: number;
  /** The largest integer. */
  readonly mostInteger: number;
  readonly readIntegers: (block: Uint8Array, sub: number) => readonly [scale: number, min: number];
  readonly putIntegers: (block: Uint8Array, sub: number, scale: number, min: number) => void;
  /** What is best for a sub-block. */
  readonly fit: (weights: Float32Array, most: number) => ScaleAndMinimum;
}

function codec(format: MinimaFormat): BlockCodec {
  const { planes, most, subBlock, mostInteger } = format;
  return {
    decode(block, out) {
      const d = readHalf(block, format.d);
      const dmin = readHalf(block, format.d + 2);
      for (let i = 0; i < 256; i++) {
        const [scale, min] = format.readIntegers(block, Math.floor(i / subBlock));
        out[i] = d * scale * readCode(planes, block, i) - dmin * min;
      }
    },
    encode(weights, block) {
      const fits = Array.from({ length: 256 / subBlock }, (_, sub) =>
        format.fit(weights.subarray(sub * subBlock, (sub + 1) * subBlock), most),
      );
      const largest = (of: (fit: ScaleAndMinimum) => number): number => Math.max(...fits.map(of));
      const d = writeHalf(block, format.d, largest(({ scale }) => scale) / mostInteger);
      const dmin = writeHalf(block, format.d + 2, largest(({ minimum }) => minimum) / mostInteger);
      for (const [sub, { scale: wanted, minimum }] of fits.entries()) {
        const scale = codeOf(wanted, d, 0, mostInteger);
        const min = codeOf(minimum, dmin, 0, mostInteger);
        format.putIntegers(block, sub, scale, min);
        for (let i = sub * subBlock; i < (sub + 1) * subBlock; i++) {
          putCode(planes, block, i, codeOf(weights[i]! + dmin * min, d * scale, 0, most));
        }
      }
    },
  };
}

/** The 6-bit scale and minimum of one of 8 sub-blocks, in 12 bytes. */
const SIX_BITS: Pick<MinimaFormat, 'subBlock' | 'mostInteger' | 'readIntegers' | 'putIntegers'> = {
  ...{ subBlock: 32, mostInteger: 63 },
  readIntegers(block, sub) {
    const bytes = block.subarray(4, 16);
    if (sub < 4) return [bytes[sub]! & 0x3f, bytes[sub + 4]! & 0x3f];
    const low = bytes[sub + 4]!;
    return [(low & 0x0f) | ((bytes[sub - 4]! >> 6) << 4), (low >> 4) | ((bytes[sub]! >> 6) << 4)];
  },
  putIntegers(block, sub, scale, min) {
    const bytes = block.subarray(4, 16);
    if (sub < 4) {
      bytes[sub]! |= scale;
      bytes[sub + 4]! |= min;
      return;
    }
    bytes[sub + 4]! |= (scale & 0x0f) | ((min & 0x0f) << 4);
    bytes[sub - 4]! |= (scale >> 4) << 6;
    bytes[sub]! |= (min >> 4) << 6;
  },
};

export const Q2_K = codec({
  planes: [{ begin: 16, bits: 2, run: 32 }],
  ...{ most: 3, subBlock: 16, d: 80, mostInteger: 15 },
  readIntegers: (block, sub) => [block[sub]! & 0x0f, block[sub]! >> 4],
  putIntegers: (block, sub, scale, min) => void (block[sub] = scale | (min << 4)),
  fit: bestScaleAndMinimum,
});

export const Q4_K = codec({
  planes: [{ begin: 16, bits: 4, run: 32 }],
  ...{ most: 15, d: 0, ...SIX_BITS },
  fit: wholeRange,
});

export const Q5_K = codec({
  planes: [
    { begin: 48, bits: 4, run: 32 },
    { begin: 16, bits: 1, run: 32 },
  ],
  ...{ most: 31, d: 0, ...SIX_BITS },
  fit: wholeRange,
});
