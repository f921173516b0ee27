/** Whether other programs use the machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** How long is looked. */
const SAMPLE_MS = 1000;
const RETRY_MS = 4000;
/** Of one CPU, above which a process counts as busy. */
const BUSY_SHARE = 0.1;
/** Load of the last minute for each CPU. */
const QUIET_LOAD = 0.25;
/** Of /proc/PID/stat and /proc/stat; Linux shows times in these to every program. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process so far. */
interface CpuTime {
  readonly name: string;
  readonly seconds: number;
}

/** Of every process that is seen, by its id. */
type CpuTimes = ReadonlyMap<number, CpuTime>;

/** The name and time in a line of /proc/PID/stat; the name may hold anything. */
export function parseStat(line: string): CpuTime {
  const end = line.lastIndexOf(')');
  const fields = line.slice(end + 2).split(' ');
  // Counted from the state, which is field 3: utime is field 14, stime 15.
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { name: line.slice(line.indexOf('(') + 1, end), seconds: ticks / TICKS_PER_SECOND };
}

function cpuTimes(): CpuTimes {
  const times = new Map<number, CpuTime>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      times.set(Number(entry), parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8')));
    } catch {
      // Ended meanwhile.
    }
  }
  return times;
}

/** Those that used more than a tenth of a CPU between two looks, but for this process, in words. */
export function busyProcesses(before: CpuTimes, after: CpuTimes, seconds: number): string[] {
  return [...after]
    .filter(([pid]) => pid !== process.pid)
    .map(([pid, { name, seconds: used }]) => ({
      ...{ pid, name },
      share: (used - (before.get(pid)?.seconds ?? 0)) / seconds,
    }))
    .filter(({ share }) => share > BUSY_SHARE)
    .sort((a, b) => b.share - a.share)
    .map(({ pid, name, share }) => `${name} (${pid}) uses ${(100 * share).toFixed(0)} % of a CPU`);
}

async function whoIsBusy(): Promise<string[]> {
  const before = cpuTimes();
  const started = performance.now();
  await pause(SAMPLE_MS);
  return busyProcesses(before, cpuTimes(), (performance.now() - started) / 1e3);
}

/**
 * Returns when no other process is busy, and at once with a `patience` of 0 seconds. `load`: nor was the
 * machine over the last minute, which a program that has computed itself must not ask. Throws with who is
 * busy when patience ends.
 */
export async function waitForQuiet(patience: number, { load }: { load: boolean }): Promise<void> {
  const most = QUIET_LOAD * cpus().length;
  const deadline = performance.now() + patience * 1e3;
  let said = false;
  while (patience > 0) {
    const [lastMinute = 0] = loadavg();
    const busy = await whoIsBusy();
    if (load && lastMinute > most) busy.push(`the load is ${lastMinute}, above ${most}`);
    if (busy.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`The machine did not become quiet in ${patience} s: ${busy.join('; ')}.`);
    }
    if (!said) console.error(`waiting for a quiet machine: ${busy.join('; ')}`);
    said = true;
    await pause(RETRY_MS);
  }
}
