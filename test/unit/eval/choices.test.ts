/** Multiple choice by log-probability, against a server of a token a character. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { evaluateQuestions } from '../../../src/eval/evaluate-questions.js';
import { scoreChoices } from '../../../src/eval/likelihood/choice-scores.js';
import { questionReport } from '../../../src/eval/report/question-report.js';
import { echoAnswer, fakeTarget } from '../../support/fake-target.js';

const prompts = (body: Record<string, unknown>) => body['prompt'] as string[];

/** Characters cost as much as their place in the alphabet says; others 1. */
const cost = (character: string) => {
  const place = 'abcdefghijklmnopqrstuvwxyz'.indexOf(character);
  return place < 0 ? -1 : -(place + 1) / 2;
};

t.test('the sums over the tokens of the choices alone', async (t) => {
  const target = fakeTarget((body) => echoAnswer(prompts(body), cost));
  const scores = await scoreChoices(target, { text: 'The zebra is', choices: ['ab', 'c'] });
  t.strictSame(target.asked, [
    {
      path: '/v1/completions',
      body: {
        prompt: ['The zebra is', 'The zebra is ab', 'The zebra is c'],
        ...{ echo: true, logprobs: 1, max_tokens: 0, temperature: 0 },
      },
    },
  ]);
  // A space, a, b; a space, c.
  t.strictSame(scores.logprobs, [-1 - 0.5 - 1, -1 - 1.5]);
  const withBos = fakeTarget((body) => echoAnswer(prompts(body), cost, true));
  t.strictSame(
    (await scoreChoices(withBos, { text: 'The zebra is', choices: ['ab', 'c'] })).logprobs,
    scores.logprobs,
  );
});

t.test('the three measures', async (t) => {
  const chosen = async (costs: Record<string, number>, choices: string[]) => {
    const target = fakeTarget((body) =>
      echoAnswer(prompts(body), (character) => costs[character] ?? 0),
    );
    const { bySum, byCharacters, byBytes } = await scoreChoices(target, { text: 'Q', choices });
    return [bySum, byCharacters, byBytes];
  };
  t.strictSame(
    await chosen({ a: -3, b: -2 }, ['a', 'bb']),
    [0, 1, 1],
    'sums: -3, -4; each: -3, -2',
  );
  t.strictSame(
    await chosen({ a: -2, é: -3 }, ['aa', 'é']),
    [1, 0, 1],
    'é has two bytes: -1.5 each',
  );
  t.strictSame(await chosen({ a: -2, '𝔸': -3 }, ['a', '𝔸']), [0, 0, 1], 'and 𝔸 is one character');
  t.strictSame(await chosen({ a: -1, b: -1 }, ['b', 'a']), [0, 0, 0], 'the first of equal ones');
});

t.test('what stands between question and choice', async (t) => {
  const asked = async (text: string, choices: string[]) => {
    const target = fakeTarget((body) => echoAnswer(prompts(body), cost));
    const { logprobs } = await scoreChoices(target, { text, choices });
    return [prompts(target.asked[0]!.body), logprobs];
  };
  // White space at the question's end belongs to the choice.
  t.strictSame(await asked('Q: ', ['a', 'b']), [
    ['Q:', 'Q: a', 'Q: b'],
    [-1.5, -2],
  ]);
  t.strictSame(await asked('Q:\n', ['a', 'b']), [
    ['Q:', 'Q:\na', 'Q:\nb'],
    [-1.5, -2],
  ]);
  t.strictSame(await asked('Q:', [' a', ' b']), [
    ['Q:', 'Q: a', 'Q: b'],
    [-1.5, -2],
  ]);
});

t.test('answers without scores', async (t) => {
  const question = { text: 'Q', choices: ['a', 'b'] };
  for (const [answer, message] of [
    [
      { choices: [{ index: 0, text: 'a', logprobs: null }, { index: 1 }, { index: 2 }] },
      /no log-probabilities of the prompt/,
    ],
    [
      { choices: [0, 1, 2].map((index) => ({ index, logprobs: { token_logprobs: [] } })) },
      /no log-probabilities/,
    ],
    [
      { choices: [0, 1, 2].map((index) => ({ index, logprobs: { token_logprobs: [null, 'x'] } })) },
      /'token_logprobs' must be logarithms/,
    ],
    [
      { choices: [0, 1, 2].map((index) => ({ index, logprobs: { token_logprobs: [null, 1] } })) },
      /'token_logprobs' must be logarithms/,
    ],
    [{ choices: [] }, /has 0 choices for 3 prompts/],
    [echoAnswer(['Q', 'Q', 'Q b'], cost), /'a' has no token of its own/],
    [null, /an object was expected/],
  ] as [unknown, RegExp][]) {
    await t.rejects(
      scoreChoices(
        fakeTarget(() => answer),
        question,
      ),
      { message },
    );
  }
  const { logprobs } = await scoreChoices(
    fakeTarget((body) => {
      const { choices } = echoAnswer(prompts(body), cost) as { choices: object[] };
      return { choices: choices.reverse() };
    }),
    question,
  );
  t.strictSame(logprobs, [-1.5, -2], 'choices come in any order');
});

t.test('a file of them', async (t) => {
  const folder = t.testdir({});
  const file = join(folder, 'mc.jsonl');
  const entries = [
    { query: 'Q', choices: ['a', 'zz'], answer: 0, topic: 'x' },
    { query: 'R', choices: ['zz', 'a'], answer: 'B', topic: 'x' },
    { query: 'S', choices: ['yz', 'a'], answer: 0, topic: 'y' },
  ];
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  const target = fakeTarget((body) => echoAnswer(prompts(body), cost));
  const asking = {
    n: 1,
    temperature: 0,
    topP: 1,
    topK: null,
    seed: 0,
    maxTokens: null,
    system: null,
    stop: [],
    completions: false,
    extraBody: {},
  };
  const options = {
    file,
    kind: null,
    template: null,
    templateSource: null,
    gold: null,
    by: 'topic',
    limit: null,
    asking,
    prompt: null,
    answer: null,
    concurrency: null,
  };
  const session = {
    output: join(folder, 'out.jsonl'),
    onOpen: () => undefined,
    onProgress: () => undefined,
    meter: () => null,
  };
  const outcome = await evaluateQuestions(options, session, async () => target);
  t.match(outcome.summary, {
    ...{ type: 'choices', kind: 'choices', questions: 3 },
    ...{ acc: { mean: 2 / 3 }, accNorm: { mean: 2 / 3 }, accBytes: { mean: 2 / 3 } },
    groups: [
      { name: 'x', questions: 2, accuracy: { mean: 1 } },
      { name: 'y', accuracy: { mean: 0 } },
    ],
  });
  const again = fakeTarget(() => null);
  t.strictSame(await evaluateQuestions(options, session, async () => again), outcome);
  t.strictSame(again.asked, []);
  const report = questionReport(outcome, 'topic');
  t.match(report, /^acc +66\.7 % \(95 %: /m);
  t.match(report, /^topic x +100\.0 % .* of 2$/m);
});
