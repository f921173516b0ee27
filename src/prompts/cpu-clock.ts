import { readFileSync, readlinkSync } from 'node:fs';

/** Milliseconds of a tick in /proc, whose unit is fixed at 100 a second for programs (USER_HZ). */
const TICK_MS = 10;
/** utime and stime, counted from the field after the name (proc(5)). */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** What the calling thread is called in /proc, for `cpuClock` in any thread; null without /proc. */
export function ownTask(): string | null {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}`;
  } catch {
    return null;
  }
}

/**
 * A clock of the CPU time that a thread has used, in milliseconds, in steps of 10. A deadline in
 * this time means the same on a busy machine as on an idle one. `task` is from `ownTask`; where
 * there is none, this is a clock of elapsed time.
 */
export function cpuClock(task: string | null): () => number {
  if (task === null) return () => performance.now();
  let last = 0;
  return () => {
    try {
      last = ticksOf(readFileSync(`${task}/stat`, 'latin1')) * TICK_MS;
    } catch {
      // The thread has ended: what it had used is all that it will.
    }
    return last;
  };
}

function ticksOf(stat: string): number {
  // The name may hold spaces and parentheses; nothing after its last one does.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
}
