import { availableParallelism } from 'node:os';
import { posix } from 'node:path';
import { cgroupFolders, systemFiles, type CgroupFolder, type ReadSystemFile } from './cgroups.js';

export interface CpuBudget {
  /** Compute threads, the calling one included; at least 1. */
  readonly threads: number;
  /** CPUs to which the threads are bound; empty: all that the process may use. */
  readonly cpus: readonly number[];
  /** Whether each of them is bound to one of `cpus` alone, in their order. */
  readonly pin: boolean;
  /** How this was decided, for the log. */
  readonly explanation: string;
}

export interface CpuBudgetOptions {
  /** --threads: wins over everything. */
  readonly threads?: number | null | undefined;
  /** --pin: a CPU for each thread, as long as there are enough. */
  readonly pin?: boolean;
  /** Stands for "/": tests give a folder with proc and sys of their own. */
  readonly root?: string;
}

/** Slower than this share of the fastest CPU is a little core; turbo differences are smaller. */
const LITTLE_BELOW = 0.8;

const CPU_FOLDER = '/sys/devices/system/cpu';

/**
 * How many threads compute, and where: the physical cores that the affinity mask allows (a second
 * thread on a core adds nothing to a loop that keeps its units busy), of these the big ones where
 * they differ (the slowest decides when a step ends), and no more than the CPU quota of any cgroup
 * above the process, rounded down (beyond it the kernel stops all threads until the next period).
 */
export function cpuBudget(options: CpuBudgetOptions = {}): CpuBudget {
  const read = systemFiles(options.root ?? '/');
  const allowed = allowedCpus(read);
  const big = bigCpus(read, allowed);
  const bigCores = countCores(read, big);
  const quota = cpuQuota(read);
  const affordable = Math.max(1, Math.min(bigCores, Math.floor(quota?.cpus ?? Infinity)));

  const reasons = [`${count(allowed.length, 'CPU')} allowed (${formatList(allowed)})`];
  if (big.length < allowed.length) {
    reasons.push(`${count(bigCores, 'big core')} (${formatList(big)})`);
  } else if (bigCores < allowed.length) {
    reasons.push(count(bigCores, 'physical core'));
  }
  if (quota !== null) reasons.push(`CPU quota ${formatQuota(quota.cpus)} (${quota.file})`);
  const found = reasons.join(', ');

  const asked = options.threads ?? null;
  const threads = asked ?? affordable;
  const chosen =
    asked === null
      ? `${threads}: ${found}`
      : `${threads}, as asked for (without it ${affordable}: ${found})`;
  if (options.pin === true && threads <= allowed.length) {
    const cpus = fastestCores(read, allowed).slice(0, threads);
    return {
      threads,
      cpus,
      pin: true,
      explanation: `${chosen}; pinned to CPUs ${cpus.join(', ')}`,
    };
  }
  // Threads that were asked for beyond the big cores need the little ones.
  const bind = big.length < allowed.length && threads <= bigCores;
  return {
    threads,
    cpus: bind ? big : [],
    pin: false,
    explanation: options.pin === true ? `${chosen}; not pinned: too few CPUs` : chosen,
  };
}

/** CPUs that the affinity mask (and so the cpuset) allows and that are online. */
function allowedCpus(read: ReadSystemFile): number[] {
  const status = read('/proc/self/status') ?? '';
  const mask = parseList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
  const online = parseList(read(`${CPU_FOLDER}/online`) ?? '');
  // The mask may name CPUs that could be plugged in.
  const both = online.length === 0 ? mask : mask.filter((cpu) => online.includes(cpu));
  if (both.length > 0) return both;
  return Array.from({ length: availableParallelism() }, (_, cpu) => cpu);
}

/** Those that are about as fast as the fastest; all where their speeds are not known. */
function bigCpus(read: ReadSystemFile, cpus: readonly number[]): number[] {
  const speeds = speedsOf(read, cpus);
  const fastest = Math.max(...speeds.values());
  return cpus.filter((cpu) => (speeds.get(cpu) ?? fastest) >= LITTLE_BELOW * fastest);
}

/** How fast CPUs are beside each other; empty where that is not known of all. */
function speedsOf(read: ReadSystemFile, cpus: readonly number[]): Map<number, number> {
  for (const file of ['cpu_capacity', 'cpufreq/cpuinfo_max_freq']) {
    const speeds = new Map(
      cpus.map((cpu) => [cpu, Number(read(`${CPU_FOLDER}/cpu${cpu}/${file}`) ?? NaN)]),
    );
    if ([...speeds.values()].every((speed) => speed > 0)) return speeds;
  }
  return new Map();
}

/** All of `cpus`: the fastest first, but the second thread of any core after the first of all. */
function fastestCores(read: ReadSystemFile, cpus: readonly number[]): number[] {
  const speeds = speedsOf(read, cpus);
  const speed = (cpu: number) => speeds.get(cpu) ?? 0;
  const seen = new Map<string, number>();
  const places = cpus.map((cpu) => {
    const core = coreOf(read, cpu);
    const place = seen.get(core) ?? 0;
    seen.set(core, place + 1);
    return { cpu, place };
  });
  return places
    .sort((a, b) => a.place - b.place || speed(b.cpu) - speed(a.cpu) || a.cpu - b.cpu)
    .map(({ cpu }) => cpu);
}

/** Physical cores that `cpus` are part of. */
function countCores(read: ReadSystemFile, cpus: readonly number[]): number {
  return new Set(cpus.map((cpu) => coreOf(read, cpu))).size;
}

/** A name of the physical core that a CPU is part of. */
function coreOf(read: ReadSystemFile, cpu: number): string {
  const topology = (file: string) =>
    read(`${CPU_FOLDER}/cpu${cpu}/topology/${file}`)?.trim() || null;
  const siblings = topology('core_cpus_list') ?? topology('thread_siblings_list');
  if (siblings !== null) return siblings;
  const core = topology('core_id');
  return core === null ? `cpu ${cpu}` : `core ${topology('physical_package_id') ?? ''} ${core}`;
}

/** The tightest CPU quota of the process's cgroups, in CPUs, and the file that sets it. */
function cpuQuota(read: ReadSystemFile): { cpus: number; file: string } | null {
  let tightest: { cpus: number; file: string } | null = null;
  for (const folder of cgroupFolders(read, 'cpu')) {
    const quota = quotaOf(read, folder);
    if (quota !== null && (tightest === null || quota.cpus < tightest.cpus)) tightest = quota;
  }
  return tightest;
}

function quotaOf(
  read: ReadSystemFile,
  folder: CgroupFolder,
): { cpus: number; file: string } | null {
  const file = posix.join(folder.path, folder.version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us');
  const text = read(file) ?? '';
  // v2: "QUOTA PERIOD", where no limit is "max"; v1: a file for each, where no limit is -1.
  const words =
    folder.version === 2
      ? text.trim().split(/\s+/)
      : [text, read(posix.join(folder.path, 'cpu.cfs_period_us')) ?? ''];
  const [quota = NaN, period = NaN] = words.map(Number);
  return quota > 0 && period > 0 ? { cpus: quota / period, file } : null;
}

/** "0-3,8" as numbers. */
function parseList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .flatMap((range) => {
      const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
      if (first === undefined) return [];
      const length = Number(last ?? first) - Number(first) + 1;
      return Array.from({ length }, (_, i) => Number(first) + i);
    });
}

/** The reverse of parseList; `cpus` ascend. */
function formatList(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of cpus) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}

function formatQuota(cpus: number): string {
  return String(Math.round(cpus * 100) / 100);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
