import type { Elapsed, Entry } from './journal/elapsed.js';
import type { Journal } from './journal/journal.js';
import type { Stopwatch } from './stopwatch.js';

/** How far an evaluation is. */
export interface Progress {
  readonly done: number;
  readonly count: number;
  /** By the speed of this run; null before anything is done in it. */
  readonly secondsLeft: number | null;
}

interface Running<R extends Entry> {
  readonly journal: Journal<R>;
  /** Questions, or windows of a text. */
  readonly count: number;
  /** How many are under way at a time. */
  readonly concurrency: number;
  /** Does one; its entry but for the time. */
  readonly work: (index: number) => Promise<Omit<R, 'elapsed'>>;
  readonly stopwatch: Stopwatch;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Does what the journal does not hold yet, in order, several at a time. The first failure ends it and
 * is thrown; what is done by then is in the journal.
 */
export async function runAll<R extends Entry>(running: Running<R>): Promise<void> {
  const { journal, count, concurrency, work, stopwatch, onProgress } = running;
  const left = Array.from({ length: count }, (_, index) => index).filter(
    (index) => !journal.entries.has(index),
  );
  const before = count - left.length;
  let done = 0;
  let failed = false;
  const tell = () => onProgress(progressOf(before, done, count, stopwatch.running));
  const worker = async () => {
    for (let index = left.shift(); index !== undefined && !failed; index = left.shift()) {
      const entry = await work(index);
      // The file may be closed by now.
      if (failed) return;
      journal.append(withTime(entry, stopwatch.elapsed()));
      done++;
      tell();
    }
  };
  tell();
  const workers = Array.from({ length: Math.min(concurrency, left.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    failed = true;
    throw error;
  }
}

function progressOf(before: number, done: number, count: number, seconds: number): Progress {
  const left = count - before - done;
  return {
    done: before + done,
    count,
    secondsLeft: done === 0 ? null : (seconds / done) * left,
  };
}

function withTime<R extends Entry>(entry: Omit<R, 'elapsed'>, elapsed: Elapsed): R {
  return { ...entry, elapsed } as R;
}
