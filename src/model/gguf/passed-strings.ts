/** An array of strings that was passed over, length by length, when a header was read. */
import { withFile } from '../bounded-file.js';
import { StringTable } from '../string-table.js';

export class PassedStrings {
  readonly #offset: number;
  readonly #length: number;
  readonly #starts: Uint32Array;

  /** All lie in `length` bytes from `offset` of the file; `starts` as in StringTable. */
  constructor(offset: number, length: number, starts: Uint32Array) {
    this.#offset = offset;
    this.#length = length;
    this.#starts = starts;
  }

  /** Throws `file_malformed` where the file has become shorter. */
  read(path: string, key: string): StringTable {
    const bytes = withFile(path, (file) => file.read(this.#offset, this.#length, `key ${key}`));
    return new StringTable(path, key, bytes, this.#starts);
  }
}
