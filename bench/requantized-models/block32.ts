/** The blocks of 32 weights under one scale, laid out as native/quant/block32.h says, and iq4_nl. */
import { codebookCode, codebookScale, codebookValue } from './codebook.js';
import type { BlockCodec } from './codecs.js';
import { codeOf, extremeOf } from './codes.js';
import { readHalf, writeHalf } from './half.js';
import { putCode, readCode, type Plane } from './planes.js';

const VALUES = 32;

/** The lowest four bits of all codes. */
const nibbles = (begin: number): Plane => ({ begin, bits: 4, run: 16 });
/** One bit more of each. */
const fifths = (begin: number): Plane => ({ begin, bits: 1, run: 1 });

/** `middle` is the code of zero. */
function withoutMinimum(planes: readonly Plane[], middle: number): BlockCodec {
  return {
    decode(block, out) {
      const d = readHalf(block, 0);
      for (let i = 0; i < VALUES; i++) out[i] = d * (readCode(planes, block, i) - middle);
    },
    encode(weights, block) {
      const d = writeHalf(block, 0, extremeOf(weights) / -middle);
      for (let i = 0; i < VALUES; i++) {
        putCode(planes, block, i, codeOf(weights[i]!, d, -middle, middle - 1) + middle);
      }
    },
  };
}

function withMinimum(planes: readonly Plane[], most: number): BlockCodec {
  return {
    decode(block, out) {
      const d = readHalf(block, 0);
      const m = readHalf(block, 2);
      for (let i = 0; i < VALUES; i++) out[i] = d * readCode(planes, block, i) + m;
    },
    encode(weights, block) {
      const lowest = weights.reduce((a, b) => Math.min(a, b));
      const highest = weights.reduce((a, b) => Math.max(a, b));
      const d = writeHalf(block, 0, (highest - lowest) / most);
      const m = writeHalf(block, 2, lowest);
      for (let i = 0; i < VALUES; i++) {
        putCode(planes, block, i, codeOf(weights[i]! - m, d, 0, most));
      }
    },
  };
}

export const Q4_0 = withoutMinimum([nibbles(2)], 8);
export const Q4_1 = withMinimum([nibbles(4)], 15);
export const Q5_0 = withoutMinimum([nibbles(6), fifths(2)], 16);
export const Q5_1 = withMinimum([nibbles(8), fifths(4)], 31);

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

const IQ4_NL_PLANES = [nibbles(2)];

export const IQ4_NL: BlockCodec = {
  decode(block, out) {
    const d = readHalf(block, 0);
    for (let i = 0; i < VALUES; i++) {
      out[i] = d * codebookValue(readCode(IQ4_NL_PLANES, block, i));
    }
  },
  encode(weights, block) {
    const d = writeHalf(block, 0, codebookScale(weights));
    for (let i = 0; i < VALUES; i++) {
      putCode(IQ4_NL_PLANES, block, i, d === 0 ? 0 : codebookCode(weights[i]! / d));
    }
  },
};
