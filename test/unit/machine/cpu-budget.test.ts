import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { cpuBudget } from '../../../src/machine/cpu-budget.js';

interface Cpu {
  readonly siblings?: string;
  readonly coreId?: number;
  readonly capacity?: number;
  readonly maxFrequency?: number;
}

interface Machine {
  readonly allowed: string;
  readonly online?: string;
  readonly cpus: readonly Cpu[];
  /** /proc/self/cgroup, /proc/self/mountinfo and what lies in the mounts. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes a machine's proc and sys under a folder and returns it. */
function machine(t: Test, description: Machine): string {
  const root = t.testdir({});
  const write = (path: string, text: string | number) => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  write(
    'proc/self/status',
    `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${description.allowed}\nMems_allowed:\t1`,
  );
  if (description.online !== undefined) write('sys/devices/system/cpu/online', description.online);
  for (const [i, cpu] of description.cpus.entries()) {
    const folder = `sys/devices/system/cpu/cpu${i}`;
    if (cpu.siblings !== undefined) write(`${folder}/topology/thread_siblings_list`, cpu.siblings);
    if (cpu.coreId !== undefined) {
      write(`${folder}/topology/core_id`, cpu.coreId);
      write(`${folder}/topology/physical_package_id`, 0);
    }
    if (cpu.capacity !== undefined) write(`${folder}/cpu_capacity`, cpu.capacity);
    if (cpu.maxFrequency !== undefined) {
      write(`${folder}/cpufreq/cpuinfo_max_freq`, cpu.maxFrequency);
    }
  }
  for (const [path, text] of Object.entries(description.files ?? {})) write(path, text);
  return root;
}

const V2_MOUNT = '30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const FOUR_CORES: Cpu[] = [0, 1, 2, 3].map((i) => ({ siblings: `${i}` }));

function v2(path: string, limits: Record<string, string>): Record<string, string> {
  return {
    'proc/self/cgroup': `0::${path}`,
    'proc/self/mountinfo': `22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${V2_MOUNT}`,
    ...Object.fromEntries(
      Object.entries(limits).map(([folder, text]) => [`sys/fs/cgroup${folder}/cpu.max`, text]),
    ),
  };
}

t.test('Raspberry Pi 5: four equal cores', (t) => {
  const root = machine(t, {
    allowed: '0-3',
    online: '0-3',
    cpus: [0, 1, 2, 3].map((i) => ({ siblings: `${i}`, capacity: 1024, maxFrequency: 2400000 })),
  });
  t.same(cpuBudget({ root }), {
    threads: 4,
    cpus: [],
    pin: false,
    explanation: '4: 4 CPUs allowed (0-3)',
  });
  t.end();
});

t.test('RK3588: four big and four little cores', (t) => {
  const cpus = [
    ...[0, 1, 2, 3].map((i) => ({ siblings: `${i}`, capacity: 414 })),
    // The two big clusters reach slightly different clocks.
    ...[4, 5].map((i) => ({ siblings: `${i}`, capacity: 1024 })),
    ...[6, 7].map((i) => ({ siblings: `${i}`, capacity: 995 })),
  ];
  const root = machine(t, { allowed: '0-7', online: '0-7', cpus });
  t.same(cpuBudget({ root }), {
    threads: 4,
    cpus: [4, 5, 6, 7],
    pin: false,
    explanation: '4: 8 CPUs allowed (0-7), 4 big cores (4-7)',
  });
  t.same(cpuBudget({ root, threads: 2 }).cpus, [4, 5, 6, 7], 'fewer stay on the big ones');
  const six = cpuBudget({ root, threads: 6 });
  t.same(six.cpus, [], 'more than the big ones use all');
  t.equal(six.threads, 6);
  t.equal(
    six.explanation,
    '6, as asked for (without it 4: 8 CPUs allowed (0-7), 4 big cores (4-7))',
  );

  const littleOnly = machine(t, { allowed: '1-2', online: '0-7', cpus });
  t.same(cpuBudget({ root: littleOnly }), {
    threads: 2,
    cpus: [],
    pin: false,
    explanation: '2: 2 CPUs allowed (1-2)',
  });
  t.end();
});

t.test('big and little told apart by frequency; turbo favourites are not', (t) => {
  const cpus = [
    ...[0, 1].map((i) => ({ siblings: `${i}`, maxFrequency: 5200000 })),
    ...[2, 3].map((i) => ({ siblings: `${i}`, maxFrequency: 4900000 })),
    ...[4, 5, 6, 7].map((i) => ({ siblings: `${i}`, maxFrequency: 3700000 })),
  ];
  const root = machine(t, { allowed: '0-7', cpus });
  t.match(cpuBudget({ root }), { threads: 4, cpus: [0, 1, 2, 3] });

  const partlyKnown = machine(t, { allowed: '0-1', cpus: [{ maxFrequency: 5000000 }, {}] });
  t.match(cpuBudget({ root: partlyKnown }), { threads: 2, cpus: [] });
  t.end();
});

t.test('x86 with SMT: one thread a physical core', (t) => {
  const cpus = Array.from({ length: 8 }, (_, i) => ({ siblings: `${i % 4},${(i % 4) + 4}` }));
  const root = machine(t, { allowed: '0-7', cpus });
  t.same(cpuBudget({ root }), {
    threads: 4,
    cpus: [],
    pin: false,
    explanation: '4: 8 CPUs allowed (0-7), 4 physical cores',
  });
  const siblings = machine(t, { allowed: '1,5', cpus });
  t.same(
    cpuBudget({ root: siblings }),
    { threads: 1, cpus: [], pin: false, explanation: '1: 2 CPUs allowed (1,5), 1 physical core' },
    'a cpuset of two siblings is one core',
  );
  const byId = machine(t, {
    allowed: '0-3',
    cpus: [{ coreId: 0 }, { coreId: 0 }, { coreId: 1 }, { coreId: 1 }],
  });
  t.equal(cpuBudget({ root: byId }).threads, 2, 'core_id where there are no sibling lists');
  t.end();
});

t.test(
  '--pin: a CPU for each thread, the fastest cores first and their second threads last',
  (t) => {
    const cpus = [
      ...[0, 1].map((i) => ({ siblings: `${i}`, capacity: 414 })),
      { siblings: '2', capacity: 995 },
      { siblings: '3', capacity: 1024 },
    ];
    const root = machine(t, { allowed: '0-3', cpus });
    t.same(cpuBudget({ root, pin: true }), {
      threads: 2,
      cpus: [3, 2],
      pin: true,
      explanation: '2: 4 CPUs allowed (0-3), 2 big cores (2-3); pinned to CPUs 3, 2',
    });
    t.same(cpuBudget({ root, pin: true, threads: 3 }).cpus, [3, 2, 0]);
    const many = cpuBudget({ root, pin: true, threads: 5 });
    t.match(many, { threads: 5, cpus: [], pin: false, explanation: /; not pinned: too few CPUs$/ });
    t.match(cpuBudget({ root, pin: false }), { pin: false, explanation: /big cores \(2-3\)$/ });

    const smt = Array.from({ length: 4 }, (_, i) => ({
      siblings: i < 2 ? '0-1' : '2-3',
      maxFrequency: i < 2 ? 4_000_000 : 5_000_000,
    }));
    const pairs = machine(t, { allowed: '0-3', cpus: smt });
    t.same(cpuBudget({ root: pairs, pin: true, threads: 4 }).cpus, [2, 0, 3, 1]);
    const part = machine(t, { allowed: '1,3', cpus: smt });
    t.same(cpuBudget({ root: part, pin: true }).cpus, [3, 1], 'CPUs that are allowed alone');
    t.end();
  },
);

t.test('a cpuset, and CPUs that are not plugged in', (t) => {
  const cpus = Array.from({ length: 8 }, (_, i) => ({ siblings: `${i}` }));
  t.match(cpuBudget({ root: machine(t, { allowed: '2,4-6', cpus }) }), {
    threads: 4,
    explanation: '4: 4 CPUs allowed (2,4-6)',
  });
  t.match(cpuBudget({ root: machine(t, { allowed: '0-127', online: '0-1', cpus }) }), {
    threads: 2,
    explanation: '2: 2 CPUs allowed (0-1)',
  });
  t.end();
});

t.test('cgroup v2 quotas are rounded down, the tightest level counts', (t) => {
  const threads = (path: string, limits: Record<string, string>) =>
    cpuBudget({
      root: machine(t, { allowed: '0-3', cpus: FOUR_CORES, files: v2(path, limits) }),
    });
  t.same(threads('/docker/abc', { '/docker/abc': '150000 100000' }), {
    threads: 1,
    cpus: [],
    pin: false,
    explanation: '1: 4 CPUs allowed (0-3), CPU quota 1.5 (/sys/fs/cgroup/docker/abc/cpu.max)',
  });
  t.equal(threads('/', { '': '50000 100000' }).threads, 1, 'half a CPU is one thread');
  t.equal(threads('/a', { '/a': '300000 100000' }).threads, 3);
  t.equal(threads('/a', { '/a': '20000 10000' }).threads, 2, 'another period');
  t.equal(threads('/a', { '/a': 'max 100000' }).threads, 4);
  t.equal(threads('/a', { '/a': '1600000 100000' }).threads, 4, 'more than there is');
  t.equal(threads('/a', {}).threads, 4, 'no file');
  t.match(
    threads('/pod/service/main', {
      '/pod/service/main': 'max 100000',
      '/pod/service': '390000 100000',
      '/pod': '290000 100000',
    }),
    { threads: 2, explanation: /quota 2.9 \(\/sys\/fs\/cgroup\/pod\/cpu.max\)/ },
  );
  t.equal(threads('/a', { '/a': 'nonsense' }).threads, 4);
  t.end();
});

t.test('cgroup v1, in a container that sees the path of its host', (t) => {
  const files = (root: string, quota: string) => ({
    'proc/self/cgroup': '11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc',
    'proc/self/mountinfo': [
      `33 25 0:29 ${root} /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct`,
      '34 25 0:30 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory',
    ].join('\n'),
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': quota,
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
  });
  const threads = (root: string, quota: string) =>
    cpuBudget({
      root: machine(t, { allowed: '0-3', cpus: FOUR_CORES, files: files(root, quota) }),
    });
  t.equal(threads('/docker/abc', '250000').threads, 2);
  t.equal(threads('/docker/abc', '150000').threads, 1);
  t.equal(threads('/docker/abc', '-1').threads, 4);
  t.equal(threads('/', '250000').threads, 2, 'a limit above the own group');
  t.match(threads('/docker/abc', '50000').explanation, /cpu.cfs_quota_us/);
  t.end();
});

t.test('cgroup v1 beside a v2 that has no controllers', (t) => {
  const root = machine(t, {
    allowed: '0-3',
    cpus: FOUR_CORES,
    files: {
      'proc/self/cgroup': '1:cpu:/box\n0::/box',
      'proc/self/mountinfo': [
        '33 25 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
        '34 25 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      ].join('\n'),
      'sys/fs/cgroup/cpu/box/cpu.cfs_quota_us': '150000',
      'sys/fs/cgroup/cpu/box/cpu.cfs_period_us': '100000',
    },
  });
  t.same(cpuBudget({ root }), {
    ...{ threads: 1, cpus: [], pin: false },
    explanation: '1: 4 CPUs allowed (0-3), CPU quota 1.5 (/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us)',
  });
  t.end();
});

t.test('--pin under a quota binds no more threads than it is worth', (t) => {
  const root = machine(t, {
    allowed: '0-3',
    cpus: FOUR_CORES,
    files: v2('/a', { '/a': '150000 100000' }),
  });
  t.match(cpuBudget({ root, pin: true }), { threads: 1, cpus: [0], pin: true });
  t.end();
});

t.test('an explicit number wins over the quota', (t) => {
  const root = machine(t, {
    allowed: '0-3',
    cpus: FOUR_CORES,
    files: v2('/a', { '/a': '100000 100000' }),
  });
  t.match(cpuBudget({ root, threads: 3 }), {
    threads: 3,
    explanation: /^3, as asked for \(without it 1: /,
  });
  t.equal(cpuBudget({ root, threads: null }).threads, 1);
  t.end();
});

t.test('this machine, and one that tells nothing', (t) => {
  const here = cpuBudget();
  t.ok(here.threads >= 1);
  t.match(here.explanation, /^\d+: \d+ CPUs? allowed/);
  t.ok(cpuBudget({ root: t.testdir({}) }).threads >= 1);
  t.end();
});
