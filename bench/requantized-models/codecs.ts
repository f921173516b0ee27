/** Weights of GGUF's formats to floats and back. */
import { formatOfName } from '../../test/support/formats.js';
import { IQ4_NL, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 } from './block32.js';
import { BF16, F16, type FloatCodec } from './floats.js';
import { Q2_K, Q4_K, Q5_K } from './integer-minima.js';
import { IQ4_XS, Q3_K, Q6_K } from './integer-scales.js';
import { MXFP4 } from './mxfp4.js';

/**
 * Codes are the nearest ones. Scales follow from the extremes; those of 2 and 3 bits, and of a codebook,
 * are the best of a few. llama.cpp's quantizer searches for better ones, which matters to a model, but
 * not to how exactly two programs compute it.
 */
export interface BlockCodec {
  /** Writes the block's weights to `out`, which holds as many. */
  readonly decode: (block: Uint8Array, out: Float32Array) => void;
  /** Rounds a block's weights, finite ones, to `block`, which holds zeros. */
  readonly encode: (weights: Float32Array, block: Uint8Array) => void;
}

export const BLOCK_CODECS: Readonly<Record<string, BlockCodec>> = {
  q4_0: Q4_0,
  q4_1: Q4_1,
  q5_0: Q5_0,
  q5_1: Q5_1,
  q8_0: Q8_0,
  q2_k: Q2_K,
  q3_k: Q3_K,
  q4_k: Q4_K,
  q5_k: Q5_K,
  q6_k: Q6_K,
  iq4_nl: IQ4_NL,
  iq4_xs: IQ4_XS,
  mxfp4: MXFP4,
};

/** Of the formats whose weights are floats. */
export const FLOAT_CODECS: Readonly<Record<string, FloatCodec>> = { f16: F16, bf16: BF16 };

function codecOf(format: string): BlockCodec {
  const codec = BLOCK_CODECS[format];
  if (codec !== undefined) return codec;
  const known = [FLOAT_CODECS, BLOCK_CODECS].flatMap(Object.keys).join(', ');
  throw new Error(`weights of ${format} can't be rounded anew: f32, ${known} can`);
}

/** What whole blocks mean. Throws on a format that has no codec. */
export function decodeWeights(format: string, bytes: Uint8Array): Float32Array {
  const { blockValues, blockBytes } = formatOfName(format);
  // A copy is aligned.
  if (format === 'f32') return new Float32Array(new Uint8Array(bytes).buffer);
  const out = new Float32Array((bytes.length / blockBytes) * blockValues);
  const float = FLOAT_CODECS[format];
  if (float !== undefined) {
    for (let i = 0; i < out.length; i++) out[i] = float.read(bytes, 2 * i);
    return out;
  }
  const codec = codecOf(format);
  for (let at = 0, value = 0; at < bytes.length; at += blockBytes, value += blockValues) {
    codec.decode(bytes.subarray(at, at + blockBytes), out.subarray(value, value + blockValues));
  }
  return out;
}

/** Rounds weights, whole blocks of finite numbers, to a format. Throws as decodeWeights. */
export function encodeWeights(format: string, weights: Float32Array): Uint8Array {
  if (format === 'f32') return new Uint8Array(new Float32Array(weights).buffer);
  const { blockValues, blockBytes } = formatOfName(format);
  const out = new Uint8Array((weights.length / blockValues) * blockBytes);
  const float = FLOAT_CODECS[format];
  if (float !== undefined) {
    for (const [i, weight] of weights.entries()) float.write(out, 2 * i, weight);
    return out;
  }
  const codec = codecOf(format);
  for (let at = 0, value = 0; at < out.length; at += blockBytes, value += blockValues) {
    codec.encode(weights.subarray(value, value + blockValues), out.subarray(at, at + blockBytes));
  }
  return out;
}
