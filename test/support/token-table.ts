import type { TokenTable } from '../../src/tokenizer/token-table.js';

/** Lays tokens' bytes out in shared memory. `special`: ids that are not part of a text. */
export function makeTokenTable(
  vocabSize: number,
  bytesOf: (id: number) => Uint8Array,
  special: readonly number[],
): TokenTable {
  const offsets = new Uint32Array(
    new SharedArrayBuffer((vocabSize + 1) * Uint32Array.BYTES_PER_ELEMENT),
  );
  for (let id = 0; id < vocabSize; id++) offsets[id + 1] = offsets[id]! + bytesOf(id).length;
  const bytes = new Uint8Array(new SharedArrayBuffer(offsets[vocabSize]));
  for (let id = 0; id < vocabSize; id++) bytes.set(bytesOf(id), offsets[id]);
  const flags = new Uint8Array(new SharedArrayBuffer(vocabSize));
  for (const id of special) flags[id] = 1;
  return { bytes, offsets, special: flags };
}
