/** What memory is there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { availableMemory } from '../../../src/machine/memory-available.js';

/** A folder that stands for "/". */
function machine(t: Test, files: Readonly<Record<string, string>>): string {
  const root = t.testdir();
  const meminfo = 'MemTotal: 8000000 kB\nMemAvailable:    4000000 kB\n';
  for (const [path, text] of Object.entries({ '/proc/meminfo': meminfo, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const V2_MOUNT = '30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n';

t.test('without cgroups, MemAvailable', async (t) => {
  t.strictSame(availableMemory(machine(t, {})), { bytes: 4096000000, boundBy: 'MemAvailable' });
});

t.test('cgroup v2: the tightest level counts, page cache does not', async (t) => {
  const root = machine(t, {
    '/proc/self/mountinfo': V2_MOUNT,
    '/proc/self/cgroup': '0::/system.slice/kinglet.service\n',
    '/sys/fs/cgroup/system.slice/kinglet.service/memory.max': 'max\n',
    '/sys/fs/cgroup/system.slice/kinglet.service/memory.current': '1000\n',
    '/sys/fs/cgroup/system.slice/memory.max': '1000000000\n',
    '/sys/fs/cgroup/system.slice/memory.current': '600000000\n',
    '/sys/fs/cgroup/system.slice/memory.stat': 'anon 1\ninactive_file 200000000\nactive_file 7\n',
  });
  t.strictSame(availableMemory(root), {
    bytes: 600000000,
    boundBy: '/sys/fs/cgroup/system.slice/memory.max',
  });
});

t.test('cgroup v2: a container that sees its own root', async (t) => {
  const root = machine(t, {
    '/proc/self/mountinfo': V2_MOUNT,
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': '536870912\n',
    '/sys/fs/cgroup/memory.current': '36870912\n',
  });
  t.match(availableMemory(root), { bytes: 500000000, boundBy: '/sys/fs/cgroup/memory.max' });
});

t.test('cgroup v1: a container that sees the host path', async (t) => {
  const root = machine(t, {
    '/proc/self/mountinfo':
      '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n' +
      '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n' +
      '36 31 0:33 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n',
    '/proc/self/cgroup': '4:memory:/docker/abc\n1:cpu:/docker/abc\n0::/\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '300000000\n',
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': '150000000\n',
    '/sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 50000000\n',
  });
  t.strictSame(availableMemory(root), {
    bytes: 200000000,
    boundBy: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  });
});

t.test('what the process holds already is among what it may take', async (t) => {
  const status = 'Name:\tnode\nVmRSS:\t   90000 kB\nRssAnon:\t   50000 kB\nRssFile:\t40000 kB\n';
  const files = {
    '/proc/self/status': status,
    '/proc/self/mountinfo': V2_MOUNT,
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': '1000000000\n',
  };
  const bytes = (current: number) =>
    availableMemory(machine(t, { ...files, '/sys/fs/cgroup/memory.current': `${current}\n` }))
      .bytes;
  t.equal(bytes(151_200_000), 900_000_000, 'others in the cgroup hold the rest');
  t.equal(bytes(51_200_000), 1_000_000_000, 'alone it may take all');
  t.equal(bytes(1_000_000), 1_000_000_000, 'moved into it after it took memory, no more than that');
  const free = machine(t, { '/proc/self/status': status });
  t.equal(availableMemory(free).bytes, 4_096_000_000 + 51_200_000, 'beside MemAvailable');
});

t.test('cgroup v1: no limit, and parents', async (t) => {
  const files = {
    '/proc/self/mountinfo': '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
    '/proc/self/cgroup': '4:memory:/user/session\n',
    '/sys/fs/cgroup/memory/user/session/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/user/session/memory.usage_in_bytes': '5\n',
  };
  t.equal(availableMemory(machine(t, files)).boundBy, 'MemAvailable');
  const parent = {
    '/sys/fs/cgroup/memory/user/memory.limit_in_bytes': '1000\n',
    '/sys/fs/cgroup/memory/user/memory.usage_in_bytes': '4000\n',
  };
  t.match(availableMemory(machine(t, { ...files, ...parent })), { bytes: 0 }, 'never below 0');
});

t.test('this machine', async (t) => {
  const { bytes, boundBy } = availableMemory();
  t.ok(bytes > 2 ** 20 && Number.isFinite(bytes), `${bytes} by ${boundBy}`);
});
