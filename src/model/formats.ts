/** Tensor formats of model files: the rows of native/quant/formats.json, which C++ is made of too. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';

export interface TensorFormat {
  readonly name: string;
  /** GGUF's type number. */
  readonly number: number;
  /** Weights of one block. */
  readonly blockValues: number;
  readonly blockBytes: number;
  /** Whether floats can be rounded to it when they are loaded. */
  readonly canQuantize: boolean;
}

/** A row as the file has it; "fields" there says what each means. */
interface FormatRow extends Omit<TensorFormat, 'canQuantize'> {
  readonly canQuantize?: boolean;
}

const FILE = join(packageRoot(), 'native/quant/formats.json');
const { formats: ROWS } = JSON.parse(readFileSync(FILE, 'utf8')) as { formats: FormatRow[] };

export const TENSOR_FORMATS: readonly TensorFormat[] = ROWS.map(
  ({ name, number, blockValues, blockBytes, canQuantize = false }) => ({
    name,
    number,
    blockValues,
    blockBytes,
    canQuantize,
  }),
);

const BY_NUMBER = new Map(TENSOR_FORMATS.map((format) => [format.number, format]));
const BY_NAME = new Map(TENSOR_FORMATS.map((format) => [format.name, format]));

/** The format of a GGUF type number, or undefined where it is not built. */
export function formatOfNumber(number: number): TensorFormat | undefined {
  return BY_NUMBER.get(number);
}

/** Whether weights of the format are floats, which --quantize may round: each is a block. */
export function isFloatFormat(name: string): boolean {
  return BY_NAME.get(name)?.blockValues === 1;
}
