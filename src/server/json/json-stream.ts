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

/** The elements of a JSON list, `text` of each, in pieces of some thousands. */
export function* listPieces(
  length: number,
  text: (index: number) => string | number,
): Generator<string> {
  const ELEMENTS = 4096;
  yield '[';
  for (let from = 0; from < length; from += ELEMENTS) {
    const elements: (string | number)[] = [];
    for (let i = from; i < Math.min(length, from + ELEMENTS); i++) elements.push(text(i));
    yield (from === 0 ? '' : ',') + elements.join(',');
  }
  yield ']';
}
