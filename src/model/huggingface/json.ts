/** Typed reading of a checkpoint's JSON files, with errors that name the file and the key. */
import { isThere, withFile } from '../bounded-file.js';
import { integerFrom, malformed, show, unsupported } from '../../errors/model-file.js';

/** Bytes of a config.json or generation_config.json, at most. */
export const MAX_CONFIG_BYTES = 1 << 20;

/** Text of a file of at most `most` bytes. Throws `model_not_readable` or `file_malformed`. */
export function readText(path: string, most: number): string {
  return withFile(path, (file) => {
    if (file.size > most) {
      throw malformed(path, `has ${file.size} bytes: at most ${most} are expected`);
    }
    return file.read(0, file.size, 'the text').toString('utf8');
  });
}

/** No file of a model nests deeper than a dozen; what reads a value may go down by recursion. */
const MAX_DEPTH = 128;

/**
 * Parses JSON that is nested at most `MAX_DEPTH` deep. Throws `file_malformed`, which names the file.
 */
function parseJson(file: string, text: string): unknown {
  checkDepth(file, text);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(file, `is not JSON (${(error as Error).message})`);
  }
}

function checkDepth(file: string, text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = endOfString(text, i);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) {
          throw malformed(file, `is nested more than ${MAX_DEPTH} deep (at character ${i})`);
        }
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
}

/** Where a string that begins at `begin` has its closing quote; the text's end without one. */
function endOfString(text: string, begin: number): number {
  for (let i = begin + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) return i;
    if (unit === 0x5c) i++;
  }
  return text.length;
}

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface NumberRange {
  readonly least?: number;
  readonly most?: number;
}

/** An object out of a JSON file. null and absent are the same, as for transformers. */
export class JsonObject {
  readonly file: string;
  readonly #at: string;
  readonly #values: JsonRecord;

  constructor(file: string, values: JsonRecord, at = '') {
    this.file = file;
    this.#values = values;
    this.#at = at;
  }

  /** Parses the text of `file`, which must be an object. */
  static parse(file: string, text: string): JsonObject {
    const value = parseJson(file, text);
    if (!isRecord(value)) throw malformed(file, `is ${show(value)}: a JSON object is expected`);
    return new JsonObject(file, value);
  }

  /** Reads a file that may be absent. */
  static readOptional(path: string, most: number): JsonObject | null {
    return isThere(path) ? JsonObject.parse(path, readText(path, most)) : null;
  }

  /** All of it, as it stands. */
  get values(): JsonRecord {
    return this.#values;
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  /** The value as it stands, or undefined where it is absent or null. */
  raw(key: string): unknown {
    return Object.hasOwn(this.#values, key) ? (this.#values[key] ?? undefined) : undefined;
  }

  wrong(key: string, expected: string): Error {
    return malformed(
      this.file,
      `${this.#at}${key} is ${show(this.raw(key))}: ${expected} is expected`,
    );
  }

  missing(key: string): Error {
    return malformed(this.file, `has no ${this.#at}${key}`);
  }

  /** An error that refuses the model for the value of a key. */
  refusal(key: string, reason: string): Error {
    return unsupported(this.file, `${this.#at}${key} is ${show(this.raw(key))}: ${reason}`);
  }

  /** The same where what the key asks for is not built. */
  unbuilt(key: string, feature = 'this'): Error {
    return this.refusal(key, `${feature} is not built`);
  }

  integer(key: string, { least = 0, most = 0x7fff_ffff }: NumberRange = {}): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw this.wrong(key, integerFrom(least, most));
    }
    return value;
  }

  requiredInteger(key: string, range?: NumberRange): number {
    const value = this.integer(key, range);
    if (value === undefined) throw this.missing(key);
    return value;
  }

  number(
    key: string,
    { least = -Infinity, most = Infinity }: NumberRange = {},
  ): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least || value > most) {
      throw this.wrong(key, rangeText(least, most));
    }
    return value;
  }

  requiredNumber(key: string, range?: NumberRange): number {
    const value = this.number(key, range);
    if (value === undefined) throw this.missing(key);
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrong(key, 'true or false');
  }

  string(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(key, 'a string');
  }

  object(key: string): JsonObject | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw this.wrong(key, 'an object');
    return new JsonObject(this.file, value, `${this.#at}${key}.`);
  }

  array(key: string): readonly unknown[] | undefined {
    const value = this.raw(key);
    if (value === undefined || Array.isArray(value)) return value as unknown[] | undefined;
    throw this.wrong(key, 'an array');
  }
}

function rangeText(least: number, most: number): string {
  if (least === -Infinity && most === Infinity) return 'a finite number';
  if (most === Infinity) return `a number of at least ${least}`;
  return `a number from ${least} to ${most}`;
}
