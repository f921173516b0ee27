import { TENSOR_FORMATS, type TensorFormat } from '../../src/model/formats.js';

/** The format of a name such as "q4_1". Throws on a name that has no row. */
export function formatOfName(name: string): TensorFormat {
  const format = TENSOR_FORMATS.find((row) => row.name === name);
  if (format === undefined) throw new TypeError(`unknown tensor format '${name}'`);
  return format;
}
