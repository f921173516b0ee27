import { readFileSync } from 'node:fs';

/** Tensors of a reference file, read without Kinglet's own parser. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Reads a whole safetensors file of F32, I32 and U8 tensors. */
export function readSafetensors(path: URL | string): Record<string, Tensor> {
  const file = readFileSync(path);
  const headerBytes = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<
    string,
    { dtype: 'F32' | 'I32' | 'U8'; shape: number[]; data_offsets: [number, number] }
  >;
  const views = { F32: Float32Array, I32: Int32Array, U8: Uint8Array };
  const tensors: Record<string, Tensor> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = entry.data_offsets;
    // A copy, so that the view is aligned.
    const bytes = new Uint8Array(file.subarray(8 + headerBytes + begin, 8 + headerBytes + end));
    tensors[name] = { shape: entry.shape, data: new views[entry.dtype](bytes.buffer) };
  }
  return tensors;
}
