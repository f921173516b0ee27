/**
 * Bytes in, text out: a UTF-8 sequence that is not complete yet is held back, invalid bytes become
 * U+FFFD as the WHATWG Encoding Standard's decoder has it (one for each maximal subpart).
 */
export class Utf8Stream {
  // A byte order mark is text here: the stream may carry one anywhere, also at its start.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** Text that is certain after these bytes. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** Ends the stream: U+FFFD for an incomplete sequence, else "". The stream can be used again. */
  flush(): string {
    return this.#decoder.decode();
  }
}
