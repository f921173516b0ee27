/** Typed reading of a GGUF file's metadata, with errors that name the key. */
import { integerFrom, malformed, show, unsupported } from '../../errors/model-file.js';
import { PassedStrings } from './passed-strings.js';
import type { StringTable } from '../string-table.js';
import type { GgufEntry, GgufNumbers } from './values.js';

/** Bounds of an integer key. */
export interface IntegerRange {
  readonly least?: number;
  readonly most?: number;
}

export class GgufMetadata {
  readonly file: string;
  readonly #entries: ReadonlyMap<string, GgufEntry>;

  constructor(file: string, entries: ReadonlyMap<string, GgufEntry>) {
    this.file = file;
    this.#entries = entries;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The value as it stands. */
  raw(key: string): GgufEntry['value'] | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** An error for the value of a key. */
  wrong(key: string, expected: string): Error {
    const { value, type } = this.#entries.get(key) ?? this.#missing(key);
    const shown = typeof value === 'object' ? '' : ` ${show(value)}`;
    return malformed(this.file, `key ${key} is${shown} (${type}): ${expected} is expected`);
  }

  /** An integer of any width, or undefined where the key is absent. */
  integer(key: string, { least = 0, most = 0x7fff_ffff }: IntegerRange = {}): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { value, type } = entry;
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (
      typeof number !== 'number' ||
      type.startsWith('float') ||
      !Number.isInteger(number) ||
      number < least ||
      number > most
    ) {
      throw this.wrong(key, integerFrom(least, most));
    }
    return number;
  }

  requiredInteger(key: string, range?: IntegerRange): number {
    return this.integer(key, range) ?? this.#missing(key);
  }

  /** A finite number, or undefined where the key is absent. */
  number(key: string): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (typeof entry.value !== 'number' || !Number.isFinite(entry.value)) {
      throw this.wrong(key, 'a finite number');
    }
    return entry.value;
  }

  requiredNumber(key: string): number {
    return this.number(key) ?? this.#missing(key);
  }

  boolean(key: string): boolean | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (typeof entry.value !== 'boolean') throw this.wrong(key, 'a bool');
    return entry.value;
  }

  string(key: string): string | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (typeof entry.value !== 'string') throw this.wrong(key, 'a string');
    return entry.value;
  }

  requiredString(key: string): string {
    return this.string(key) ?? this.#missing(key);
  }

  /** Reads an array of strings that was passed over with the header. */
  requiredStrings(key: string): StringTable {
    const { value } = this.#entries.get(key) ?? this.#missing(key);
    if (!(value instanceof PassedStrings)) throw this.wrong(key, 'an array of strings');
    return value.read(this.file, key);
  }

  /** An array of 32-bit or narrower integers, or undefined where the key is absent. */
  integers(key: string): ArrayLike<number> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (!/^array of u?int(8|16|32)$/.test(entry.type)) {
      throw this.wrong(key, 'an array of integers');
    }
    return entry.value as Exclude<GgufNumbers, BigUint64Array | BigInt64Array>;
  }

  /** Refuses the model where a key has another value than the one that changes nothing. */
  refuseUnless(key: string, harmless: number | boolean, feature: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.value === harmless) return;
    throw unsupported(this.file, `key ${key} is ${show(entry.value)}: ${feature} is not built`);
  }

  #missing(key: string): never {
    throw malformed(this.file, `has no key ${key}`);
  }
}
