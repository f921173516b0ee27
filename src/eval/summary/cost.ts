import { latest, type Entry } from '../journal/elapsed.js';

/** What an evaluation took. */
export interface Cost {
  /** Wall time while it ran, all runs together. */
  readonly seconds: number;
  /** null: nothing measured it. */
  readonly joules: number | null;
}

/** The cost, and its part for each of so many solved problems: null where none is solved. */
export interface CostPerSolved extends Cost {
  readonly secondsPerSolved: number | null;
  readonly joulesPerSolved: number | null;
}

export function costPerSolved(entries: readonly Entry[], solved: number): CostPerSolved {
  const { seconds, joules } = latest(entries);
  return {
    seconds,
    joules,
    secondsPerSolved: solved === 0 ? null : seconds / solved,
    joulesPerSolved: solved === 0 || joules === null ? null : joules / solved,
  };
}
