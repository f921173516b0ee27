/** Reads parts of a file, never beyond its end, and hashes what was read as the file's header. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { cannotBe, endsInside, malformed, notReadable } from '../errors/model-file.js';
import { describeForeign, HEAD_BYTES } from './foreign-file.js';

export class BoundedFile {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;

  /** Throws `model_not_readable` where the path is no readable regular file. */
  constructor(path: string) {
    this.path = path;
    try {
      // Without O_NONBLOCK, to open a pipe waits for whoever writes to it.
      this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      throw cannotBe(path, 'opened', error);
    }
    const stat = fstatSync(this.#descriptor);
    if (!stat.isFile()) {
      closeSync(this.#descriptor);
      throw notReadable(path, 'is not a regular file');
    }
    this.size = stat.size;
  }

  /**
   * `length` bytes from `offset`, read into `buffer` where one that is as long is given. `what` names
   * them in the `file_malformed` error that is thrown where the file ends before.
   */
  read(offset: number, length: number, what: string, buffer?: Buffer): Buffer {
    if (!(offset >= 0 && length >= 0 && length <= this.size - offset)) {
      throw endsInside(this.path, what, { offset, length, size: this.size });
    }
    const bytes = buffer?.subarray(0, length) ?? Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const count = this.#readOnce(bytes, done, offset + done, what);
      if (count === 0) throw malformed(this.path, `became shorter while ${what} was read`);
      done += count;
    }
    return bytes;
  }

  #readOnce(bytes: Buffer, done: number, position: number, what: string): number {
    try {
      return readSync(this.#descriptor, bytes, done, bytes.length - done, position);
    } catch (error) {
      throw cannotBe(this.path, `read at byte ${position}, in ${what}`, error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/**
 * Whether a folder has an entry: a link that leads nowhere, as an interrupted download leaves it,
 * is there, and to open it says what is wrong. Throws `model_not_readable`.
 */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw cannotBe(path, 'examined', error);
  }
}

/**
 * Opens a file of a model for the duration of `use`. Throws as BoundedFile does, and
 * `file_malformed` for what is plainly another kind of file.
 */
export function withFile<T>(path: string, use: (file: BoundedFile) => T): T {
  const file = new BoundedFile(path);
  try {
    const head = file.read(0, Math.min(file.size, HEAD_BYTES), 'the first bytes');
    const problem = describeForeign(head);
    if (problem !== null) throw malformed(path, problem);
    return use(file);
  } finally {
    file.close();
  }
}
