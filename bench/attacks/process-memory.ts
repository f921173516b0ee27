import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Resident bytes of a process and all its descendants, now and at their highest. */
export interface ProcessMemory {
  readonly now: number;
  readonly peak: number;
}

/** Reads VmRSS and VmHWM of /proc; peaks of several processes are added up, which is no less than the peak of the sum. */
export function processMemory(pid: number): ProcessMemory {
  let now = 0;
  let peak = 0;
  for (const each of family(pid)) {
    const status = readFileSync(`/proc/${each}/status`, 'latin1');
    now += kibibytes(status, 'VmRSS');
    peak += kibibytes(status, 'VmHWM');
  }
  return { now: now * 1024, peak: peak * 1024 };
}

/** Starts the peak anew. */
export function resetPeak(pid: number): void {
  for (const each of family(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5');
}

/** A process and those that it has started. */
export function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

function kibibytes(status: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}
