import { isSpace, type Reader, type Reading } from './reader.js';

/**
 * Reads one of several literals, each in its parts: whitespace may stand before each part. Returns
 * the literal's index, null where none is there; what was read is held. No literal begins another.
 */
export function* readOneOf(
  reader: Reader,
  literals: readonly (readonly string[])[],
): Reading<number | null> {
  let alive = literals.map((parts, index) => ({ parts, index, part: 0, at: 0 }));
  for (;;) {
    const done = alive.find(({ parts, part }) => part === parts.length);
    if (done !== undefined) return done.index;
    const { unit } = reader;
    const space = isSpace(unit);
    alive = alive.filter((place) => {
      if (space && place.at === 0) return true;
      const part = place.parts[place.part] ?? '';
      if (part[place.at] !== unit) return false;
      place.at++;
      if (place.at < part.length) return true;
      place.part++;
      place.at = 0;
      return true;
    });
    if (alive.length === 0) return null;
    reader.hold();
    reader.unit = yield;
  }
}
