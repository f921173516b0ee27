/**
 * Bytes in, text out: a UTF-8 sequence that is not complete yet is held back, invalid bytes become
 * U+FFFD as the WHATWG Encoding Standard's decoder has it (one for each maximal subpart).
 */
export class Utf8Stream {
  // A byte order mark is text here: the stream may carry one anywhere, also at its start.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** An ASCII byte came last, or none at all: no sequence is incomplete. */
  #complete = true;
  /** Bytes that the last character lacks. */
  #lacking = 0;

  /** The last bytes are the beginning of a character. */
  get inside(): boolean {
    return this.#lacking > 0;
  }

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
    for (let i = begin; i < end; i++) this.#lacking = lackingAfter(bytes[i]!, this.#lacking);
    return this.#decoder.decode(bytes.subarray(begin, end), { stream: true });
  }

  /** Ends the stream: U+FFFD for an incomplete sequence, else "". The stream can be used again. */
  flush(): string {
    if (this.#complete) return '';
    this.#complete = true;
    this.#lacking = 0;
    return this.#decoder.decode();
  }
}

/** Bytes that a character still needs after `byte`, where it needed `before` of them. */
function lackingAfter(byte: number, before: number): number {
  if (byte < 0x80) return 0;
  if (byte < 0xc0) return Math.max(0, before - 1);
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0;
}

function isAscii(byte: number): boolean {
  return byte < 0x80;
}
