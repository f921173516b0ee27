/** CPU time and wakeups of a process's threads, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { roleOf, type ToldThreads } from './thread-names.js';

export interface ThreadTimes {
  /** CPU seconds. */
  readonly cpu: number;
  /** Seconds that the thread could have run and no CPU was free. */
  readonly waited: number;
  /** How often it gave its CPU up by itself, which is how often it was woken. */
  readonly wakeups: number;
}

/** Nanoseconds of running and of waiting to run: /proc/PID/task/TID/schedstat (proc(5)). */
export function parseSchedstat(text: string): Pick<ThreadTimes, 'cpu' | 'waited'> {
  const [ran, waited] = text.split(' ').map((field) => Number(field) / 1e9);
  if (ran === undefined || waited === undefined) throw new Error(`not a schedstat: ${text}`);
  return { cpu: ran, waited };
}

export function parseWakeups(status: string): number {
  const [, count] = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status) ?? [];
  if (count === undefined) throw new Error('a status without voluntary_ctxt_switches');
  return Number(count);
}

/** What all threads of a process have used so far, by task. A thread that ends meanwhile is left out. */
export function readThreads(pid: number): Map<number, ThreadTimes & { readonly comm: string }> {
  const threads = new Map<number, ThreadTimes & { readonly comm: string }>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string): string =>
      readFileSync(`/proc/${pid}/task/${task}/${file}`, 'latin1').trimEnd();
    try {
      const times = { ...parseSchedstat(read('schedstat')), wakeups: parseWakeups(read('status')) };
      threads.set(Number(task), { ...times, comm: read('comm') });
    } catch (error) {
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return threads;
}

/** What threads have used between two readings, by role; one that has begun since counts whole. */
export function usedBetween(
  before: ReturnType<typeof readThreads>,
  after: ReturnType<typeof readThreads>,
  told: ToldThreads,
): Map<string, ThreadTimes> {
  const used = new Map<string, ThreadTimes>();
  for (const [task, { comm, cpu, waited, wakeups }] of after) {
    const role = roleOf(task, comm, told);
    const sum = used.get(role) ?? { cpu: 0, waited: 0, wakeups: 0 };
    const start = before.get(task) ?? { cpu: 0, waited: 0, wakeups: 0 };
    used.set(role, {
      cpu: sum.cpu + cpu - start.cpu,
      waited: sum.waited + waited - start.waited,
      wakeups: sum.wakeups + wakeups - start.wakeups,
    });
  }
  return used;
}
