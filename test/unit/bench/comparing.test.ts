/** What bench/peers asks for, whom it waits for, and what it makes of the figures. */
import t from 'tap';
import type { Cell } from '../../../bench/comparing/compare.js';
import { kinglet, peer } from '../../../bench/comparing/engines.js';
import { busyProcesses, parseStat, waitForQuiet } from '../../../bench/comparing/quiet.js';
import { ratioTable, rawFigures } from '../../../bench/comparing/report.js';
import { madeFiles, readSettings } from '../../../bench/comparing/settings.js';
import { WORKS, type Work } from '../../../bench/comparing/works.js';

const [ONE, EIGHT] = WORKS as readonly [Work, Work, ...Work[]];

t.test('a process and its time, whatever it is called', async (t) => {
  const line = '42 (a) b (c) R 1 42 42 0 -1 4194304 100 0 0 0 150 50 7 9 20 0 1 0 100 0 0';
  t.strictSame(parseStat(line), { name: 'a) b (c', seconds: 2 });
});

t.test('who is busy', async (t) => {
  const at = (...seconds: number[]) =>
    new Map(seconds.map((s, i) => [i + 1, { name: 'p', seconds: s }]));
  t.strictSame(busyProcesses(at(1, 5), at(1.1, 7, 1), 2), [
    'p (2) uses 100 % of a CPU',
    'p (3) uses 50 % of a CPU',
  ]);
  const own = new Map([[process.pid, { name: 'node', seconds: 9 }]]);
  t.strictSame(busyProcesses(new Map(), own, 1), [], 'this process waits itself');
});

t.test('patience ends with who is busy, and none asks nobody', async (t) => {
  await waitForQuiet(0, { load: true });
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', 'for (;;);']);
  // A signal that JavaScript handles, as it does under tap, would wait for the loop.
  t.teardown(() => child.kill('SIGKILL'));
  const busy = new RegExp(
    `^The machine did not become quiet in 0\\.1 s: .*\\(${child.pid}\\) uses \\d+ % of a CPU`,
  );
  await t.rejects(waitForQuiet(0.1, { load: false }), { message: busy });
});

t.test('files by shape, by mix, and by both', async (t) => {
  const names = (list: string) => madeFiles(list).map(({ name }) => name);
  t.equal(names('').length, 12);
  t.strictSame(names('140M'), ['140M Q4_0', '140M Q8_0', '140M Q4_K_M']);
  t.strictSame(names('Q8_0').length, 4);
  t.strictSame(names('950M:Q4_0,Qwen3-0.6B:Q8_0'), ['950M Q4_0', 'Qwen3-0.6B Q8_0']);
  t.strictSame(
    madeFiles('Q4_0').map(({ longWithPeers }) => longWithPeers),
    [true, false, false, false],
  );
});

t.test('settings', async (t) => {
  const { targets, works, engines, rounds, patience } = readSettings([
    ...['a/b.gguf', '--work', '8,one', '--peer-command', 'ik=/x/y -z', '--', '--isa', 'avx2'],
  ]);
  t.strictSame(
    targets.map((target) => [target.name, target.file(), target.longWithPeers]),
    [['b', 'a/b.gguf', true]],
  );
  t.strictSame(works, [EIGHT, ONE]);
  t.strictSame(
    engines.map(({ name, command }) => [name, command]),
    [
      ['kinglet', 'kinglet bench --isa avx2'],
      ['ik', '/x/y -z'],
    ],
  );
  t.strictSame([rounds, patience], [7, 600]);
  for (const [args, message] of [
    [['--work', '9'], /^--work: expected some of one, 8, 32, 16k, but got '9'\.$/],
    [['--files', '7B'], /^--files: expected some of 140M, .* but got '7B'\.$/],
    [['--peer-command', 'ik'], /^--peer-command: expected NAME=COMMAND, but got 'ik'\.$/],
    [['--rounds', '0'], /^--rounds: expected an integer/],
  ] as const) {
    t.throws(() => readSettings([...args]), { message });
  }
});

t.test('a peer is asked by flags and answers in its last line', async (t) => {
  const print = (code: string) => `'${process.execPath}' -e '${code}' --`;
  const echo = print(
    'console.log("loading"); const [, ...a] = process.argv;' +
      'console.log(JSON.stringify({ prefill: a.length, decode: Number(a[a.indexOf("--batch") + 1]) }))',
  );
  t.strictSame(await peer('p', echo).run('/a b.gguf', EIGHT, 2), { prefill: 10, decode: 8 });
  for (const [code, message] of [
    ['process.exit(3)', /^p was lost on f, work one: Command failed/],
    ['console.error("no such model"); process.exit(1)', /no such model$/],
    ['', /^p was lost on f, work one: .*JSON/],
    ['console.log("{}")', /^p was lost on f, work one: decode is undefined$/],
    ['console.log("{\\"decode\\": 0}")', /^p was lost on f, work one: decode is 0$/],
    ['console.log("{\\"decode\\": 1}")', /^p was lost on f, work one: prefill is undefined$/],
  ] as const) {
    await t.rejects(peer('p', print(code)).run('f', ONE, 1), { message });
  }
  await t.rejects(kinglet([]).run('/nowhere.gguf', ONE, 1), {
    message: /^kinglet was lost on \/nowhere\.gguf, work one: .*cannot be read/s,
  });
});

t.test('the table has medians and their ratios; what a peer did not run is a dash', async (t) => {
  const speeds = (...pairs: [number, number][]) =>
    pairs.map(([prefill, decode]) => ({ prefill, decode }));
  const cells: Cell[] = [
    {
      ...{ file: '140M Q4_0', work: ONE },
      runs: [
        { engine: 'kinglet', speeds: speeds([2000, 300], [1000, 100], [3000, 200]) },
        { engine: 'ik', speeds: speeds([1000, 100], [1000, 160], [900, 170]) },
      ],
    },
    { file: 'b', work: EIGHT, runs: [{ engine: 'kinglet', speeds: [{ decode: 45.25 }] }] },
  ];
  t.equal(
    ratioTable(cells, ['kinglet', 'ik']),
    [
      '|                                   | kinglet |   ik | ratio |',
      '| --------------------------------- | ------: | ---: | ----: |',
      '| 140M Q4_0: prefill of 512         |    2000 | 1000 |  2.00 |',
      '| 140M Q4_0: decode of 128 after it |     200 |  160 |  1.25 |',
      '| b: 8 together after 128           |    45.3 |    – |     – |',
    ].join('\n'),
  );
  const [first, , last] = rawFigures(cells);
  t.match(first, {
    file: '140M Q4_0',
    work: 'one',
    engine: 'kinglet',
    prefill: [2000, 1000, 3000],
  });
  t.match(first, { prefillMedian: 2000, decode: [300, 100, 200], decodeMedian: 200, batch: 1 });
  t.strictSame(last, {
    ...{ file: 'b', work: '8', prompt: 128, generate: 128, batch: 8, engine: 'kinglet' },
    ...{ decode: [45.25], decodeMedian: 45.25 },
  });
});
