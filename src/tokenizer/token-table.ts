import type { TokenTable } from './tokenizer.js';

/** Lays tokens' bytes out in shared memory. `special`: ids that are not part of a text. */
export function makeTokenTable(
  vocabSize: number,
  bytesOf: (id: number) => Uint8Array,
  special: readonly number[],
): TokenTable {
  const offsets = new Uint32Array(
    new SharedArrayBuffer((vocabSize + 1) * Uint32Array.BYTES_PER_ELEMENT),
  );
  for (let id = 0; id < vocabSize; id++) offsets[id + 1] = offsets[id] + bytesOf(id).length;
  const bytes = new Uint8Array(new SharedArrayBuffer(offsets[vocabSize]));
  for (let id = 0; id < vocabSize; id++) bytes.set(bytesOf(id), offsets[id]);
  const flags = new Uint8Array(new SharedArrayBuffer(vocabSize));
  for (const id of special) flags[id] = 1;
  return { bytes, offsets, special: flags };
}

/** Text of ids; invalid UTF-8 becomes U+FFFD. Ids beyond the table stand for nothing. */
export function decodeIds(table: TokenTable, ids: ArrayLike<number>, skipSpecial: boolean): string {
  const { bytes, offsets, special } = table;
  const shown = Array.from(ids).filter(
    (id) => id >= 0 && id < special.length && !(skipSpecial && special[id] === 1),
  );
  let length = 0;
  for (const id of shown) length += offsets[id + 1] - offsets[id];
  const all = new Uint8Array(length);
  let at = 0;
  for (const id of shown) {
    all.set(bytes.subarray(offsets[id], offsets[id + 1]), at);
    at += offsets[id + 1] - offsets[id];
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
}
