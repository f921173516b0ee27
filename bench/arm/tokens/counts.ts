/** Instructions by kind and by function: what instruction_counter.cpp counts, and arithmetic on it. */

/** Of one function. `simd` is SIMD and floating point, `memory` loads and stores. */
export interface Counts {
  readonly simd: number;
  readonly memory: number;
  readonly other: number;
}

/** By the function's name. */
export type Profile = ReadonlyMap<string, Counts>;

const NONE: Counts = { simd: 0, memory: 0, other: 0 };

function plus(a: Counts, b: Counts, factor = 1): Counts {
  return {
    simd: a.simd + factor * b.simd,
    memory: a.memory + factor * b.memory,
    other: a.other + factor * b.other,
  };
}

/** a + factor b. */
export function combined(a: Profile, b: Profile, factor: number): Profile {
  const sums = new Map(a);
  for (const [name, counts] of b) sums.set(name, plus(sums.get(name) ?? NONE, counts, factor));
  return sums;
}

/** What `more` has beyond `less`, by `units`. */
export function difference(more: Profile, less: Profile, units: number): Profile {
  const none: Profile = new Map();
  return combined(none, combined(more, less, -1), 1 / units);
}

/** Of all functions together. */
export function total(profile: Profile): Counts {
  return [...profile.values()].reduce((sum, counts) => plus(sum, counts), NONE);
}

/** Of all kinds together. */
export function instructions({ simd, memory, other }: Counts): number {
  return simd + memory + other;
}

/** The functions with the most instructions, the largest first. */
export function largest(profile: Profile, count: number): [name: string, counts: Counts][] {
  return [...profile].sort(([, a], [, b]) => instructions(b) - instructions(a)).slice(0, count);
}

/**
 * The plugin's output with places: a profile for each mark, of what ran since the one before. A mark that
 * comes again replaces the earlier one. `functionAt` names the function at an offset of a file.
 */
export function readCounts(
  text: string,
  functionAt: (file: string, offset: number) => string,
): Map<string, Profile> {
  const marks = new Map<string, Profile>();
  let profile = new Map<string, Counts>();
  for (const line of text.split('\n')) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'mark') {
      profile = new Map();
      marks.set(words[0] ?? '', profile);
    } else if (kind === 'at') {
      const [times = 0, simd = 0, memory = 0, other = 0, offset = 0] = words.map(Number);
      const name = functionAt(words.slice(5).join(' '), offset);
      profile.set(name, plus(profile.get(name) ?? NONE, { simd, memory, other }, times));
    }
  }
  return marks;
}
