/**
 * The bytes that each token stands for, in shared memory, so that the engine's thread decodes its
 * stream without the tokenizer.
 */
export interface TokenTable {
  /** All tokens' bytes, one after the other (SharedArrayBuffer). */
  readonly bytes: Uint8Array;
  /** [vocab + 1] where each token's bytes begin. */
  readonly offsets: Uint32Array;
  /** [vocab] 1: special, not part of an answer's text. */
  readonly special: Uint8Array;
}

/** Ids whose bytes are put together at a time. */
const DECODED_IDS = 4096;

/** Text of ids; invalid UTF-8 becomes U+FFFD. Ids beyond the table stand for nothing. */
export function decodeIds(table: TokenTable, ids: ArrayLike<number>, skipSpecial: boolean): string {
  let text = '';
  for (const piece of decodedPieces(table, ids, skipSpecial)) text += piece;
  return text;
}

/** The text of ids in pieces, none of which ends inside a character. */
export function* decodedPieces(
  { bytes, offsets, special }: TokenTable,
  ids: ArrayLike<number>,
  skipSpecial: boolean,
): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const isShown = (id: number): boolean =>
    id >= 0 && id < special.length && !(skipSpecial && special[id] === 1);
  for (let from = 0; from < ids.length; from += DECODED_IDS) {
    const to = Math.min(ids.length, from + DECODED_IDS);
    let length = 0;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      if (isShown(id)) length += offsets[id + 1]! - offsets[id]!;
    }
    const piece = new Uint8Array(length);
    let at = 0;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      if (!isShown(id)) continue;
      const [start, end] = [offsets[id]!, offsets[id + 1]!];
      piece.set(bytes.subarray(start, end), at);
      at += end - start;
    }
    yield decoder.decode(piece, { stream: true });
  }
  yield decoder.decode();
}
