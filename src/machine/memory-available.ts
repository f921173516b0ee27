/**
 * What memory this process may take, that which it holds already among it: by the machine's
 * MemAvailable, and by every cgroup (v1 or v2) above it.
 */
import { posix } from 'node:path';
import { cgroupFolders, systemFiles } from './cgroups.js';

export interface AvailableMemory {
  readonly bytes: number;
  /** What sets the bound, for the log: "MemAvailable" or the cgroup's limit file. */
  readonly boundBy: string;
}

/** The names of one cgroup version's files. */
interface CgroupFiles {
  readonly limit: string;
  readonly usage: string;
  /** Page cache that the kernel gives up first, in memory.stat; it counts as usage. */
  readonly reclaimable: RegExp;
}

const V1: CgroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  reclaimable: /^total_inactive_file (\d+)$/m,
};
const V2: CgroupFiles = {
  limit: 'memory.max',
  usage: 'memory.current',
  reclaimable: /^inactive_file (\d+)$/m,
};

/** v1 writes "no limit" as the largest multiple of a page. */
const NO_LIMIT = 2 ** 60;

/** `root` stands for "/": tests give a folder with proc and sys of their own. */
export function availableMemory(root = '/'): AvailableMemory {
  const read = systemFiles(root);
  const free = kilobytes(read('/proc/meminfo'), 'MemAvailable');
  const held = kilobytes(read('/proc/self/status'), 'RssAnon') ?? 0;
  let least: AvailableMemory = {
    bytes: free === null ? Infinity : free + held,
    boundBy: 'MemAvailable',
  };
  for (const { path: folder, version } of cgroupFolders(read, 'memory')) {
    const files = version === 2 ? V2 : V1;
    const limit = parseBytes(read(posix.join(folder, files.limit)));
    const usage = parseBytes(read(posix.join(folder, files.usage)));
    if (limit === null || usage === null || limit >= NO_LIMIT) continue;
    const stat = read(posix.join(folder, 'memory.stat')) ?? '';
    const reclaimable = Number(files.reclaimable.exec(stat)?.[1] ?? 0);
    const bytes = Math.max(0, limit - Math.max(0, usage - reclaimable - held));
    if (bytes < least.bytes) least = { bytes, boundBy: posix.join(folder, files.limit) };
  }
  return least;
}

/** Bytes of a line of /proc such as "MemAvailable: 5 kB"; null where it is not there. */
function kilobytes(text: string | null, key: string): number | null {
  const [, number] = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text ?? '') ?? [];
  return number === undefined ? null : 1024 * Number(number);
}

/** null for "max" and for what is not there. */
function parseBytes(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null;
}
