/** JSON as far as its ends can be found: brackets and strings. What is between them is not judged. */
import { isSpace, type Reader, type Reading } from './reader.js';

/** A string, from its quote on; null where there is none, or it is no JSON. */
export function* readString(reader: Reader): Reading<string | null> {
  if (reader.unit !== '"') return null;
  const start = reader.held.length;
  reader.hold();
  reader.unit = yield;
  while (reader.unit !== '"') {
    if (reader.unit === null) return null;
    if (reader.unit === '\\') {
      reader.hold();
      reader.unit = yield;
      if (reader.unit === null) return null;
    }
    reader.hold();
    reader.unit = yield;
  }
  reader.hold();
  reader.unit = yield;
  return decoded(reader.held.slice(start));
}

function decoded(json: string): string | null {
  try {
    return JSON.parse(json) as string;
  } catch {
    return null;
  }
}

/**
 * An object or a list, from its bracket on to the one that closes it; false where the answer ends
 * before. `take` hears of each unit.
 */
export function* readContainer(reader: Reader, take: (unit: string) => void): Reading<boolean> {
  let depth = 0;
  let quoted = false;
  for (;;) {
    const { unit } = reader;
    if (unit === null) return false;
    take(unit);
    reader.unit = yield;
    if (quoted) {
      if (unit === '"') quoted = false;
      if (unit !== '\\') continue;
      if (reader.unit === null) return false;
      take(reader.unit);
      reader.unit = yield;
    } else if (unit === '"') {
      quoted = true;
    } else if (unit === '{' || unit === '[') {
      depth++;
    } else if ((unit === '}' || unit === ']') && --depth === 0) {
      return true;
    }
  }
}

/** Any value; false where there is none. */
export function* skipValue(reader: Reader): Reading<boolean> {
  if (reader.unit === '"') return (yield* readString(reader)) !== null;
  if (reader.unit === '{' || reader.unit === '[') {
    return yield* readContainer(reader, () => reader.hold());
  }
  const start = reader.held.length;
  while (reader.unit !== null && /[-+.\w]/.test(reader.unit)) {
    reader.hold();
    reader.unit = yield;
  }
  return reader.held.length > start && (isSpace(reader.unit) || /^[,}]$/.test(reader.unit ?? ''));
}
