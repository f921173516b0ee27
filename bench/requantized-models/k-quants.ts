/** The blocks of 256 weights whose sub-blocks have scales of their own, as native/quant/k_quants.h says. */
import { codeOf, extremeOf } from './block32.js';
import type { BlockCodec } from './codecs.js';
import { readHalf, writeHalf } from './half.js';

const VALUES = 256;

/** Where the nibble of a weight of q4_k lies: 32 weights in low nibbles, then 32 in high ones. */
const q4kByte = (i: number): number => 16 + (i >> 6) * 32 + (i & 31);
const q4kShift = (i: number): number => (i & 32 ? 4 : 0);

/** The 6-bit scale and minimum of one of the 8 sub-blocks. */
function scaleAndMinimum(block: Uint8Array, sub: number): readonly [number, number] {
  const scales = block.subarray(4, 16);
  if (sub < 4) return [scales[sub]! & 0x3f, scales[sub + 4]! & 0x3f];
  const low = scales[sub + 4]!;
  return [(low & 0x0f) | ((scales[sub - 4]! >> 6) << 4), (low >> 4) | ((scales[sub]! >> 6) << 4)];
}

function putScaleAndMinimum(block: Uint8Array, sub: number, scale: number, min: number): void {
  const scales = block.subarray(4, 16);
  if (sub < 4) {
    scales[sub]! |= scale;
    scales[sub + 4]! |= min;
    return;
  }
  scales[sub + 4]! |= (scale & 0x0f) | ((min & 0x0f) << 4);
  scales[sub - 4]! |= (scale >> 4) << 6;
  scales[sub]! |= (min >> 4) << 6;
}

export const Q4_K: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, 0);
    const dmin = readHalf(block, 2);
    for (let sub = 0; sub < 8; sub++) {
      const [scale, min] = scaleAndMinimum(block, sub);
      for (let i = sub * 32; i < sub * 32 + 32; i++) {
        const code = (block[q4kByte(i)]! >> q4kShift(i)) & 0x0f;
        out[i] = d * scale * code - dmin * min;
      }
    }
  },
  encode(weights, block) {
    const ranges = Array.from({ length: 8 }, (_, sub) => {
      const part = weights.subarray(sub * 32, sub * 32 + 32);
      const lowest = part.reduce((a, b) => Math.min(a, b), 0);
      return { part, lowest, scale: (part.reduce((a, b) => Math.max(a, b)) - lowest) / 15 };
    });
    const d = writeHalf(block, 0, Math.max(0, ...ranges.map(({ scale }) => scale)) / 63);
    const dmin = writeHalf(block, 2, Math.max(...ranges.map(({ lowest }) => -lowest)) / 63);
    for (const [sub, { part, lowest, scale }] of ranges.entries()) {
      const subScale = codeOf(scale, d, 0, 63);
      const subMin = codeOf(-lowest, dmin, 0, 63);
      putScaleAndMinimum(block, sub, subScale, subMin);
      for (const [j, x] of part.entries()) {
        const code = codeOf(x + dmin * subMin, d * subScale, 0, 15);
        block[q4kByte(sub * 32 + j)]! |= code << q4kShift(sub * 32 + j);
      }
    }
  },
};

/** Where a weight's low four bits lie in q6_k, and its high two. */
const q6kLow = (i: number): readonly [byte: number, shift: number] => [
  (i >> 7) * 64 + (i & 63),
  i & 64 ? 4 : 0,
];
const q6kHigh = (i: number): readonly [byte: number, shift: number] => [
  128 + (i >> 7) * 32 + (i & 31),
  ((i >> 5) & 3) * 2,
];
const Q6K_SCALES = 192;
const Q6K_D = 208;

export const Q6_K: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, Q6K_D);
    for (let i = 0; i < VALUES; i++) {
      const scale = (block[Q6K_SCALES + (i >> 4)]! << 24) >> 24;
      const [low, lowShift] = q6kLow(i);
      const [high, highShift] = q6kHigh(i);
      const code = ((block[low]! >> lowShift) & 0x0f) | (((block[high]! >> highShift) & 3) << 4);
      out[i] = d * scale * (code - 32);
    }
  },
  encode(weights, block) {
    const scales = Float32Array.from(
      { length: 16 },
      (_, sub) => extremeOf(weights.subarray(sub * 16, sub * 16 + 16)) / -32,
    );
    const d = writeHalf(block, Q6K_D, extremeOf(scales) / -128);
    for (const [sub, wanted] of scales.entries()) {
      const scale = codeOf(wanted, d, -128, 127);
      block[Q6K_SCALES + sub] = scale;
      for (let i = sub * 16; i < sub * 16 + 16; i++) {
        const code = codeOf(weights[i]!, d * scale, -32, 31) + 32;
        const [low, lowShift] = q6kLow(i);
        const [high, highShift] = q6kHigh(i);
        block[low]! |= (code & 0x0f) << lowShift;
        block[high]! |= (code >> 4) << highShift;
      }
    }
  },
};
