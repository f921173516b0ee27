/**
 * Tensor formats of model files: GGUF's type numbers, block sizes and what the addon computes them
 * in. native/quant/formats.h has the same rows; test/unit/model/formats.test.ts compares them.
 */
export interface TensorFormat {
  readonly name: string;
  /** GGUF's type number. */
  readonly number: number;
  /** Weights of one block. */
  readonly blockValues: number;
  readonly blockBytes: number;
  /** The format that matrices of this one are held in once loaded. */
  readonly computedAs: string;
  /** Bytes of a block of this format once packed for kernels: more where codes get a byte each. */
  readonly packedBytes: number;
}

const ROWS: readonly (readonly [string, number, number, number, string])[] = [
  ['f32', 0, 1, 4, 'f32'],
  ['f16', 1, 1, 2, 'f16'],
  ['q4_0', 2, 32, 18, 'q4_0'],
  ['q4_1', 3, 32, 20, 'q4_1'],
  ['q5_0', 6, 32, 22, 'q8_0'],
  ['q5_1', 7, 32, 24, 'q5_1'],
  ['q8_0', 8, 32, 34, 'q8_0'],
  ['q2_k', 10, 256, 84, 'q8_0'],
  ['q3_k', 11, 256, 110, 'q6_k'],
  ['q4_k', 12, 256, 144, 'q4_1'],
  ['q5_k', 13, 256, 176, 'q5_1'],
  ['q6_k', 14, 256, 210, 'q6_k'],
  ['iq2_xxs', 16, 256, 66, 'q8_0'],
  ['iq2_xs', 17, 256, 74, 'q8_0'],
  ['iq3_xxs', 18, 256, 98, 'q8_0'],
  ['iq1_s', 19, 256, 50, 'q8_0'],
  ['iq4_nl', 20, 32, 18, 'q8_0'],
  ['iq3_s', 21, 256, 110, 'q8_0'],
  ['iq2_s', 22, 256, 82, 'q8_0'],
  ['iq4_xs', 23, 256, 136, 'q8_0'],
  ['bf16', 30, 1, 2, 'bf16'],
  ['tq1_0', 34, 256, 54, 'q8_0'],
  ['tq2_0', 35, 256, 66, 'q8_0'],
  ['mxfp4', 39, 32, 17, 'q8_0'],
];

/** What packed blocks take where it is not what the file's take. */
const PACKED_BYTES = new Map([
  ['q5_1', 32 + 2 + 2],
  ['q6_k', 256 + 16 + 2],
]);

export const TENSOR_FORMATS: readonly TensorFormat[] = ROWS.map(
  ([name, number, blockValues, blockBytes, computedAs]) => ({
    name,
    number,
    blockValues,
    blockBytes,
    computedAs,
    packedBytes: PACKED_BYTES.get(name) ?? blockBytes,
  }),
);

const BY_NUMBER = new Map(TENSOR_FORMATS.map((format) => [format.number, format]));
const BY_NAME = new Map(TENSOR_FORMATS.map((format) => [format.name, format]));

/** The format of a GGUF type number, or undefined where it is not built. */
export function formatOfNumber(number: number): TensorFormat | undefined {
  return BY_NUMBER.get(number);
}

/** The format of a name such as "q4_1". Throws on a name that is not in the table. */
export function formatOfName(name: string): TensorFormat {
  const format = BY_NAME.get(name);
  if (format === undefined) throw new TypeError(`unknown tensor format '${name}'`);
  return format;
}

/** Whether weights of the format are floats, which --quantize may round. */
export function isFloatFormat(name: string): boolean {
  return name === 'f32' || name === 'f16' || name === 'bf16';
}
