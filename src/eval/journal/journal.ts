/**
 * An evaluation's file: a header, then a line for each question as soon as it is answered. What stands
 * there is not asked again.
 */
import { closeSync, fdatasyncSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { KingletError } from '../../errors.js';
import { Fields } from '../fields.js';
import { linesOf } from '../lines.js';
import type { Entry } from './elapsed.js';
import { checkSame, FORMAT, readHeader, type Header } from './header.js';

/** Lines go to the disk itself no more often than this: cards of small machines are slow. */
const SYNC_MS = 1000;

/** What a file of earlier answers holds. */
interface Kept<R> {
  readonly header: Header;
  /** By index; of two lines of one index the later counts. */
  readonly entries: ReadonlyMap<number, R>;
  /** Bytes up to the last whole line. */
  readonly end: number;
}

/** What reads a line's object; throws `file_malformed`. */
export type ReadEntry<R> = (fields: Fields) => R;

/**
 * Reads a file. A last line that was not written to its end is left out; without a whole line it is
 * null. `readerOf` gives what reads the header's type of lines. Throws `file_unreadable` and, naming
 * the line, `file_malformed`.
 */
export function readJournal<R extends Entry>(
  path: string,
  readerOf: (header: Header) => ReadEntry<R>,
): Kept<R> | null {
  let header: Header | null = null;
  let read: ReadEntry<R> | null = null;
  const entries = new Map<number, R>();
  let end = 0;
  for (const { text, number, whole, end: behind } of linesOf(path)) {
    const place = `${path}:${number}`;
    if (!whole) {
      if (header === null && !isTorn(text)) throw noHeader(place);
      break;
    }
    if (header === null || read === null) {
      if (!text.startsWith(BEGINNING)) throw noHeader(place);
      header = readHeader(parsed(text, place), place);
      read = readerOf(header);
    } else {
      const entry = read(new Fields(parsed(text, place), place));
      if (entry.index >= header.count) {
        throw new KingletError(
          'file_malformed',
          `${place}: index ${entry.index}, where the header speaks of ${header.count}.`,
        );
      }
      entries.set(entry.index, entry);
    }
    end = behind;
  }
  return header === null ? null : { header, entries, end };
}

/** What a header begins with. */
const BEGINNING = `{"format":"${FORMAT}"`;

/** Whether a text may be a header that was not written to its end. */
function isTorn(text: string): boolean {
  return text.startsWith(BEGINNING) || BEGINNING.startsWith(text);
}

function noHeader(place: string): KingletError {
  return new KingletError(
    'file_malformed',
    `${place}: this is no file of \`kinglet eval\`, and it is left as it is. Name another with --output.`,
  );
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new KingletError('file_malformed', `${place}: this is no line of an evaluation.`, {
      cause,
    });
  }
}

/** The file of an evaluation that is under way. */
export class Journal<R extends Entry> {
  /** What is done, by index. */
  readonly entries: Map<number, R>;
  readonly #file: number;
  /** Drops what is only of interest in the file. */
  readonly #slim: (entry: R) => R;
  #synced = performance.now();

  private constructor(file: number, entries: Map<number, R>, slim: (entry: R) => R) {
    this.#file = file;
    this.entries = entries;
    this.#slim = slim;
  }

  /**
   * Opens the file where an evaluation goes on, or begins one. `read` reads a line of the type. Throws
   * `invalid_flag` where the file is of another evaluation, `file_malformed` where it is of none, and
   * `file_unreadable`.
   */
  static open<R extends Entry>(
    path: string,
    header: Header,
    read: ReadEntry<R>,
    slim: (entry: R) => R,
  ): Journal<R> {
    const checked = (found: Header) => {
      checkSame(path, found, header);
      return (fields: Fields) => slim(read(fields));
    };
    const earlier = sizeOf(path) === 0 ? null : readJournal(path, checked);
    if (earlier !== null) writing(path, () => truncateSync(path, earlier.end));
    const file = writing(path, () => openSync(path, earlier === null ? 'w' : 'a'));
    const journal = new Journal(file, new Map(earlier?.entries), slim);
    if (earlier === null) journal.#write(header);
    return journal;
  }

  /** Appends a line; it is with the system when this returns, whatever becomes of the process. */
  append(entry: R): void {
    this.entries.set(entry.index, this.#slim(entry));
    this.#write(entry);
    const now = performance.now();
    if (now - this.#synced < SYNC_MS) return;
    fdatasyncSync(this.#file);
    this.#synced = now;
  }

  #write(line: object): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
  }

  close(): void {
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }
}

/** 0 where there is no such file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { message } = cause as Error;
    const advice = 'Name a file that can be written with --output';
    throw new KingletError('file_unreadable', `${path} can't be written (${message}). ${advice}.`, {
      cause,
    });
  }
}
