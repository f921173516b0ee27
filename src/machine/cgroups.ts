import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Reads a file of /proc or /sys; null where it can't be read. */
export type ReadSystemFile = (path: string) => string | null;

/** `root` stands for "/": tests give a folder with proc and sys of their own. */
export function systemFiles(root: string): ReadSystemFile {
  return (path) => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch {
      return null;
    }
  };
}

export interface CgroupFolder {
  /** Absolute, as `read` takes it. */
  readonly path: string;
  readonly version: 1 | 2;
}

/**
 * The folders of this process's cgroups that may hold files of `controller` ("cpu", "memory"): its
 * own and all above it that are mounted, v1 and v2. See cgroups(7) and proc_pid_mountinfo(5).
 */
export function cgroupFolders(read: ReadSystemFile, controller: string): CgroupFolder[] {
  const mounts = (read('/proc/self/mountinfo') ?? '').split('\n').flatMap(parseMount);
  const folders: CgroupFolder[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    // hierarchy:controllers:path; v2 has hierarchy 0 and no controllers.
    const fields = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (fields === null) continue;
    const [, hierarchy, controllers = '', path = ''] = fields;
    const version = hierarchy === '0' && controllers === '' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) continue;
    const mount = mounts.find(({ type, options }) =>
      version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.includes(controller),
    );
    if (mount === undefined) continue;
    for (const below of upwards(pathBelow(path, mount.root))) {
      folders.push({ path: posix.join(mount.point, below), version });
    }
  }
  return folders;
}

interface Mount {
  /** The part of the hierarchy that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** "36 35 98:0 ROOT POINT … - TYPE SOURCE OPTIONS" */
function parseMount(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, point] = before.split(' ');
  const [type, , options] = after.split(' ');
  if (root === undefined || point === undefined) return [];
  if (type === undefined || options === undefined) return [];
  return [{ root, point, type, options: options.split(',') }];
}

/** A container without a cgroup namespace sees the host's path, of which only `root` is mounted. */
function pathBelow(path: string, root: string): string {
  if (root === '/') return path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : '/';
}

function upwards(path: string): string[] {
  const folders = [];
  for (let at = posix.normalize(path); ; at = posix.dirname(at)) {
    folders.push(at);
    if (at === '/') return folders;
  }
}
