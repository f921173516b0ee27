/** The blocks of 32 weights under one scale, laid out as native/quant/block32.h says. */
import type { BlockCodec } from './codecs.js';
import { readHalf, writeHalf } from './half.js';

const VALUES = 32;

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

const nibbleOf = (block: Uint8Array, begin: number, i: number): number =>
  i < 16 ? block[begin + i]! & 0x0f : block[begin + i - 16]! >> 4;

function putNibble(block: Uint8Array, begin: number, i: number, nibble: number): void {
  block[begin + (i % 16)]! |= i < 16 ? nibble : nibble << 4;
}

export const Q4_0: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, 0);
    for (let i = 0; i < VALUES; i++) out[i] = d * (nibbleOf(block, 2, i) - 8);
  },
  encode(weights, block) {
    const d = writeHalf(block, 0, extremeOf(weights) / -8);
    for (let i = 0; i < VALUES; i++) putNibble(block, 2, i, codeOf(weights[i]!, d, -8, 7) + 8);
  },
};

export const Q4_1: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, 0);
    const m = readHalf(block, 2);
    for (let i = 0; i < VALUES; i++) out[i] = d * nibbleOf(block, 4, i) + m;
  },
  encode(weights, block) {
    const least = weights.reduce((a, b) => Math.min(a, b));
    const most = weights.reduce((a, b) => Math.max(a, b));
    const d = writeHalf(block, 0, (most - least) / 15);
    const m = writeHalf(block, 2, least);
    for (let i = 0; i < VALUES; i++) putNibble(block, 4, i, codeOf(weights[i]! - m, d, 0, 15));
  },
};

export const Q5_0: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, 0);
    for (let i = 0; i < VALUES; i++) {
      const high = (block[2 + (i >> 3)]! >> (i & 7)) & 1;
      out[i] = d * ((nibbleOf(block, 6, i) | (high << 4)) - 16);
    }
  },
  encode(weights, block) {
    const d = writeHalf(block, 0, extremeOf(weights) / -16);
    for (let i = 0; i < VALUES; i++) {
      const code = codeOf(weights[i]!, d, -16, 15) + 16;
      putNibble(block, 6, i, code & 0x0f);
      block[2 + (i >> 3)]! |= (code >> 4) << (i & 7);
    }
  },
};

export const Q8_0: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, 0);
    for (let i = 0; i < VALUES; i++) out[i] = d * ((block[2 + i]! << 24) >> 24);
  },
  encode(weights, block) {
    const d = writeHalf(block, 0, Math.abs(extremeOf(weights)) / 127);
    for (let i = 0; i < VALUES; i++) block[2 + i] = codeOf(weights[i]!, d, -127, 127);
  },
};
