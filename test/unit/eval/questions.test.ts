/** Questions put to a target: requests, judgements, figures, and going on after a stop. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { evaluateQuestions, type QuestionOptions } from '../../../src/eval/evaluate-questions.js';
import { questionReport } from '../../../src/eval/report/question-report.js';
import type { Session } from '../../../src/eval/session.js';
import type { OpenSummary } from '../../../src/eval/summary/open-summary.js';
import { QuestionTemplate } from '../../../src/eval/task/question-template.js';
import { chatAnswer, fakeTarget, type FakeTarget } from '../../support/fake-target.js';

const ASKING: QuestionOptions['asking'] = {
  ...{ n: 1, temperature: 0.6, topP: 0.95, topK: null, seed: 7, maxTokens: null },
  ...{ system: null, stop: [], completions: false, extraBody: {} },
};

const OPTIONS: Omit<QuestionOptions, 'file'> = {
  ...{ kind: null, template: null, templateSource: null, gold: null, by: null, limit: null },
  ...{ asking: ASKING, prompt: null, answer: null, concurrency: 2 },
};

/** Sums, whose answers are 2, 4 and 6. */
const SUMS = ['1+1', '2+2', '3+3'].map((question, i) => ({
  question,
  answer: `So it is ${2 * (i + 1)}.\n#### ${2 * (i + 1)}`,
  structure: i === 0 ? 'easy' : 'hard',
}));

type Opened = Parameters<Session['onOpen']>[0];

interface Place {
  readonly file: string;
  readonly output: string;
  readonly session: Session;
  readonly opened: Opened[];
}

function place(t: Test, entries: readonly object[] = SUMS): Place {
  const folder = t.testdir({});
  const file = join(folder, 'sums.jsonl');
  const output = join(folder, 'answers.jsonl');
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  const opened: Opened[] = [];
  const session: Session = {
    output,
    onOpen: (each) => opened.push(each),
    onProgress: () => undefined,
    meter: () => null,
  };
  return { file, output, session, opened };
}

/** Of a chat's last message. */
function questionIn(body: Record<string, unknown>): string {
  const messages = body['messages'] as { content: string }[];
  return messages.at(-1)!.content;
}

/** Puts the sum of the question's numbers into a box. */
function right(body: Record<string, unknown>): string {
  const [a = 0, b = 0] = questionIn(body).split('+').map(Number);
  return `It is \\boxed{${a + b}}.`;
}

async function evaluate(
  { file, session }: Place,
  target: FakeTarget,
  options: Partial<QuestionOptions> = {},
): Promise<OpenSummary & { model: string; kind: string }> {
  const outcome = await evaluateQuestions(
    { ...OPTIONS, ...options, file },
    session,
    async () => target,
  );
  if (outcome.summary.type !== 'open') throw new Error('these are no choices');
  return outcome.summary;
}

const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');

t.test('what a target is asked', async (t) => {
  const target = fakeTarget((body) => chatAnswer(right(body)));
  await evaluate(place(t), target, { concurrency: 1 });
  t.strictSame(
    target.asked.map(({ path }) => path),
    Array(3).fill('/v1/chat/completions'),
  );
  t.strictSame(target.asked[1]?.body, {
    messages: [
      {
        role: 'system',
        content: 'Please reason step by step, and put your final answer within \\boxed{}.',
      },
      { role: 'user', content: '2+2' },
    ],
    ...{ n: 1, temperature: 0.6, top_p: 0.95, seed: 8 },
  });
  t.ok(target.closed);
  const system = (asked: FakeTarget) =>
    (asked.asked[0]!.body['messages'] as { role: string; content: string }[])[0]!.content;
  for (const [options, first] of [
    [{ prompt: 'plain' }, '1+1'],
    [{ asking: { ...ASKING, system: 'Be brief.' } }, 'Be brief.'],
    [{ template: new QuestionTemplate('{{question}}=?'), templateSource: '' }, '1+1=?'],
    [
      { template: new QuestionTemplate('{{question}}=?'), prompt: 'boxed' },
      'Please reason step by step, and put your final answer within \\boxed{}.',
    ],
  ] as [Partial<QuestionOptions>, string][]) {
    const other = fakeTarget(() => chatAnswer('\\boxed{2}'));
    await evaluate(place(t), other, { ...options, concurrency: 1 });
    t.equal(system(other), first);
  }
});

t.test('completions', async (t) => {
  const answer = () => ({
    choices: [{ text: '\\boxed{2}', finish_reason: 'stop' }],
    usage: { completion_tokens: 3 },
  });
  const target = fakeTarget(answer);
  const asking = {
    ...ASKING,
    completions: true,
    maxTokens: 8,
    topK: 20,
    stop: [','],
    seed: 2 ** 31 - 1,
    extraBody: { min_p: 0.1, n: 9 },
  };
  await evaluate(place(t), target, { asking, concurrency: 1 });
  t.strictSame(target.asked[0], {
    path: '/v1/completions',
    body: {
      ...{ prompt: '1+1\n', n: 1, temperature: 0.6, top_p: 0.95, seed: 2 ** 31 - 1 },
      ...{ top_k: 20, max_tokens: 8, stop: [','], min_p: 0.1 },
    },
  });
  t.equal(target.asked[1]?.body['seed'], 0, 'seeds have 31 bits');
  const exact = fakeTarget(answer);
  const template = new QuestionTemplate('{{question}}');
  await evaluate(place(t), exact, { asking, template, concurrency: 1 });
  t.equal(exact.asked[0]?.body['prompt'], '1+1', 'a template says all there is');
});

t.test('figures of single answers', async (t) => {
  const target = fakeTarget((body) => {
    switch (questionIn(body)) {
      case '1+1':
        return chatAnswer({
          reasoning_end: 'model',
          message: { content: 'Two: \\boxed{2.0}', reasoning_content: 'hm' },
        });
      case '2+2':
        return chatAnswer({ finish_reason: 'length', message: { content: 'and on '.repeat(9) } });
      default:
        return chatAnswer({
          stop_reason: 'repetition_detected',
          reasoning_end: 'repetition',
          message: { content: null, reasoning_content: 'hm' },
        });
    }
  });
  const where = place(t);
  const summary = await evaluate(where, target, { by: 'structure' });
  t.match(summary, {
    ...{ type: 'open', kind: 'gsm8k', model: 'fake', questions: 3, judged: 3, n: 1 },
    accuracy: { mean: 1 / 3 },
    ...{ withoutAnswer: 2 / 3, truncated: 1 / 3, looped: 2 / 3, tokensPerAnswer: 10, joules: null },
    thoughtsEnded: 1 / 2,
    groups: [
      { name: 'easy', questions: 1, accuracy: { mean: 1 } },
      { name: 'hard', questions: 2, accuracy: { mean: 0 } },
    ],
  });
  t.strictSame([summary.passAt, summary.majorityAt], [[], []]);
  // Wilson's interval of 1 of 3.
  t.ok(Math.abs(summary.accuracy!.low - 0.0615) < 1e-4, `${summary.accuracy!.low}`);
  t.equal(summary.secondsPerSolved, summary.seconds);
  const lines = linesOf(where.output).map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(lines[0], { format: 'kinglet eval 1', type: 'open', count: 3, by: 'structure' });
  t.match(
    lines.find(({ question }) => question === '3+3'),
    { gold: '6', samples: [{ thought: 'hm', text: '', answer: null, right: false, looped: true }] },
  );
});

t.test('several answers to each question', async (t) => {
  const target = fakeTarget((body) => {
    const good = right(body);
    // Of four answers 3, 1 and no one are right; the others of the last are at odds.
    switch (questionIn(body)) {
      case '1+1':
        return chatAnswer(good, '\\boxed{9}', good, good);
      case '2+2':
        return chatAnswer('\\boxed{9}', 'no', '\\boxed{9}', good);
      default:
        return chatAnswer('\\boxed{1}', '\\boxed{2}', 'no', 'no');
    }
  });
  const summary = await evaluate(place(t), target, { asking: { ...ASKING, n: 4 } });
  t.equal(target.asked[0]?.body['n'], 4);
  const close = (a: number, b: number) => Math.abs(a - b) < 1e-12;
  t.ok(close(summary.accuracy!.mean, 1 / 3));
  // pass@2: 1 - C(1, 2)/C(4, 2) = 1, 1 - C(3, 2)/C(4, 2) = 1/2, 0.
  t.strictSame(
    summary.passAt.map(({ k }) => k),
    [1, 2, 4],
  );
  for (const [i, mean] of [1 / 3, 1 / 2, 2 / 3].entries()) {
    t.ok(close(summary.passAt[i]!.mean, mean), `pass@${summary.passAt[i]!.k}`);
  }
  // maj@2: of pairs the first answer leads where both have one vote; maj@4: 2, 9 and 1 lead.
  t.strictSame(
    summary.majorityAt.map(({ k, mean }) => [k, Number(mean.toFixed(6))]),
    [
      [1, 0.333333],
      [2, 0.333333],
      [4, 0.333333],
    ],
  );
  t.equal(summary.tokensPerAnswer, 10);
  const report = questionReport({ summary, path: 'answers.jsonl', energySource: null }, null);
  for (const row of [
    /^accuracy +33\.3 % \(95 %: 0\.0 to /m,
    /^pass@k +1: 33\.3 %, 2: 50\.0 %, 4: 66\.7 %$/m,
    /^maj@k +1: 33/m,
    /^tokens an answer +10$/m,
    /^answers +answers\.jsonl$/m,
    /s a solved problem$/m,
  ]) {
    t.match(report, row);
  }
  t.notMatch(report, /energy/);
});

t.test('answers that are found in other ways', async (t) => {
  const found = async (answer: string, text: string, gold = '#### 2') => {
    const target = fakeTarget(() => chatAnswer(text));
    const where = place(t, [{ question: '1+1', answer: gold }]);
    const { accuracy } = await evaluate(where, target, { answer });
    return accuracy!.mean === 1;
  };
  t.ok(await found('auto', 'so\n#### 2'));
  t.notOk(await found('boxed', 'so\n#### 2'));
  t.notOk(await found('auto', 'it is 2'));
  t.ok(await found('number', 'it is 1, no, 2.'));
  t.ok(await found('text', ' 2 '));
  t.ok(await found('regex:answer: (\\d+)', 'answer: 3, answer: 2'));
  t.ok(await found('json:/sum', '{"sum": 2}'));
  t.ok(await found('json:/city', '{"city": "Paris"}', '#### paris'));
  t.notOk(await found('json:/sum', '{"sum": 3}'));
  for (const form of ['boxes', 'regex:(', 'json:sum', 'regex:']) {
    const target = fakeTarget(() => chatAnswer('2'));
    await t.rejects(evaluate(place(t), target, { answer: form }), { message: /--answer/ }, form);
    t.strictSame(target.asked, []);
  }
});

t.test('questions without a right answer', async (t) => {
  const target = fakeTarget(() => chatAnswer('Hello!'));
  const summary = await evaluate(
    place(t, [{ question: 'Hi', answer: 'A greeting.\n#### ' }]),
    target,
  );
  t.match(summary, { questions: 1, judged: 0, accuracy: null, secondsPerSolved: null });
  t.match(questionReport({ summary, path: '', energySource: null }, null), /nothing to judge/);
});

t.test('what is there is not asked again', async (t) => {
  const where = place(t);
  const dying = fakeTarget((body) => {
    if (questionIn(body) === '3+3') throw new Error('killed');
    return chatAnswer(right(body));
  });
  await t.rejects(evaluate(where, dying, { concurrency: 1 }), /killed/);
  t.ok(dying.closed);
  t.equal(linesOf(where.output).length, 3, 'the header and two questions');
  appendFileSync(where.output, '{"index":2,"key":"torn');
  const target = fakeTarget((body) => chatAnswer(right(body)));
  const summary = await evaluate(where, target, { concurrency: 1 });
  t.strictSame(
    target.asked.map(({ body }) => questionIn(body)),
    ['3+3'],
  );
  t.match(where.opened, [
    { kept: 0, count: 3 },
    { kept: 2, count: 3 },
  ]);
  t.equal(summary.accuracy!.mean, 1);
  t.equal(linesOf(where.output).length, 4, 'the torn line is gone');
  for (const line of linesOf(where.output)) JSON.parse(line);
  const again = fakeTarget(() => chatAnswer('never'));
  t.strictSame(await evaluate(where, again), summary, 'the same figures from the file alone');
  t.strictSame(again.asked, []);
});

t.test('a file that was torn anywhere goes on, and comes to the same', async (t) => {
  const where = place(t);
  const whole = () => fakeTarget((body) => chatAnswer(right(body)));
  await evaluate(where, whole(), { concurrency: 1 });
  const bytes = readFileSync(where.output);
  for (let length = 0; length < bytes.length; length += 97) {
    writeFileSync(where.output, bytes);
    truncateSync(where.output, length);
    const summary = await evaluate(where, whole(), { concurrency: 1 });
    if (summary.accuracy?.mean !== 1) t.fail(`torn at ${length}`);
    const lines = linesOf(where.output).map((line) => JSON.parse(line) as { index?: number });
    if (lines.length !== 4) t.fail(`torn at ${length}: ${lines.length} lines`);
  }
});

t.test('answers of another evaluation are not mixed in', async (t) => {
  const where = place(t);
  const answering = () => fakeTarget((body) => chatAnswer(right(body)));
  await evaluate(where, answering());
  const before = readFileSync(where.output);
  const other = async (options: Partial<QuestionOptions>, target = answering()) => {
    const error: unknown = await evaluate(where, target, options).catch(
      (reason: unknown) => reason,
    );
    t.strictSame(target.asked, []);
    return String(error);
  };
  t.match(
    await other({ asking: { ...ASKING, temperature: 0 } }),
    /asking\.temperature was 0\.6 and is 0\b/,
  );
  t.match(await other({ answer: 'number' }), /answer was "auto" and is "number"/);
  t.match(await other({ limit: 2 }), /questions was 3 and is 2/);
  t.match(await other({ by: 'structure' }), /by was null and is "structure"/);
  const renamed = fakeTarget(() => chatAnswer(''), { model: 'fake', quantize: 'q8_0' });
  t.match(await other({}, renamed), /target\.quantize was absent and is "q8_0"/);
  writeFileSync(where.file, `${JSON.stringify(SUMS[0])}\n`.repeat(3));
  t.match(await other({}), /sha256 was/);
  t.strictSame(readFileSync(where.output), before, 'the file is as it was');
});

t.test('a file that is no file of answers is left as it is', async (t) => {
  const where = place(t);
  for (const text of ['# Notes\n', 'notes', '{"a":1}\n', '{"format":"kinglet eval 2"}\n', '\n']) {
    writeFileSync(where.output, text);
    const target = fakeTarget(() => chatAnswer(''));
    await t.rejects(evaluate(where, target), { code: 'file_malformed' }, JSON.stringify(text));
    t.equal(readFileSync(where.output, 'utf8'), text);
  }
});

t.test('lines that are wrong are named', async (t) => {
  const where = place(t);
  const answering = () => fakeTarget((body) => chatAnswer(right(body)));
  await evaluate(where, answering(), { concurrency: 1 });
  const [header = '', first = '', second = ''] = linesOf(where.output);
  for (const [line, message] of [
    ['{', /answers\.jsonl:2: this is no line of an evaluation/],
    ['[]', /:2: an object was expected/],
    [first.replace('"index":0', '"index":3'), /:2: index 3, where the header speaks of 3/],
    [first.replace('"index":0', '"index":-1'), /:2: 'index' must be a count/],
    [
      first.replace('"right":true', '"right":"yes"'),
      /:2: samples\[0\]: 'right' must be true or false/,
    ],
    [first.replace('"samples":[', '"others":['), /:2: 'samples' must be a list, but it is missing/],
  ] as const) {
    writeFileSync(where.output, [header, line, second, ''].join('\n'));
    await t.rejects(evaluate(where, answering()), { code: 'file_malformed', message });
  }
});

t.test('answers that are none', async (t) => {
  for (const [answer, message] of [
    [7, /an object was expected, but got 7/],
    [{}, /'choices' must be a list/],
    [chatAnswer('1', '2'), /has 2 choices, and 1 were asked for/],
    [
      { choices: [{ message: { content: 7 } }], usage: {} },
      /choices\[0\]: message: 'content' must be a string/,
    ],
    [{ choices: [{}] }, /choices\[0\]: 'text' must be a string, but it is missing/],
    [{ choices: [{ message: {} }] }, /'usage' must be an object/],
    [
      { choices: [{ message: {} }], usage: { completion_tokens: 1.5 } },
      /'completion_tokens' must be a count/,
    ],
  ] as [unknown, RegExp][]) {
    const target = fakeTarget(() => answer);
    await t.rejects(evaluate(place(t), target), { code: 'invalid_value', message });
    t.ok(target.closed);
  }
});
