import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { parseToldThreads, roleOf } from '../../../bench/serving/thread-names.js';
import {
  parseSchedstat,
  parseWakeups,
  readThreads,
  usedBetween,
} from '../../../bench/serving/thread-times.js';

const TOLD = [
  'main 100 100,101,102',
  'worker 110 /a folder/dist/src/prompts/prompt-worker.js',
  'worker 111 /a folder/dist/src/engine/worker.js',
  'worker 112 /a folder/other.js',
  '',
].join('\n');

t.test('every thread has a role', async (t) => {
  const told = parseToldThreads(TOLD);
  const roles: [task: number, comm: string, role: string][] = [
    [100, 'node', 'event loop'],
    [100, 'MainThread', 'event loop'],
    [101, 'node', 'V8'],
    [102, 'node-V8Worker', 'V8'],
    [110, 'node', 'prompt threads'],
    [111, 'node', 'engine'],
    [112, 'node', 'other.js'],
    [120, 'kinglet-pool', 'pool'],
    [121, 'kinglet-pages', 'kinglet-pages'],
    [122, 'node', 'others'],
    [123, 'libuv-worker', 'others'],
  ];
  for (const [task, comm, role] of roles)
    t.equal(roleOf(task, comm, told), role, `${task} ${comm}`);
});

t.test('a server that told nothing is an error, not a table of zeros', async (t) => {
  t.throws(() => parseToldThreads(''), /did not tell/);
  t.throws(() => parseToldThreads('worker 5 /x/worker.js\n'), /did not tell/);
});

t.test('schedstat is in nanoseconds; wakeups are the voluntary switches', async (t) => {
  t.strictSame(parseSchedstat('1500000000 250000000 86'), { cpu: 1.5, waited: 0.25 });
  t.throws(() => parseSchedstat('1'), /not a schedstat/);
  const status = 'Name:\tnode\nvoluntary_ctxt_switches:\t41\nnonvoluntary_ctxt_switches:\t7';
  t.equal(parseWakeups(status), 41);
  t.throws(() => parseWakeups('Name:\tnode'), /without voluntary/);
});

t.test('threads of a role are added up, and one that has begun since counts whole', async (t) => {
  const told = parseToldThreads(TOLD);
  const times = (cpu: number, waited: number, wakeups: number, comm = 'node') => ({
    ...{ cpu, waited, wakeups, comm },
  });
  const before = new Map([
    [100, times(1, 1, 10)],
    [120, times(2, 0, 5, 'kinglet-pool')],
    [130, times(9, 9, 9)],
  ]);
  const after = new Map([
    [100, times(1.5, 1.25, 13)],
    [120, times(3, 0.5, 6, 'kinglet-pool')],
    [121, times(4, 0, 1, 'kinglet-pool')],
  ]);
  const used = usedBetween(before, after, told);
  t.strictSame(
    [...used],
    [
      ['event loop', { cpu: 0.5, waited: 0.25, wakeups: 3 }],
      ['pool', { cpu: 5, waited: 0.5, wakeups: 2 }],
    ],
    'and one that has ended is left out',
  );
});

t.test('what this process uses is read from /proc', async (t) => {
  const told = parseToldThreads(`main ${process.pid} ${process.pid}\n`);
  const before = readThreads(process.pid);
  const cpu = process.cpuUsage();
  while (process.cpuUsage(cpu).user < 200_000);
  // A busy machine may run the thread again only when a timer is due, and it then never sleeps.
  for (let sleeps = 0; sleeps < 50; sleeps++) await pause(5);
  const used = usedBetween(before, readThreads(process.pid), told).get('event loop');
  t.ok(used && used.cpu > 0.15 && used.cpu < 5, `${used?.cpu} CPU seconds`);
  t.ok(used && used.wakeups >= 5, `${used?.wakeups} wakeups`);
});
