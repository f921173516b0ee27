/** Thoughts under control, through the engine's loop: where they end, what is written then, what is said of it. */
import t from 'tap';
import { checkRequest } from '../../../../src/engine/check-request.js';
import type {
  GenerationRequest,
  ReasoningTags,
  ThoughtLimits,
} from '../../../../src/engine/types.js';
import { BYTE_EOS } from '../../../support/byte-tokenizer.js';
import { engineOptions, generation, type RequestOverrides } from '../../../support/engine.js';
import { LoopDriver } from '../../../support/engine-loop.js';
import type { FakeAddonOptions } from '../../../support/fake-addon.js';

const TAGS: ReasoningTags = { start: '<t>', end: '</t>', open: true };
const OPENING: ReasoningTags = { ...TAGS, open: false };
const codes = (text: string): number[] => [...Buffer.from(text)];
const PROMPT = 'ask:';

/** Says `text`, then the end, whatever stands before; what was written in its place is skipped. */
function saying(text: string): FakeAddonOptions {
  const ids = codes(text);
  return { next: ({ tokens }) => ids[tokens.length - PROMPT.length] ?? BYTE_EOS };
}

const limits = (budget: number | null, closing = '</t>\n', answerTokens = 0): ThoughtLimits => ({
  ...{ budget, closing: codes(closing), answerTokens },
});

const request = (rest: RequestOverrides): GenerationRequest =>
  generation({ prompt: PROMPT, maxTokens: 200, reasoning: TAGS, ...rest });

const driver = (fake: FakeAddonOptions) => new LoopDriver(engineOptions(), fake);

t.test('a budget is kept to the token, and an answer follows', (t) => {
  const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(2);
  for (const budget of [0, 1, 5, 20]) {
    const thought = limits(budget, '!</t>\n');
    const answer = driver(saying(text)).complete(request({ thought, maxTokens: budget + 6 + 3 }));
    t.equal(answer.reasonings[0], `${text.slice(0, budget)}!`, `budget ${budget}: the thought`);
    const behind = budget + 6;
    t.equal(answer.texts[0], text.slice(behind, behind + 3), 'the answer goes on behind it');
    t.strictSame(answer.thoughtEnds[0], { by: 'budget', tokens: budget });
    t.equal(answer.finishes[0], 'length');
    t.equal(answer.tokens[0]!.length, budget + 9, 'what is written for the model counts');
    t.equal(answer.usage?.completionTokens, budget + 9);
    t.equal(answer.usage?.reasoningTokens, budget + 5 + 1, 'thought, tag, and the line behind it');
  }
  t.end();
});

t.test('a thought that the model opens itself has the same budget', (t) => {
  const answer = driver(saying('<t>abcdefghijklmnop')).complete(
    request({ reasoning: OPENING, thought: limits(4), maxTokens: 14 }),
  );
  t.equal(answer.reasonings[0], 'abcd');
  t.equal(answer.texts[0], 'jk');
  t.strictSame(answer.thoughtEnds[0], { by: 'budget', tokens: 4 });
  t.end();
});

t.test('the model ends its thought', (t) => {
  for (const text of ['ab</t>yes', 'ab']) {
    const answer = driver(saying(text)).complete(request({ thought: limits(40) }));
    t.equal(answer.reasonings[0], 'ab', text);
    t.match(answer.thoughtEnds[0], { by: 'model' }, text);
    t.equal(answer.finishes[0], 'stop', text);
  }
  const silent = driver(saying('no thought')).complete(
    request({ reasoning: OPENING, thought: limits(3) }),
  );
  t.equal(silent.texts[0], 'no thought');
  t.equal(silent.thoughtEnds[0], null, 'there was none');
  t.end();
});

t.test('a thought leaves its answer the allowance, and shrinks to nothing if need be', (t) => {
  const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(4);
  for (const [maxTokens, answerTokens, thought] of [
    [30, 10, 15],
    [16, 10, 1],
    [15, 10, 0],
    [9, 10, 0],
    [5, 10, 0],
  ] as const) {
    const answer = driver(saying(text)).complete(
      request({ thought: limits(null, '</t>\n', answerTokens), maxTokens }),
    );
    const what = `${maxTokens} tokens`;
    t.equal(answer.reasonings[0], text.slice(0, thought), what);
    t.equal(answer.tokens[0]!.length, maxTokens, what);
    t.equal(answer.texts[0]!.length, maxTokens - thought - 5, what);
    t.strictSame(answer.thoughtEnds[0], { by: 'budget', tokens: thought }, what);
  }
  const cut = driver(saying(text)).complete(request({ thought: limits(null), maxTokens: 3 }));
  t.equal(cut.tokens[0]!.length, 3, 'no more than was asked for, though the tag is cut');
  t.equal(cut.finishes[0], 'length');
  t.end();
});

t.test('a character begun is finished first, with three tokens at most', (t) => {
  const answerOf = (text: string | Buffer, budget: number) => {
    const ids = [...Buffer.from(text)];
    const fake = {
      next: ({ tokens }: { tokens: readonly number[] }) =>
        ids[tokens.length - PROMPT.length] ?? BYTE_EOS,
    };
    return driver(fake).complete(request({ thought: limits(budget), maxTokens: 40 }));
  };
  const bird = answerOf('ab🦜cdefgh', 3);
  t.equal(bird.reasonings[0], 'ab🦜');
  t.strictSame(bird.thoughtEnds[0], { by: 'budget', tokens: 6 });
  const whole = answerOf('ab🦜cdefgh', 6);
  t.equal(whole.reasonings[0], 'ab🦜');
  t.strictSame(whole.thoughtEnds[0], { by: 'budget', tokens: 6 });
  const never = answerOf(Buffer.alloc(20, 0xf0), 2);
  t.strictSame(never.thoughtEnds[0], { by: 'budget', tokens: 5 }, 'bytes that make no character');
  t.end();
});

t.test('a thought that repeats itself is ended, an answer stops', (t) => {
  const repetition = { maxPatternSize: 8, minPatternSize: 1, minCount: 3, minTokens: 12 };
  const thinking = driver(saying('abc'.repeat(60))).complete(
    request({ thought: limits(null), repetition, maxTokens: 60 }),
  );
  t.strictSame(thinking.thoughtEnds[0], { by: 'repetition', tokens: 12 });
  t.equal(thinking.reasonings[0], 'abc'.repeat(4));
  t.equal(thinking.finishes[0], 'stop', 'and the answer goes the same way');
  t.equal(thinking.repetitions[0], true);
  t.equal(thinking.tokens[0]!.length, 12 + 5 + 12);
  const unended = driver(saying('abc'.repeat(60))).complete(
    request({ thought: null, repetition, maxTokens: 60 }),
  );
  t.match(unended, { finishes: ['stop'], repetitions: [true], thoughtEnds: [{ by: 'model' }] });
  const least = driver(saying('abc'.repeat(60))).complete(
    request({ reasoning: null, repetition, maxTokens: 60, minTokens: 30 }),
  );
  t.equal(least.tokens[0]!.length, 31, 'not before min_tokens');
  const varied = driver(saying('abcabdabeabfabgabhabiabjabk')).complete(
    request({ reasoning: null, repetition }),
  );
  t.equal(varied.repetitions[0], false);
  t.end();
});

t.test('a client ends thoughts: all, one, or one that has not begun', (t) => {
  const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(8);
  const run = driver(saying(text));
  const key = run.submit(request({ n: 3, thought: limits(100), maxTokens: 160 }));
  run.turns(5);
  const before = run.answer(key).tokens.map(({ length }) => length);
  run.endThoughts(key, 1);
  run.turns(5);
  t.strictSame(
    run.answer(key).thoughtEnds.map((end) => end?.by ?? null),
    [null, 'client', null],
  );
  t.equal(run.answer(key).thoughtEnds[1]?.tokens, before[1]);
  run.endThoughts(key);
  run.run();
  t.strictSame(
    run.answer(key).thoughtEnds.map((end) => end?.by),
    ['client', 'client', 'client'],
  );
  const early = run.submit(request({ thought: limits(100) }));
  run.endThoughts(early);
  run.run();
  t.strictSame(run.answer(early).thoughtEnds[0], { by: 'client', tokens: 0 });
  const answering = run.submit(request({ reasoning: null }));
  run.turns(3);
  run.endThoughts(answering);
  run.endThoughts(999);
  run.run();
  t.equal(run.answer(answering).thoughtEnds[0], null);
  t.end();
});

t.test('choices that nobody needs end without a finish, and count', (t) => {
  const run = driver(saying('abcdefghijklmnopqrstuvwxyz'));
  const key = run.submit(request({ n: 4, reasoning: null }));
  run.turns(6);
  const spent = run.answer(key).tokens.map(({ length }) => length);
  run.cancelChoices(key, [1, 3, 77]);
  run.run();
  const answer = run.answer(key);
  t.strictSame(answer.finishes, ['stop', null, 'stop', null]);
  t.equal(answer.usage?.completionTokens, 27 + spent[1]! + 27 + spent[3]!);
  t.equal(run.stats?.kvBlocksUsed, 0);
  const whole = run.submit(request({ n: 2 }));
  run.turns(2);
  run.cancelChoices(whole, [0, 1]);
  run.run();
  t.ok(run.answer(whole).usage, 'a request of which nothing is left has ended');
  t.end();
});

t.test('log-probabilities of what was written for the model are those of certain tokens', (t) => {
  const answer = driver(saying('abcdefghijkl')).complete(
    request({ thought: limits(2, '</t>'), topLogprobs: 1, maxTokens: 8 }),
  );
  t.equal(answer.logprobs[0]!.length, 8);
  t.match(
    answer.logprobs[0]!.slice(2, 6),
    codes('</t>').map((id) => ({ id, logprob: 0, top: [] })),
  );
  t.end();
});

t.test('numbers that no request can have are refused', (t) => {
  const check = (rest: RequestOverrides) => () => checkRequest(request(rest), engineOptions());
  const watch = { maxPatternSize: 8, minPatternSize: 1, minCount: 2, minTokens: 0 };
  t.doesNotThrow(check({ thought: limits(0), repetition: watch }));
  for (const thought of [limits(-1), limits(0.5), limits(1, '', -1), limits(1, '\u{ffff}')]) {
    const closing = thought.closing.map((id) => (id === 0xef ? 1 << 20 : id));
    t.throws(check({ thought: { ...thought, closing } }), { code: 'invalid_value' });
  }
  for (const wrong of [
    { maxPatternSize: 513 },
    { minPatternSize: 0 },
    { minPatternSize: 9 },
    { minCount: 1 },
    { minTokens: -1 },
  ]) {
    t.throws(check({ repetition: { ...watch, ...wrong } }), { code: 'invalid_value' });
  }
  t.end();
});
