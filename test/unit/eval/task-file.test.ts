/** Files of questions: which kind they are, what is asked, and what is wrong with them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KingletError } from '../../../src/errors.js';
import { QuestionTemplate } from '../../../src/eval/task/question-template.js';
import { readTaskFile, type TaskTerms } from '../../../src/eval/task/task-file.js';

const PLAIN: TaskTerms = { kind: null, template: null, gold: null, by: null, limit: null };

function fileOf(t: Test, content: string | object[], name = 'task.jsonl'): string {
  const text = Array.isArray(content)
    ? content.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    : content;
  const path = join(t.testdir({}), name);
  writeFileSync(path, text);
  return path;
}

function read(t: Test, content: string | object[], terms: Partial<TaskTerms> = {}) {
  return readTaskFile(fileOf(t, content), { ...PLAIN, ...terms });
}

const SHAPES: [name: string, entry: object, kind: string, text: string, gold: unknown][] = [
  ['GSM8K', { question: 'Q', answer: 'So it is <<1+1=2>>2.\n#### 1,234' }, 'gsm8k', 'Q', '1,234'],
  [
    'held-out talk',
    { question: 'Hi', answer: 'A greeting.\n#### ', structure: 'hello' },
    'gsm8k',
    'Hi',
    null,
  ],
  [
    'MATH-500',
    {
      problem: 'P',
      solution: 'so $\\boxed{3}$',
      answer: '\\frac{1}{2}',
      subject: 'Algebra',
      level: 2,
    },
    'math',
    'P',
    '\\frac{1}{2}',
  ],
  [
    'MATH',
    { problem: 'P', level: 'Level 5', solution: 'so $\\boxed{\\frac{3}{4}}$' },
    'math',
    'P',
    '\\frac{3}{4}',
  ],
  [
    'AIME 2024',
    { id: 60, problem: 'P', solution: 'S', answer: '204', year: 2024 },
    'math',
    'P',
    '204',
  ],
  [
    'AIME, capitals',
    { ID: '2024-II-4', Problem: 'P', Solution: 'S', Answer: 33 },
    'math',
    'P',
    '33',
  ],
  ['AIME 2025', { question: 'P', answer: '70' }, 'math', 'P', '70'],
  ['exact', { query: 'Q', answer: 'the cat' }, 'exact', 'Q', 'the cat'],
  [
    'MMLU',
    { question: 'Q', choices: ['a', 'b', 'c', 'd'], answer: 2 },
    'choices',
    'Question: Q\nAnswer:',
    2,
  ],
  ['letters', { query: 'Q', choices: ['a', 'b'], answer: 'B' }, 'choices', 'Q', 1],
  [
    'ARC',
    { question: 'Q', choices: { text: ['x', 'y'], label: ['1', '2'] }, answerKey: '1' },
    'choices',
    'Question: Q\nAnswer:',
    0,
  ],
  [
    'labels in a list',
    {
      question: 'Q',
      choices: [
        { label: 'A', text: 'x' },
        { label: 'B', text: 'y' },
      ],
      answerKey: 'B',
    },
    'choices',
    'Question: Q\nAnswer:',
    1,
  ],
  [
    'HellaSwag',
    { ctx: 'He runs', endings: ['fast.', 'a car.'], label: '1' },
    'choices',
    'He runs',
    1,
  ],
];

for (const [name, entry, kind, text, gold] of SHAPES) {
  t.test(`${name} is recognized`, async (t) => {
    const { task } = read(t, [entry]);
    t.equal(task.kind, kind);
    t.match(task.questions[0], { index: 0, text, gold, group: null });
    const listed = read(t, JSON.stringify([entry], null, 2));
    t.strictSame(listed.task, task, 'in a list too');
  });
}

t.test('what is asked for of a file', async (t) => {
  const entries = [
    { question: 'A', answer: '#### 1', structure: 'sums', steps: 2 },
    { question: 'B', answer: '#### 2', structure: 'ages', steps: 1 },
  ];
  const { task, sha256 } = read(
    t,
    `\uFEFF${JSON.stringify(entries[0])}\r\n\n${JSON.stringify(entries[1])}`,
  );
  t.equal(task.questions.length, 2, 'a byte order mark and blank lines are nothing');
  t.match(sha256, /^[0-9a-f]{64}$/);
  t.equal(read(t, entries, { limit: 1 }).task.questions.length, 1);
  const groups = (by: string) => read(t, entries, { by }).task.questions.map(({ group }) => group);
  t.strictSame(groups('structure'), ['sums', 'ages']);
  t.strictSame(groups('steps'), ['2', '1']);
  const template = new QuestionTemplate('{{ question }} in {{ steps }} steps?');
  const templated = read(t, entries, { template }).task.questions;
  t.equal(templated[0]?.text, 'A in 2 steps?');
  t.equal(templated[0]?.key, task.questions[0]?.key, 'the same question, however it is put');
  t.not(task.questions[0]?.key, task.questions[1]?.key);
  const counting = { text: '1, 2,', next: ' 3' };
  const exact = read(t, [counting], { template: new QuestionTemplate('{{text}}'), gold: 'next' });
  t.match(exact.task, { kind: 'exact', questions: [{ text: '1, 2,', gold: ' 3' }] });
});

const GOOD = JSON.stringify({ question: 'Q', answer: '#### 1' });
const CHOICE = JSON.stringify({ query: 'Q', choices: ['a', 'b'], answer: 0 });
const WRONG: [name: string, text: string, terms: Partial<TaskTerms>, message: RegExp][] = [
  ['nothing', '', {}, /has no questions/],
  ['blank lines', '\n\n', {}, /has no questions/],
  ['no JSON', `${GOOD}\n{"question"`, {}, /task\.jsonl:2: this is no JSON/],
  ['a number', '7\n', {}, /:1: an object was expected, but got 7/],
  ['a list within', `${GOOD}\n[]`, {}, /:2: an object was expected/],
  ['an empty list', '[]', {}, /has no questions/],
  ['a cut list', '[{"question"', {}, /this is no JSON/],
  ['foreign fields', '{"a":1,"b":2}', {}, /:1: its fields \(a, b\) are of no known kind: choices/],
  [
    'no answer',
    `${GOOD}\n{"question":"Q"}`,
    {},
    /:2: 'answer' must be a string or a number, but it is missing/,
  ],
  [
    'no mark',
    `${GOOD}\n{"question":"Q","answer":"1"}`,
    {},
    /:2: 'answer' must be a solution .* "1"/,
  ],
  ['a blank question', '{"question":" ","answer":"#### 1"}', {}, /'question' must be a question/],
  [
    'a question of another type',
    '{"question":7,"answer":"#### 1"}',
    {},
    /'question' must be a string, but it is 7/,
  ],
  [
    'no box',
    '{"problem":"P","solution":"so 3"}',
    {},
    /'solution' must be a solution with its answer in \\boxed/,
  ],
  ['a blank answer', '{"problem":"P","answer":" "}', {}, /'answer' must be an answer/],
  ['one choice', '{"query":"Q","choices":["a"],"answer":0}', {}, /'choices' must be 2 to 26 texts/],
  [
    'choices that are no texts',
    '{"query":"Q","choices":["a",2],"answer":0}',
    {},
    /'choices' must be a list of strings/,
  ],
  [
    'an index beyond',
    `${CHOICE}\n{"query":"Q","choices":["a","b"],"answer":2}`,
    {},
    /:2: 'answer' must be one of A, B, or an index below 2, but it is 2/,
  ],
  [
    'a letter beyond',
    '{"query":"Q","choices":["a","b"],"answer":"C"}',
    {},
    /'answer' must be one of A, B/,
  ],
  [
    'labels of other number',
    '{"query":"Q","choices":{"text":["a","b"],"label":["A"]},"answer":"A"}',
    {},
    /with a label each/,
  ],
  [
    'a group that is a list',
    '{"question":"Q","answer":"#### 1","s":[]}',
    { by: 's' },
    /'s' must be a text, .* --by/,
  ],
  ['no group', GOOD, { by: 'structure' }, /'structure' must be .* missing/],
  [
    'an unknown kind',
    GOOD,
    { kind: 'poems' },
    /--kind: expected choices, gsm8k, math, exact, but got 'poems'/,
  ],
  [
    'a deep entry',
    `{"question":"Q","answer":"#### 1","x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    {},
    /nested too deep/,
  ],
];

for (const [name, text, terms, message] of WRONG) {
  t.test(`${name}: refused`, async (t) => {
    t.throws(() => read(t, text, terms), { message, name: 'KingletError' });
  });
}

t.test('other files', async (t) => {
  const missing = join(t.testdir({}), 'none.jsonl');
  t.throws(() => readTaskFile(missing, PLAIN), { code: 'file_unreadable', message: /none\.jsonl/ });
  t.throws(() => readTaskFile(t.testdir({}), PLAIN), { code: 'file_unreadable' });
  const binary = join(t.testdir({}), 'model.gguf');
  writeFileSync(binary, Buffer.from([0x47, 0x47, 0x55, 0x46, 0xff, 0xfe, 0x0a]));
  t.throws(() => readTaskFile(binary, PLAIN), { message: /model\.gguf:1: it is not UTF-8/ });
});

t.test('templates', async (t) => {
  t.throws(() => new QuestionTemplate('{{ question'), {
    code: 'invalid_flag',
    message: /--template/,
  });
  const entries = [
    { question: 'Q', answer: '#### 1' },
    { question: '', answer: '#### 1' },
  ];
  t.throws(() => read(t, entries, { template: new QuestionTemplate('{{ qestion }}') }), {
    code: 'invalid_flag',
    message: /--template: expected a template that reads a field .*\(question, answer\)/,
  });
  t.throws(() => read(t, entries, { template: new QuestionTemplate('{{ question }}') }), {
    message: /:2: --template makes a blank question/,
  });
  const failing = new QuestionTemplate("{{ question.split('').foo.bar }}");
  t.throws(() => read(t, entries, { template: failing }), KingletError);
});
