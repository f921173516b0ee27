/**
 * What memory this process may still take: the machine's MemAvailable, and what every cgroup (v1
 * or v2) above it leaves.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

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
  const read = (path: string): string | null => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch {
      return null;
    }
  };
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1];
  let least: AvailableMemory = {
    bytes: kilobytes === undefined ? Infinity : 1024 * Number(kilobytes),
    boundBy: 'MemAvailable',
  };
  for (const { folder, files } of memoryCgroups(read)) {
    const limit = parseBytes(read(posix.join(folder, files.limit)));
    const usage = parseBytes(read(posix.join(folder, files.usage)));
    if (limit === null || usage === null || limit >= NO_LIMIT) continue;
    const stat = read(posix.join(folder, 'memory.stat')) ?? '';
    const reclaimable = Number(files.reclaimable.exec(stat)?.[1] ?? 0);
    const bytes = Math.max(0, limit - Math.max(0, usage - reclaimable));
    if (bytes < least.bytes) least = { bytes, boundBy: posix.join(folder, files.limit) };
  }
  return least;
}

/** null for "max" and for what is not there. */
function parseBytes(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null;
}

/** The process's memory cgroup and all above it that can be seen. */
function memoryCgroups(
  read: (path: string) => string | null,
): { folder: string; files: CgroupFiles }[] {
  const mounts = (read('/proc/self/mountinfo') ?? '').split('\n').flatMap(parseMount);
  const found = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    // hierarchy:controllers:path; v2 has hierarchy 0 and no controllers.
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const isV2 = hierarchy === '0' && controllers === '';
    if (!isV2 && !controllers.split(',').includes('memory')) continue;
    const mount = mounts.find(
      ({ type, options }) =>
        type === (isV2 ? 'cgroup2' : 'cgroup') && (isV2 || options.includes('memory')),
    );
    if (mount === undefined) continue;
    for (const folder of upwards(mount.point, pathBelow(path, mount.root))) {
      found.push({ folder, files: isV2 ? V2 : V1 });
    }
  }
  return found;
}

interface Mount {
  /** The part of the hierarchy that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** A line of proc_pid_mountinfo(5): "36 35 98:0 ROOT POINT … - TYPE SOURCE OPTIONS". */
function parseMount(line: string): Mount[] {
  const [before, after] = line.split(' - ');
  const [, , , root, point] = before.split(' ');
  const [type, , options] = (after ?? '').split(' ');
  if (root === undefined || point === undefined || type === undefined) return [];
  return [{ root, point, type, options: (options ?? '').split(',') }];
}

/** A container without a cgroup namespace sees the host's path, of which only `root` is mounted. */
function pathBelow(path: string, root: string): string {
  if (root === '/' || root === path) return root === path ? '/' : path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : '/';
}

function upwards(point: string, path: string): string[] {
  const folders = [];
  for (let at = posix.normalize(path); ; at = posix.dirname(at)) {
    folders.push(posix.join(point, at));
    if (at === '/' || at === '.') return folders;
  }
}
