/** `--compare`: the difference of two evaluations, question by question. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { comparisonReport } from '../../../src/eval/report/comparison-report.js';
import { compareFiles } from '../../../src/eval/summary/compare.js';

interface Given {
  readonly key: string;
  /** Right or not, of each answer; null: not judged. */
  readonly right: readonly boolean[] | null;
  readonly tokens?: number;
}

t.beforeEach((t) => t.testdir({}));

function journal(t: Test, model: string, given: readonly Given[], count = given.length): string {
  const path = join(t.testdirName, `${model}.jsonl`);
  const header = {
    format: 'kinglet eval 1',
    type: 'open',
    file: 'q.jsonl',
    count,
    by: null,
    decisive: { target: { model } },
  };
  const lines = given.map(({ key, right, tokens = 10 }, index) => ({
    ...{ index, key, group: null, question: `Question ${key}?`, gold: right === null ? null : '1' },
    samples: (right ?? [true]).map((each) => ({
      text: '',
      thought: '',
      finish: 'stop',
      looped: false,
      thoughtEnd: null,
      answer: '1',
      right: right === null ? null : each,
    })),
    ...{ tokens, elapsed: { seconds: index, joules: null } },
  }));
  // Lines come in the order in which they were done.
  writeFileSync(
    path,
    [header, ...lines.reverse()].map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  return path;
}

const answered = (...rights: boolean[]): Given[] =>
  rights.map((right, i) => ({ key: `k${i}`, right: [right] }));

t.test('the paired difference and its interval', async (t) => {
  // Differences 1, 1, 0, 0, 0, 0, 0, -1: mean 1/8, variance (3 - 8/64)/7, t(7) = 2.3646.
  const a = journal(t, 'a', answered(true, true, true, true, true, false, false, false));
  const b = journal(t, 'b', answered(false, false, true, true, true, false, false, true));
  const comparison = compareFiles(a, b);
  t.match(comparison, {
    ...{ questions: 8, aBetter: 2, bBetter: 1 },
    a: { model: 'a', accuracy: 5 / 8, tokensPerAnswer: 10 },
    b: { model: 'b', accuracy: 4 / 8 },
  });
  const half = 2.3646 * Math.sqrt((3 - 8 / 64) / 7 / 8);
  const { mean, low, high } = comparison.difference!;
  t.equal(mean, 1 / 8);
  t.ok(
    Math.abs(high - (mean + half)) < 1e-4 && Math.abs(low - (mean - half)) < 1e-4,
    `${low} ${high}`,
  );
  t.match(compareFiles(b, a), { difference: { mean: -1 / 8 }, aBetter: 1, bBetter: 2 });
  const report = comparisonReport(comparison);
  t.match(report, /^A - B +\+12\.5 points \(95 %: -41\.\d to \+66\.\d\)$/m);
  t.match(report, /^A +62\.5 %, 10 tokens an answer \(a, .*a\.jsonl\)$/m);
});

t.test('shares of several answers, by question, in any order', async (t) => {
  const a = journal(t, 'a', [
    { key: 'x', right: [true, true, false, false], tokens: 400 },
    { key: 'y', right: [true, true, true, true], tokens: 80 },
  ]);
  const b = journal(t, 'b', [
    { key: 'y', right: [false], tokens: 7 },
    { key: 'x', right: [true], tokens: 9 },
  ]);
  t.match(compareFiles(a, b), {
    difference: { mean: (0.5 - 1 + (1 - 0)) / 2 },
    a: { accuracy: 0.75, tokensPerAnswer: 60 },
    b: { accuracy: 0.5, tokensPerAnswer: 8 },
    ...{ aBetter: 1, bBetter: 1 },
  });
});

t.test('a question that a file has twice counts twice', async (t) => {
  const twice = (...rights: boolean[]) => rights.map((right) => ({ key: 'x', right: [right] }));
  const a = journal(t, 'a', twice(true, false));
  t.match(compareFiles(a, journal(t, 'b', twice(false, false))), {
    questions: 2,
    difference: { mean: 0.5 },
  });
  t.throws(() => compareFiles(a, journal(t, 'b', twice(true))), { message: /lacks questions/ });
});

t.test('questions that are not judged are left out', async (t) => {
  const some: Given[] = [
    { key: 'x', right: null },
    { key: 'y', right: [true] },
  ];
  t.match(compareFiles(journal(t, 'a', some), journal(t, 'b', some)), {
    questions: 1,
    difference: { mean: 0 },
  });
  const none: Given[] = [{ key: 'x', right: null }];
  const comparison = compareFiles(journal(t, 'a', none), journal(t, 'b', none));
  t.match(comparison, { questions: 0, difference: null });
  t.match(comparisonReport(comparison), /nothing to judge/);
});

t.test('files that have no pairs', async (t) => {
  const a = journal(t, 'a', answered(true, true, true, true, true));
  const few = journal(t, 'b', answered(true));
  t.throws(() => compareFiles(a, few), {
    code: 'invalid_flag',
    message: /b\.jsonl lacks questions of .*a\.jsonl: 2 \("Question k1\?"\), 3 .*, 4 .* and 1 more/,
  });
  t.throws(() => compareFiles(few, a), { message: /b\.jsonl lacks questions of .*a\.jsonl/ });
  const cut = journal(t, 'cut', answered(true), 9);
  t.throws(() => compareFiles(a, cut), {
    code: 'file_malformed',
    message: /1 of 9 questions are answered/,
  });
  const folder = t.testdirName;
  writeFileSync(join(folder, 'empty.jsonl'), '');
  writeFileSync(join(folder, 'notes.jsonl'), '# Notes\n');
  t.throws(() => compareFiles(join(folder, 'empty.jsonl'), a), { message: /0 of its questions/ });
  t.throws(() => compareFiles(a, join(folder, 'notes.jsonl')), {
    message: /no file of `kinglet eval`/,
  });
  t.throws(() => compareFiles(a, join(folder, 'none.jsonl')), { code: 'file_unreadable' });
  const text = join(folder, 'text.jsonl');
  const header = {
    format: 'kinglet eval 1',
    type: 'perplexity',
    file: 'a.txt',
    count: 0,
    by: null,
    decisive: {},
  };
  writeFileSync(text, `${JSON.stringify(header)}\n`);
  t.throws(() => compareFiles(text, a), { message: /a\.txt was evaluated by its perplexity/ });
});
