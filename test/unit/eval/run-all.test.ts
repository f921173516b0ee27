/** What is done when, what is told of it, and small judgements. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { endsInLoop } from '../../../src/eval/asking/loops.js';
import { latest, readEntry, type Entry } from '../../../src/eval/journal/elapsed.js';
import type { Header } from '../../../src/eval/journal/header.js';
import { Journal } from '../../../src/eval/journal/journal.js';
import { costRows, duration, figure, interval, table } from '../../../src/eval/report/figures.js';
import { runAll, type Progress } from '../../../src/eval/run-all.js';
import { Stopwatch } from '../../../src/eval/stopwatch.js';

const header = (count: number): Header => ({
  ...{ format: 'kinglet eval 1', type: 'open', file: 'f', count, by: null, decisive: {} },
});

function open(t: Test, count: number): Journal<Entry> {
  const journal = Journal.open(
    join(t.testdirName, 'j.jsonl'),
    header(count),
    readEntry,
    (entry) => entry,
  );
  t.teardown(() => journal.close());
  return journal;
}

const NO_TIME = latest([]);

t.beforeEach((t) => t.testdir({}));

t.test('so many at a time, in order, and the time that is left', async (t) => {
  const journal = open(t, 5);
  journal.append({ index: 1, elapsed: NO_TIME });
  let now = 0;
  let most = 0;
  const under = new Set<number>();
  const begun: number[] = [];
  const told: Progress[] = [];
  await runAll({
    ...{ journal, count: 5, concurrency: 2 },
    work: async (index) => {
      begun.push(index);
      under.add(index);
      most = Math.max(most, under.size);
      await new Promise((resolve) => setImmediate(resolve));
      under.delete(index);
      now += 1000;
      return { index };
    },
    stopwatch: new Stopwatch(NO_TIME, null, () => now),
    onProgress: (progress) => told.push(progress),
  });
  t.strictSame(begun, [0, 2, 3, 4], 'what is there is left out');
  t.equal(most, 2);
  t.strictSame(told, [
    { done: 1, count: 5, secondsLeft: null },
    { done: 2, count: 5, secondsLeft: 3 },
    { done: 3, count: 5, secondsLeft: 2 },
    { done: 4, count: 5, secondsLeft: 1 },
    { done: 5, count: 5, secondsLeft: 0 },
  ]);
  t.strictSame([...journal.entries.keys()].sort(), [0, 1, 2, 3, 4]);
  t.equal(journal.entries.get(4)!.elapsed.seconds, 4);
});

t.test('a failure ends it, and nothing is written behind it', async (t) => {
  const journal = open(t, 9);
  const releases: (() => void)[] = [];
  const begun: number[] = [];
  const run = runAll({
    ...{ journal, count: 9, concurrency: 3 },
    work: async (index) => {
      begun.push(index);
      if (index === 1) throw new Error('the second');
      await new Promise<void>((resolve) => releases.push(resolve));
      return { index };
    },
    stopwatch: new Stopwatch(NO_TIME, null),
    onProgress: () => undefined,
  });
  await t.rejects(run, /the second/);
  for (const release of releases) release();
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(begun, [0, 1, 2]);
  t.strictSame([...journal.entries.keys()], []);
});

t.test('texts that end in a loop', async (t) => {
  for (const [text, looped] of [
    ['', false],
    ['x'.repeat(24), true],
    ['x'.repeat(23), false],
    ['so '.repeat(5) + 'and so on', false],
    [`It is ${'wait, '.repeat(6)}`, true],
    [`It is ${'wait, '.repeat(5)}`, false],
    [
      `${'a line of no more than eighty characters, which comes again and again and again '.repeat(6)}`,
      true,
    ],
    [
      `${'a line of more than eighty characters, which comes again and again and again, and on '.repeat(7)}`,
      false,
    ],
    [`${'1234'.repeat(9)}5`, false],
  ] as const) {
    t.equal(endsInLoop(text), looped, JSON.stringify(text.slice(0, 40)));
  }
});

t.test('figures', async (t) => {
  t.strictSame([0, 9.94, 59.4, 61, 3599.6, 7265].map(duration), [
    '0.0 s',
    '9.9 s',
    '59 s',
    '1 min 1 s',
    '1 h 0 min',
    '2 h 1 min',
  ]);
  t.strictSame([0, 0.00012345, 12.345, 12345, NaN].map(figure), [
    '0',
    '0.000123',
    '12.3',
    '12300',
    'none',
  ]);
  t.equal(interval({ mean: 0.0412, low: 0.0313, high: 0.0531 }), '4.1 % (95 %: 3.1 to 5.3)');
  t.equal(
    table([
      ['a', '1'],
      ['long', '2'],
    ]),
    'a     1\nlong  2\n',
  );
  t.strictSame(
    costRows({ seconds: 90, joules: 450, secondsPerSolved: 9, joulesPerSolved: 45 }, 'RAPL'),
    [
      ['time', '1 min 30 s, 9 s a solved problem'],
      ['energy', '450 J, 45 J a solved problem (RAPL)'],
    ],
  );
  t.strictSame(
    costRows({ seconds: 2, joules: null, secondsPerSolved: null, joulesPerSolved: null }, null),
    [['time', '2.0 s']],
  );
});
