/** One evaluation: its file, its clock, and what people are told meanwhile. */
import { basename } from 'node:path';
import { energyMeter, type EnergyMeter } from './energy.js';
import { latest, type Entry } from './journal/elapsed.js';
import { digestOf, type Header } from './journal/header.js';
import { Journal, type ReadEntry } from './journal/journal.js';
import { runAll, type Progress } from './run-all.js';
import { Stopwatch } from './stopwatch.js';

/** What an evaluation is run with, whatever it evaluates. */
export interface Session {
  /** Where answers go; null: a file named for what is evaluated, in the current folder. */
  readonly output: string | null;
  /** Hears where answers go, and how many are there already. */
  readonly onOpen: (opened: Opened) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Measures this machine; null where nothing does. */
  readonly meter?: () => EnergyMeter | null;
}

interface Opened {
  readonly path: string;
  readonly kept: number;
  readonly count: number;
}

/** What is evaluated. */
interface Plan<R extends Entry> {
  readonly header: Header;
  /** For the name of the file. */
  readonly model: string;
  /** Whether the work is done on this machine. */
  readonly isHere: boolean;
  readonly read: ReadEntry<R>;
  readonly slim?: (entry: R) => R;
  readonly concurrency: number;
  readonly work: (index: number) => Promise<Omit<R, 'elapsed'>>;
}

/** An evaluation that has come to its end. */
interface Evaluated<R extends Entry> {
  /** By index. */
  readonly records: readonly R[];
  /** Where they are. */
  readonly path: string;
  /** What measured the energy, if anything. */
  readonly energySource: string | null;
}

/** What came of it, and where its answers are. */
export type Outcome<S> = Omit<Evaluated<never>, 'records'> & { readonly summary: S };

/**
 * Does what an earlier run has left of a plan. Rejects as `Journal.open` throws, and with the first
 * failure of the work: what was done before is kept.
 */
export async function evaluate<R extends Entry>(
  session: Session,
  plan: Plan<R>,
): Promise<Evaluated<R>> {
  const { header, read, slim = (entry: R) => entry, concurrency, work } = plan;
  const path = session.output ?? defaultPath(plan);
  const journal = Journal.open(path, header, read, slim);
  const meter = plan.isHere ? (session.meter ?? energyMeter)() : null;
  try {
    session.onOpen({ path, kept: journal.entries.size, count: header.count });
    const stopwatch = new Stopwatch(latest(journal.entries.values()), meter);
    const { onProgress } = session;
    await runAll({ journal, count: header.count, concurrency, work, stopwatch, onProgress });
    const records = [...journal.entries.values()].sort((a, b) => a.index - b.index);
    return { records, path, energySource: meter?.source ?? null };
  } finally {
    meter?.close();
    journal.close();
  }
}

/** The same for the same evaluation, so that it goes on there. */
function defaultPath({ header, model }: Pick<Plan<Entry>, 'header' | 'model'>): string {
  const stem = basename(header.file).replace(/\.\w+$/, '');
  const name = `eval-${stem}-${basename(model)}`.replace(/[^\w.-]+/g, '-').slice(0, 150);
  return `${name}-${digestOf(header)}.jsonl`;
}
