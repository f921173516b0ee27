/**
 * Bytes in, text out: a UTF-8 sequence that is not complete yet is held back, invalid bytes become
 * U+FFFD as the WHATWG Encoding Standard's decoder has it (one for each maximal subpart).
 */
export class Utf8Stream {
  // A byte order mark is text here: the stream may carry one anywhere, also at its start.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** An ASCII byte came last, or none at all: no sequence is incomplete. */
  #complete = true;

  /** Text that is certain after the bytes from `begin` to `end`. */
  push(bytes: Uint8Array, begin = 0, end = bytes.length): string {
    if (begin === end) return '';
    // Most tokens are ASCII, and a call of the decoder costs more than all else that a token needs.
    if (this.#complete) {
      let ascii = '';
      let i = begin;
      for (; i < end; i++) {
        const byte = bytes[i] ?? NaN;
        if (!isAscii(byte)) break;
        ascii += String.fromCharCode(byte);
      }
      if (i === end) return ascii;
    }
    this.#complete = isAscii(bytes[end - 1] ?? NaN);
    return this.#decoder.decode(bytes.subarray(begin, end), { stream: true });
  }

  /** Ends the stream: U+FFFD for an incomplete sequence, else "". The stream can be used again. */
  flush(): string {
    if (this.#complete) return '';
    this.#complete = true;
    return this.#decoder.decode();
  }
}

function isAscii(byte: number): boolean {
  return byte < 0x80;
}
