/** A model's tokens as its file has them: the keys of an object, or a list in UTF-8. */
import { StringTable } from '../model/string-table.js';
import { spell, spellUtf8 } from './byte-alphabet.js';
import { malformed, object, quoted } from './document.js';

/** Larger than any vocabulary in use, small enough that a table of as many rows is no harm. */
const MAX_VOCAB = 1 << 22;
/** UTF-16 units of a token: real ones have up to 300. */
export const MAX_TOKEN_LENGTH = 1 << 16;

/** Without an object for each; an entry is an index. */
export interface VocabEntries {
  /** [entries] */
  readonly ids: Int32Array;
  /** At least the bytes that entry i stands for. */
  size(i: number): number;
  /** Writes these bytes to `out` and returns how many; -1 where the token leaves the alphabet. */
  spell(i: number, out: Uint8Array, at: number): number;
  text(i: number): string;
  /** An error that says where entry i stands. */
  wrong(i: number, what: string): Error;
}

/** `value` is `model.vocab`, or a GGUF file's tokens. Throws `file_malformed`. */
export function readVocab(value: unknown): VocabEntries {
  return value instanceof StringTable
    ? new TableEntries(value)
    : new ObjectEntries(object(value, 'model.vocab'));
}

export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_VOCAB;
}

/** What is wrong with a value that is no id. */
export function noId(value: unknown): string {
  return `expected an id from 0 to ${MAX_VOCAB - 1}, got ${quoted(value)}`;
}

class ObjectEntries implements VocabEntries {
  readonly ids: Int32Array;
  readonly #tokens: readonly string[];

  constructor(vocab: Readonly<Record<string, unknown>>) {
    this.#tokens = Object.keys(vocab);
    this.ids = new Int32Array(this.#tokens.length);
    for (const [i, token] of this.#tokens.entries()) {
      const id = vocab[token];
      if (!isId(id)) throw this.wrong(i, noId(id));
      if (token.length > MAX_TOKEN_LENGTH) throw this.wrong(i, TOO_LONG);
      this.ids[i] = id;
    }
  }

  size(i: number): number {
    return this.#tokens[i]!.length;
  }

  spell(i: number, out: Uint8Array, at: number): number {
    return spell(this.#tokens[i]!, out, at);
  }

  text(i: number): string {
    return this.#tokens[i]!;
  }

  wrong(i: number, what: string): Error {
    return malformed(`model.vocab[${quoted(this.text(i))}]`, what);
  }
}

/** The index of a token is its id. */
class TableEntries implements VocabEntries {
  readonly ids: Int32Array;
  readonly #table: StringTable;

  constructor(table: StringTable) {
    this.#table = table;
    if (table.length > MAX_VOCAB) throw this.wrong(MAX_VOCAB, noId(MAX_VOCAB));
    this.ids = new Int32Array(table.length);
    for (let i = 0; i < table.length; i++) {
      this.ids[i] = i;
      if (this.size(i) > MAX_TOKEN_LENGTH && table.text(i).length > MAX_TOKEN_LENGTH) {
        throw this.wrong(i, TOO_LONG);
      }
    }
  }

  size(i: number): number {
    return this.#table.end(i) - this.#table.start(i);
  }

  spell(i: number, out: Uint8Array, at: number): number {
    const table = this.#table;
    return spellUtf8(table.bytes, table.start(i), table.end(i), out, at);
  }

  text(i: number): string {
    return this.#table.text(i);
  }

  wrong(i: number, what: string): Error {
    const { file, key } = this.#table;
    return malformed(`key ${key}[${i}]`, what, file);
  }
}

const TOO_LONG = `longer than ${MAX_TOKEN_LENGTH} characters`;
