import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Sends pieces of a JSON text as the reader takes them, one in a turn of the event loop: an answer
 * of millions of tokens neither stands in memory as a whole nor keeps others waiting.
 */
export function jsonStream(pieces: Iterable<string>): Readable {
  async function* oneATurn(): AsyncGenerator<string> {
    for (const piece of pieces) {
      yield piece;
      await nextTurn();
    }
  }
  return Readable.from(oneATurn(), { objectMode: false });
}

/** Elements of a list in one piece. */
const ELEMENTS = 4096;

/** A JSON list of `text` of each id, in pieces of some thousands. */
export function* listPieces(
  ids: Int32Array,
  text: (id: number) => string | number,
): Generator<string> {
  yield '[';
  for (let from = 0; from < ids.length; from += ELEMENTS) {
    const elements = Array.from(ids.subarray(from, from + ELEMENTS), text);
    yield (from === 0 ? '' : ',') + elements.join(',');
  }
  yield ']';
}
