/** Weights that are floats of 16 bits. */
import { readHalf, writeHalf } from './half.js';

export interface FloatCodec {
  readonly read: (bytes: Uint8Array, at: number) => number;
  /** Writes the nearest one to a finite number. */
  readonly write: (bytes: Uint8Array, at: number, value: number) => void;
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

export const F16: FloatCodec = { read: readHalf, write: writeHalf };

/** The upper half of a float32. */
export const BF16: FloatCodec = {
  read(bytes, at) {
    bits[0] = (bytes[at]! << 16) | (bytes[at + 1]! << 24);
    return float[0]!;
  },
  write(bytes, at, value) {
    float[0] = value;
    // Of two that are as near, the even one.
    const half = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) >>> 16;
    bytes[at] = half & 0xff;
    bytes[at + 1] = half >> 8;
  },
};
