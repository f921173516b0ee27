/** What a checkpoint's generation_config.json asks of every draw, over the fake model. */
import t from 'tap';
import { NgramIndex } from '../../../src/engine/ngram-index.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import { mostRuleBiases, TokenRules } from '../../../src/engine/token-rules.js';
import type { GenerationRules } from '../../../src/model/generation-defaults.js';
import {
  engineOptions,
  generation,
  type Answer,
  type RequestOverrides,
} from '../../support/engine.js';
import { essence, LoopDriver } from '../../support/engine-loop.js';
import { randomSource } from '../../support/random.js';

const code = (text: string): number => text.charCodeAt(0);
const codes = (text: string): number[] => [...Buffer.from(text)];

/** An answer of a model that always wants the next letter of `wanted`, by what it has said. */
function answer(
  rules: GenerationRules,
  request: RequestOverrides,
  options: Partial<EngineOptions> = {},
): Answer {
  return new LoopDriver(engineOptions({ rules, ...options })).complete(generation(request));
}

/** A model that repeats its own last token. */
const echo = { next: ({ tokens }: { tokens: readonly number[] }) => tokens.at(-1)! };

function scripted(rules: GenerationRules, request: RequestOverrides, next = echo.next): Answer {
  return new LoopDriver(engineOptions({ rules }), { next }).complete(generation(request));
}

t.test('suppressed tokens are never drawn', (t) => {
  const plain = answer({}, { maxTokens: 200 });
  const banned = plain.tokens[0]![0]!;
  const without = answer({ suppressTokens: [banned] }, { maxTokens: 200 });
  t.notOk(without.tokens[0]!.includes(banned));
  t.same(essence(answer({ suppressTokens: [] }, { maxTokens: 200 })), essence(plain));
  const first = answer({ beginSuppressTokens: [banned] }, { maxTokens: 200 });
  t.ok(first.tokens[0]!.indexOf(banned) > 0, 'later it may come');
  t.end();
});

t.test('a bad word never comes, its beginning may', (t) => {
  const script = 'abcabcabc';
  const next = ({ tokens }: { tokens: readonly number[] }) =>
    script.charCodeAt((tokens.length - 5) % script.length);
  const request = { prompt: 'hello', maxTokens: 9 };
  t.equal(scripted({}, request, next).texts[0], script);
  const { texts } = scripted({ badWords: [codes('abc'), codes('ca')] }, request, next);
  t.match(texts[0], /^ab[^c]/);
  t.notMatch(texts[0], /abc|ca/);
  // The beginning may lie in the prompt.
  const { texts: over } = scripted({ badWords: [codes('loa')] }, request, next);
  t.notMatch(over[0], /^a/);
  t.end();
});

t.test('which biases a text asks for', (t) => {
  const emitted = (rules: GenerationRules, text: string, fresh = false) => {
    const all: [string, number][] = [];
    const tokenAt = (position: number): number => text.charCodeAt(position);
    new TokenRules(rules).each(tokenAt, text.length, fresh, (id, bias) => {
      all.push([String.fromCharCode(id), bias]);
    });
    return all;
  };
  const rules = {
    suppressTokens: codes('e'),
    beginSuppressTokens: codes('fg'),
    badWords: [codes('x'), codes('abc')],
    sequenceBias: [
      { ids: codes('y'), bias: 1 },
      { ids: codes('bd'), bias: 2 },
      { ids: codes('zbd'), bias: 3 },
      { ids: codes('bba'), bias: 4 },
    ],
  };
  const always: [string, number][] = [
    ['e', -Infinity],
    ['x', -Infinity],
    ['y', 1],
  ];
  t.same(emitted({}, 'ab', true), []);
  t.same(emitted(rules, 'a'), always, 'a beginning is no whole');
  t.same(emitted(rules, 'c', true), [...always, ['f', -Infinity], ['g', -Infinity]]);
  t.same(emitted(rules, 'b'), [...always, ['d', 2]], 'what would begin before the text');
  t.same(emitted(rules, 'ab'), [...always, ['c', -Infinity], ['d', 2]]);
  t.same(emitted(rules, 'zb'), [...always, ['d', 2], ['d', 3]]);
  t.same(emitted(rules, 'abb'), [...always, ['d', 2], ['a', 4]]);
  t.same(emitted(rules, 'xy'), always);
  t.same(emitted({ sequenceBias: rules.sequenceBias }, 'x', true), [['y', 1]]);
  t.end();
});

t.test('a bias on a sequence holds after its beginning alone', (t) => {
  const rules = { sequenceBias: [{ ids: codes('oz'), bias: 100 }] };
  const { texts } = scripted(rules, { prompt: 'hello', maxTokens: 4 });
  t.equal(texts[0], 'zzzz', 'after o; then the model repeats itself');
  const always = { sequenceBias: [{ ids: codes('q'), bias: 100 }] };
  t.equal(scripted(always, { prompt: 'hello', maxTokens: 3 }).texts[0], 'qqq');
  t.end();
});

/** Whether any n tokens of a text come twice, looking only at those that end after `from`. */
function repeats(tokens: readonly number[], n: number, from: number): boolean {
  const seen = new Set<string>();
  for (let end = n; end <= tokens.length; end++) {
    const key = tokens.slice(end - n, end).join();
    if (end > from && seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}

t.test('no n-gram of prompt and answer comes twice', (t) => {
  const prompt = 'the cat and the dog and the cat';
  for (const n of [1, 2, 3, 5]) {
    const maxTokens = n === 1 ? 20 : 150;
    for (const temperature of [0, 1]) {
      const request = { prompt, maxTokens, n: 2, sampling: { temperature, seed: 5n } };
      const plain = answer({}, request);
      const ruled = answer({ noRepeatNgramSize: n }, request);
      for (const tokens of ruled.tokens) {
        t.equal(tokens.length, maxTokens);
        t.notOk(repeats([...codes(prompt), ...tokens], n, prompt.length), `${n}-grams`);
      }
      if (n < 3) {
        t.ok(repeats([...codes(prompt), ...plain.tokens[0]!], n, prompt.length), 'else they do');
      }
    }
  }
  t.end();
});

t.test("a model that repeats itself is kept from it to the vocabulary's end", (t) => {
  // 260 tokens: the last draw has none left.
  const eos: number[] = [];
  const driver = new LoopDriver(
    engineOptions({ rules: { noRepeatNgramSize: 1 }, eosIds: eos }),
    echo,
  );
  const key = driver.submit(generation({ prompt: 'a', maxTokens: 300 }));
  driver.run();
  t.equal(driver.answer(key).error, 'invalid_value');
  t.equal(driver.failure, null, 'the engine goes on');
  t.end();
});

t.test('hundreds of ends of an answer beside as many biases as a request may have', (t) => {
  // Every id but the letters, which the fake goes on with once its ends are banned.
  const eosIds = Array.from({ length: 260 }, (_, id) => id).filter((id) => id < 97 || id > 122);
  const logitBias = Array.from({ length: 2048 }, () => [code('q'), 0.01] as const);
  const driver = new LoopDriver(engineOptions({ eosIds, rules: { suppressTokens: codes('xyz') } }));
  const keys = Array.from({ length: 8 }, () =>
    driver.submit(generation({ maxTokens: 30, minTokens: 30, sampling: { logitBias } })),
  );
  driver.run();
  t.equal(driver.failure, null);
  for (const key of keys)
    t.match(driver.answer(key), { texts: [/^[a-w]{30}$/], finishes: ['length'] });
  t.end();
});

t.test('stop strings are added to those of the request', (t) => {
  const next = ({ tokens }: { tokens: readonly number[] }) =>
    'abcdefgh'.charCodeAt(tokens.length - 5);
  const rules = { stopStrings: ['ef'] };
  t.match(scripted(rules, { maxTokens: 8 }, next), { texts: ['abcd'], matched: ['ef'] });
  t.match(scripted(rules, { maxTokens: 8, stop: ['c'] }, next), { texts: ['ab'], matched: ['c'] });
  t.end();
});

t.test('the index of n-grams finds what a search finds', (t) => {
  const random = randomSource(3);
  for (let round = 0; round < 60; round++) {
    const size = 1 + Math.floor(random() * 5);
    const kinds = 2 + Math.floor(random() * 4);
    const text = Array.from({ length: 80 }, () => Math.floor(random() * kinds));
    const tokenAt = (position: number): number => text[position]!;
    const index = new NgramIndex(size);
    for (let length = 0; length < text.length; length++) {
      const expected = new Set<number>();
      for (let i = size - 1; i < length; i++) {
        const tail = text.slice(length - (size - 1), length).join();
        if (text.slice(i - (size - 1), i).join() === tail) expected.add(text[i]!);
      }
      const found = [...index.followers(tokenAt, length)];
      if (length >= size - 1) t.same(found.sort(), [...expected].sort());
      else t.same(found, []);
      index.add(tokenAt, length);
    }
  }
  t.end();
});

t.test('the index of n-grams reads no further than it must', (t) => {
  const text = codes('abcdabce');
  const index = new NgramIndex(4);
  let read: number[] = [];
  const tokenAt = (position: number): number => {
    read.push(position);
    return text[position] ?? NaN;
  };
  for (let position = 0; position < 4; position++) index.add(tokenAt, position);
  t.same(read, [0, 1, 2, 3], 'before the first n-gram is whole nothing is read');
  const reads = (position: number): number[] => {
    read = [];
    t.same([...index.followers(tokenAt, position)], position === 7 ? codes('d') : []);
    return read;
  };
  t.same(reads(2), []);
  t.same(reads(7), [4, 5, 6], 'a beginning that is known');
  for (let i = 0; i < 2; i++)
    t.same(reads(5), [2], 'one that is not, however often it is asked for');
  t.end();
});

t.test('the arrays of a step have room for every rule', (t) => {
  const rules = {
    suppressTokens: [1, 2],
    beginSuppressTokens: [3],
    badWords: [[1, 2]],
    sequenceBias: [{ ids: [4, 5], bias: 1 }],
  };
  t.equal(mostRuleBiases({}, 1000, 500), 0);
  t.equal(mostRuleBiases(rules, 1000, 500), 5);
  t.equal(mostRuleBiases({ ...rules, noRepeatNgramSize: 2 }, 1000, 500), 505);
  t.equal(mostRuleBiases({ ...rules, noRepeatNgramSize: 2 }, 100, 500), 105);
  t.end();
});
