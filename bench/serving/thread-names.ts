/** Which thread of a server does what. Node 20 calls all of its threads «node», so they tell themselves. */
import { basename } from 'node:path';

/** What the server's threads have told of themselves: name-threads.cts. */
export interface ToldThreads {
  readonly main: number;
  /** Those that were there before any JavaScript ran. */
  readonly v8: ReadonlySet<number>;
  /** The script of each worker thread. */
  readonly workers: ReadonlyMap<number, string>;
}

/** What the threads are called in tables, in the tables' order. */
export const ROLES = ['event loop', 'engine', 'pool', 'prompt threads', 'V8', 'others'] as const;

/** Throws where the main thread has told nothing. */
export function parseToldThreads(text: string): ToldThreads {
  let main = NaN;
  let early: number[] = [];
  const workers = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [kind, task, ...rest] = line.split(' ');
    if (kind === 'main') {
      main = Number(task);
      early = (rest[0] ?? '').split(',').map(Number);
    } else if (kind === 'worker') {
      workers.set(Number(task), basename(rest.join(' ')));
    }
  }
  if (Number.isNaN(main)) throw new Error('the server did not tell its threads');
  return { main, v8: new Set(early.filter((task) => task !== main)), workers };
}

/** One of ROLES, or the name of a thread that has one of its own. `comm` is the thread's in /proc. */
export function roleOf(task: number, comm: string, told: ToldThreads): string {
  if (task === told.main) return 'event loop';
  const script = told.workers.get(task);
  if (script !== undefined) {
    if (script.startsWith('worker.')) return 'engine';
    return script.startsWith('prompt-worker.') ? 'prompt threads' : script;
  }
  if (comm === 'kinglet-pool') return 'pool';
  if (comm.startsWith('kinglet-')) return comm;
  return told.v8.has(task) ? 'V8' : 'others';
}
