import { KingletError, type ErrorCode } from '../errors.js';
import { show } from '../errors/model-file.js';

/**
 * An object from outside, whose members are read by name: an entry of a task file, a line of earlier
 * answers, a server's answer. What isn't as it must be is refused with its place and its name.
 */
export class Fields {
  /** Where it stands: FILE:LINE, or what a server answered to. */
  readonly place: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #code: ErrorCode;

  /** Throws `code` where `value` is no object. */
  constructor(value: unknown, place: string, code: ErrorCode = 'file_malformed') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new KingletError(code, `${place}: an object was expected, but got ${show(value)}.`);
    }
    this.place = place;
    this.#code = code;
    this.#values = value as Record<string, unknown>;
  }

  get names(): string[] {
    return Object.keys(this.#values);
  }

  /** Null counts as absent. */
  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** The member as it is; undefined where there is none, or null. */
  value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  /** The first of `names` that is there. */
  first(names: readonly string[]): string | undefined {
    return names.find((name) => this.has(name));
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw this.wrong(name, 'a string');
    return value;
  }

  /** '' where there is none. */
  textOrNone(name: string): string {
    return this.has(name) ? this.text(name) : '';
  }

  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number') throw this.wrong(name, 'a number');
    return value;
  }

  /** A count: an integer of at least 0. */
  count(name: string): number {
    const value = this.value(name);
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.wrong(name, 'a count');
    return value as number;
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw this.wrong(name, 'a list');
    return value;
  }

  numbers(name: string): readonly number[] {
    const values = this.list(name);
    if (values.every((value) => typeof value === 'number')) return values;
    throw this.wrong(name, 'a list of numbers');
  }

  texts(name: string): readonly string[] {
    const values = this.list(name);
    if (values.every((value) => typeof value === 'string')) return values;
    throw this.wrong(name, 'a list of strings');
  }

  object(name: string): Fields {
    if (!isObject(this.value(name))) throw this.wrong(name, 'an object');
    return new Fields(this.value(name), `${this.place}: ${name}`, this.#code);
  }

  objects(name: string): Fields[] {
    return this.list(name).map(
      (value, i) => new Fields(value, `${this.place}: ${name}[${i}]`, this.#code),
    );
  }

  /** The error that says what a member must be, and what it is. */
  wrong(name: string, expected: string): KingletError {
    const got = this.has(name) ? `it is ${show(this.value(name))}` : 'it is missing';
    return new KingletError(
      this.#code,
      `${this.place}: '${name}' must be ${expected}, but ${got}.`,
    );
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
