/** What the threads of another process have done, as Linux counts it: nothing of it is on the clock. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ThreadActivity {
  readonly name: string;
  /** Milliseconds of CPU time so far. */
  readonly cpuMs: number;
  /** Times that it has gone to sleep or was put off its CPU. */
  readonly switches: number;
}

/** The threads of a process, by id; one that ends meanwhile is left out. */
export function threadActivity(pid: number): Map<string, ThreadActivity> {
  const threads = new Map<string, ThreadActivity>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string): string => readFileSync(`/proc/${pid}/task/${id}/${file}`, 'utf8');
    try {
      const status = read('status');
      const switches = [...status.matchAll(/ctxt_switches:\s*(\d+)/g)];
      threads.set(id, {
        name: read('comm').trim(),
        cpuMs: Number(read('schedstat').split(' ')[0]) / 1e6,
        switches: switches.reduce((sum, [, count]) => sum + Number(count), 0),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return threads;
}

/** What each thread has done between two looks; those that did nothing are left out. */
export function activityBetween(
  before: ReadonlyMap<string, ThreadActivity>,
  after: ReadonlyMap<string, ThreadActivity>,
): ThreadActivity[] {
  return [...after]
    .map(([id, { name, cpuMs, switches }]) => ({
      name,
      cpuMs: cpuMs - (before.get(id)?.cpuMs ?? 0),
      switches: switches - (before.get(id)?.switches ?? 0),
    }))
    .filter(({ cpuMs, switches }) => cpuMs > 0 || switches > 0);
}
