/** Files by their lines, one after the other: an evaluation's answers may be larger than a string can be. */
import { closeSync, openSync, readSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { KingletError } from '../errors.js';

interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** The byte behind it and its line feed. */
  readonly end: number;
  /** False: the file ends without a line feed, as where its writer was killed. */
  readonly whole: boolean;
}

const CHUNK_BYTES = 1 << 18;
/** Of one line; 1,024 answers of a long context have less. */
const MAX_LINE_BYTES = 256 * 2 ** 20;

/** Throws `file_unreadable`, and `file_malformed` where a line is no UTF-8 or endless. */
export function* linesOf(path: string): Generator<Line> {
  let number = 0;
  let end = 0;
  const line = (bytes: Buffer, whole: boolean): Line => {
    number++;
    end += bytes.length + (whole ? 1 : 0);
    return { text: decoded(bytes, `${path}:${number}`), number, end, whole };
  };
  let pieces: Buffer[] = [];
  let held = 0;
  for (const chunk of chunksOf(path)) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield line(Buffer.concat([...pieces, chunk.subarray(from, at)]), true);
      [pieces, held, from] = [[], 0, at + 1];
    }
    pieces.push(Buffer.from(chunk.subarray(from)));
    held += chunk.length - from;
    if (held > MAX_LINE_BYTES) {
      throw new KingletError(
        'file_malformed',
        `${path}:${number + 1}: this line has more than ${MAX_LINE_BYTES} bytes.`,
      );
    }
  }
  if (held > 0) yield line(Buffer.concat(pieces), false);
}

/** The SHA-256 of files one after the other, in hex. Throws `file_unreadable`. */
export function sha256Of(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) for (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** The text of a whole file. Throws as linesOf. */
export function textOf(path: string): string {
  const pieces: Buffer[] = [];
  let held = 0;
  for (const chunk of chunksOf(path)) {
    pieces.push(Buffer.from(chunk));
    held += chunk.length;
    if (held > MAX_LINE_BYTES) {
      throw new KingletError(
        'file_malformed',
        `${path}: it has more than ${MAX_LINE_BYTES} bytes.`,
      );
    }
  }
  return decoded(Buffer.concat(pieces), path);
}

/** Each chunk is overwritten by the next. */
function* chunksOf(path: string): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = reading(path, () => openSync(path, 'r'));
  try {
    for (;;) {
      const length = reading(path, () => readSync(file, buffer));
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { message } = cause as Error;
    throw new KingletError('file_unreadable', `${path}: it can't be read (${message}).`, { cause });
  }
}

function decoded(bytes: Buffer, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new KingletError('file_malformed', `${place}: it is not UTF-8.`, { cause });
  }
}
