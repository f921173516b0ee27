/** A cgroup of its own for a process that a test starts, as a container has one. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupFolders, systemFiles } from '../../src/machine/cgroups.js';

interface ContainerLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
}

const PERIOD_US = 100_000;
const read = systemFiles('/');

/** A new folder, and what is written to its files. */
interface Group {
  readonly folder: string;
  readonly limits: Readonly<Record<string, number | string>>;
}

export class LimitedCgroup {
  readonly #folders: string[] = [];

  /** Throws where this system has no such cgroups, or this user may not make one. */
  constructor(limits: ContainerLimits) {
    try {
      for (const group of groupsWith(limits)) {
        mkdirSync(group.folder);
        this.#folders.push(group.folder);
        for (const [file, value] of Object.entries(group.limits)) {
          writeFileSync(join(group.folder, file), String(value));
        }
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** A command that runs `command` in it. */
  enter(command: readonly string[]): [string, ...string[]] {
    const moves = this.#folders.map((folder) => `echo $$ > '${folder}/cgroup.procs'`);
    return ['/bin/sh', '-ec', `${moves.join('\n')}\nexec "$0" "$@"`, ...command];
  }

  /** Processes of it that the kernel has ended because there was no memory. */
  get killed(): number {
    const events = this.#folders.flatMap((folder) =>
      ['memory.events', 'memory.oom_control'].map((file) => read(join(folder, file)) ?? ''),
    );
    const [, count] = /^oom_kill (\d+)$/m.exec(events.join('\n')) ?? [];
    if (count === undefined) throw new Error('the cgroup tells of no kills');
    return Number(count);
  }

  /** After its processes have ended. */
  remove(): void {
    for (const folder of this.#folders.splice(0)) rmdirSync(folder);
  }
}

/** Below this process's own cgroups, whose limits hold on. */
function groupsWith({ cpus, memoryBytes }: ContainerLimits): Group[] {
  const name = `kinglet-test-${process.pid}`;
  const own = (controller: string) =>
    cgroupFolders(read, controller).find(({ version }) => version === 1);
  const [cpu, memory] = [own('cpu'), own('memory')];
  const quota = Math.round(cpus * PERIOD_US);
  if (cpu !== undefined && memory !== undefined) {
    return [
      {
        folder: join(cpu.path, name),
        limits: { 'cpu.cfs_period_us': PERIOD_US, 'cpu.cfs_quota_us': quota },
      },
      { folder: join(memory.path, name), limits: { 'memory.limit_in_bytes': memoryBytes } },
    ];
  }
  // In v2 a group with processes has none with limits below it: a sibling of the own one, or of one above.
  const parent = cgroupFolders(read, 'memory').find(({ path, version }) => {
    const below = read(join(path, 'cgroup.subtree_control')) ?? '';
    const controllers = below.trim().split(' ');
    return version === 2 && controllers.includes('cpu') && controllers.includes('memory');
  });
  if (parent === undefined) throw new Error('no cgroup hands CPU and memory on to those below it');
  return [
    {
      folder: join(parent.path, name),
      limits: { 'cpu.max': `${quota} ${PERIOD_US}`, 'memory.max': memoryBytes },
    },
  ];
}
