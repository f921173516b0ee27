import type { Fields } from '../fields.js';

/** What an evaluation has taken so far, over all its runs. */
export interface Elapsed {
  /** Wall time while it ran. */
  readonly seconds: number;
  /** null: nothing tells. */
  readonly joules: number | null;
}

const NO_TIME: Elapsed = { seconds: 0, joules: null };

/** What every line of an evaluation's file has. */
export interface Entry {
  /** Of the question, or the window of a text, from 0. */
  readonly index: number;
  /** When it was done. */
  readonly elapsed: Elapsed;
}

export function readEntry(fields: Fields): Entry {
  const elapsed = fields.object('elapsed');
  return {
    index: fields.count('index'),
    elapsed: {
      seconds: elapsed.number('seconds'),
      joules: elapsed.has('joules') ? elapsed.number('joules') : null,
    },
  };
}

/** The longest: lines are in the order in which they were done, but nothing is lost if they aren't. */
export function latest(entries: Iterable<Entry>): Elapsed {
  let last = NO_TIME;
  for (const { elapsed } of entries) if (elapsed.seconds > last.seconds) last = elapsed;
  return last;
}
