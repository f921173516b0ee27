/** Checked reading of a parsed tokenizer.json: errors name the key. */
import type { KingletError } from '../errors.js';
import * as modelFile from '../errors/model-file.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Sequences in sequences beyond which a file is refused. */
export const MAX_NESTING = 16;

export function object(value: unknown, key: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(key, 'expected an object');
  }
  return value as JsonObject;
}

export function array(value: unknown, key: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(key, 'expected an array');
  return value;
}

/** `otherwise`: what an absent flag stands for; undefined where it must be there. */
export function flag(row: JsonObject, name: string, key: string, otherwise?: boolean): boolean {
  const given = row[name] ?? otherwise;
  if (typeof given !== 'boolean') throw malformed(`${key}.${name}`, 'expected true or false');
  return given;
}

export function typeOf(value: unknown): unknown {
  return (value as JsonObject | null | undefined)?.['type'] ?? null;
}

export function malformed(key: string, what: string, file = 'tokenizer.json'): KingletError {
  return modelFile.malformed(file, `${key}: ${what}`);
}

/** Sequences in sequences go deeper than MAX_NESTING. */
export function nestedTooDeep(key: string): KingletError {
  return malformed(key, `more than ${MAX_NESTING} sequences nested`);
}

export function tooManySteps(key: string, most: number): KingletError {
  return malformed(key, `more than ${most} steps`);
}

export function unsupported(key: string, got: unknown, expected: string): KingletError {
  return modelFile.unsupported(
    'tokenizer.json',
    `${key} is ${quoted(got)}; Kinglet reads ${expected} only`,
  );
}

const SHOWN = 80;

/** A value for a message: short, whatever it is. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const short = typeof value === 'string' ? value.slice(0, SHOWN) : value;
  const text = JSON.stringify(short) ?? String(short);
  return short === value ? text : `${text.slice(0, -1)}…"`;
}
