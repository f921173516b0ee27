/** With drafts, right ones and wrong ones, every answer is what it is without: whatever is asked for. */
import t from 'tap';
import type { Speculate } from '../../../../src/config.js';
import type { GenerationRequest } from '../../../../src/engine/types.js';
import { BYTE_EOS } from '../../../support/byte-tokenizer.js';
import { engineOptions, generation, type RequestOverrides } from '../../../support/engine.js';
import { answerAlone, essence, LoopDriver } from '../../../support/engine-loop.js';
import type { FakeAddonOptions } from '../../../support/fake-addon.js';
import { randomSource } from '../../../support/random.js';
import { compileGrammar } from '../../../../src/grammar/compile-grammar.js';
import type { GrammarSource } from '../../../../src/grammar/grammar-source.js';
import { wildDrafts } from '../../../support/wild-drafts.js';

const PROMPT = 'the kinglet sings, the kinglet sleeps, and then the kinglet sings again. ';
const codes = (text: string): number[] => [...Buffer.from(text)];
const [COMMA, STOP] = codes(',.') as [number, number];

/**
 * Goes on as the text did 25 tokens before, but for what the whole text decides now and then: another
 * letter, an end, a comma, or nothing in particular, so that sampling is left to itself.
 */
const repetitive: FakeAddonOptions = {
  next: ({ tokens }) => {
    const hash = tokens.slice(-3).reduce((sum, token) => Math.imul(sum, 33) + token, 5) >>> 0;
    if (tokens.length > 130 && hash % 64 === 0) return BYTE_EOS;
    if (hash % 9 === 0) return [COMMA, STOP][hash % 2] ?? STOP;
    return hash % 11 === 0 ? 97 + (hash % 26) : (tokens.at(-25) ?? 97);
  },
};

const plain = engineOptions({ kvBlocks: 400, maxNumSeqs: 40 });
/** As a generation_config.json may have them. */
const ruled: typeof plain = {
  ...plain,
  rules: {
    stopStrings: ['qq'],
    suppressTokens: codes('k'),
    beginSuppressTokens: codes('ta'),
    badWords: [codes('in'), codes('the ')],
    sequenceBias: [
      { ids: codes('s'), bias: 3 },
      { ids: codes('si'), bias: 30 },
    ],
    noRepeatNgramSize: 4,
  },
};

const sampled = { temperature: 0.9, seed: 5n };

/** What answers are held to, from the beginning or behind an announcement. */
function heldTo(
  source: GrammarSource,
  announced: string | null = null,
  starts: readonly string[] = [],
): RequestOverrides {
  const { program } = compileGrammar(source, () => undefined);
  const trigger = announced === null ? null : { text: announced, starts };
  return { grammar: { key: JSON.stringify(source), program, trigger } };
}

const SCHEMA: GrammarSource = {
  kind: 'schema',
  text: JSON.stringify({
    properties: {
      sings: { type: 'string', maxLength: 9 },
      'sleeps again': { enum: ['kinglet', 'king', 7, null] },
      'and then': { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 3 },
    },
    required: ['sings', 'sleeps again', 'and then'],
    additionalProperties: false,
    type: 'object',
  }),
};

const SETTINGS: Readonly<Record<string, RequestOverrides>> = {
  greedy: {},
  temperature: { sampling: { temperature: 30, seed: 1n } },
  'another seed': { sampling: { temperature: 1, seed: 2n ** 63n } },
  top_k: { sampling: { ...sampled, temperature: 20, topK: 3 } },
  top_p: { sampling: { ...sampled, temperature: 20, topP: 0.6 } },
  min_p: { sampling: { ...sampled, temperature: 20, minP: 0.4 } },
  repetition: { sampling: { ...sampled, repetitionPenalty: 1.8 } },
  presence: { sampling: { ...sampled, presencePenalty: 1.9 } },
  frequency: { sampling: { frequencyPenalty: 1.5 } },
  'all penalties': {
    sampling: { repetitionPenalty: 1.4, presencePenalty: -0.5, frequencyPenalty: 1.2 },
  },
  logit_bias: { sampling: { logitBias: codes('king').map((id) => [id, -25] as const) } },
  min_tokens: { minTokens: 70, stopTokenIds: codes('z,') },
  'min_tokens and stop strings': { minTokens: 40, stop: ['ing', ', '] },
  'stop strings': { stop: ['again', 'eps, a', '..'] },
  'stop ids': { stopTokenIds: codes('z.') },
  ignore_eos: { ignoreEos: true, maxTokens: 140 },
  'one token': { maxTokens: 1 },
  'two tokens': { maxTokens: 2 },
  'no token': { maxTokens: 0, promptTopLogprobs: 1 },
  n: { n: 5, sampling: { temperature: 15, seed: 3n } },
  'n, greedy': { n: 3 },
  logprobs: { topLogprobs: 0, sampling: sampled },
  'top logprobs': { topLogprobs: 7, sampling: { temperature: 25, seed: 8n } },
  'scored prompt': { promptTopLogprobs: 2, topLogprobs: 1 },
  thought: { reasoning: { start: 'the', end: 'sings', open: false }, topLogprobs: 0 },
  'open thought': { reasoning: { start: '<', end: ', ', open: true }, stop: ['king'] },
  salt: { cacheSalt: 'another', sampling: sampled },
  'a schema': heldTo(SCHEMA),
  'a schema, sampled': { ...heldTo(SCHEMA), sampling: { temperature: 20, seed: 4n } },
  'a schema behind a thought': {
    ...heldTo(SCHEMA),
    reasoning: { start: 'the', end: 'sings', open: false },
    topLogprobs: 2,
  },
  'a schema, cut': { ...heldTo(SCHEMA), maxTokens: 20, stop: ['leeps'], minTokens: 12 },
  'an expression': {
    ...heldTo({ kind: 'regex', text: '(?:the kinglet (?:sings|sleeps), ){2,4}and then\\.' }),
    sampling: { temperature: 20, seed: 6n, frequencyPenalty: 1 },
  },
  'rules behind two words, and a thought': {
    ...heldTo({ kind: 'ebnf', text: 'root ::= (" and"){2,3} "." [a-z]{3}' }, 'kinglet s'),
    reasoning: { start: 'the', end: 'sings', open: true },
    topLogprobs: 1,
  },
  'rules from the beginning or behind an announcement': heldTo(
    { kind: 'ebnf', text: 'root ::= [a-z ]{9} (" and"){2,3} "." [a-z]{3}' },
    'n t',
    ['the s', 'and t'],
  ),
  'rules behind an announcement': heldTo(
    { kind: 'ebnf', text: 'root ::= " and" (", and"){2} "." [a-z]{3}' },
    'n',
  ),
};

const requests = (): [string, GenerationRequest][] =>
  Object.entries(SETTINGS).map(([name, overrides]) => [
    name,
    generation({ prompt: PROMPT, maxTokens: 90, ...overrides }),
  ]);

const KINDS: readonly Speculate[] = ['auto', 1, 5, 16];

for (const [rules, options] of Object.entries({ plain, ruled })) {
  const want = requests().map(([, request]) => essence(answerAlone(options, request, repetitive)));
  for (const speculate of KINDS) {
    for (const wild of [false, true]) {
      t.test(`${rules}, speculate ${speculate}, ${wild ? 'wild' : 'own'} drafts`, (t) => {
        const random = randomSource(9);
        const driver = (more: Partial<typeof options> = {}): LoopDriver =>
          new LoopDriver(
            { ...options, speculate, ...more },
            { ...repetitive, stepSeconds: (rows) => 0.01 + 0.001 * rows },
            wild ? wildDrafts(random, 256) : undefined,
          );
        const lonely = driver();
        for (const [i, [name, request]] of requests().entries()) {
          t.same(essence(lonely.complete(request)), want[i], `${name}, alone`);
        }
        t.match(lonely.stats, { kvBlocksUsed: 0 });
        const { draftTokens = 0, acceptedTokens = 0 } = lonely.stats ?? {};
        t.ok(acceptedTokens > 50 && draftTokens > acceptedTokens, `${acceptedTokens} were drawn`);

        for (const [load, more] of Object.entries({
          'side by side': {},
          'in few blocks': { kvBlocks: 24, maxNumSeqs: 9 },
          'in short steps': { maxNumBatchedTokens: 11, maxNumSeqs: 6 },
        })) {
          const crowd = driver(more);
          const keys = requests().map(([name, request]) => [name, crowd.submit(request)] as const);
          // Some readers stand still for a while.
          for (let turn = 0; turn < 40; turn++) {
            crowd.turn();
            const [, key] = keys[turn % keys.length]!;
            if (turn % 3 === 0) crowd.pause(key);
          }
          for (const [, key] of keys) crowd.resume(key);
          crowd.run();
          t.equal(crowd.failure, null);
          t.match(crowd.stats, { kvBlocksUsed: 0, running: 0, waiting: 0 });
          for (const [i, [name, key]] of keys.entries()) {
            t.same(essence(crowd.answer(key)), want[i], `${name}, ${load}`);
          }
        }
        t.end();
      });
    }
  }
}

t.test('what is left out is never of an answer, whoever aborts', (t) => {
  const random = randomSource(4);
  for (let turns = 1; turns < 60; turns++) {
    const driver = new LoopDriver(
      engineOptions({ kvBlocks: 30, speculate: 6 }),
      repetitive,
      wildDrafts(random, 256),
    );
    const kept = generation({ prompt: PROMPT, maxTokens: 60 });
    const key = driver.submit(kept);
    const victim = driver.submit(generation({ prompt: PROMPT, n: 3, maxTokens: 80 }));
    driver.turns(turns);
    driver.abort(victim);
    driver.run();
    const want = answerAlone(engineOptions(), kept, repetitive);
    if (JSON.stringify(essence(driver.answer(key))) !== JSON.stringify(essence(want))) {
      t.fail(`wrong after ${turns} turns`);
    }
    if (driver.stats?.kvBlocksUsed !== 0) t.fail(`left behind after ${turns} turns`);
  }
  t.end();
});

t.test('logits that are not finite fail the token that they are for, not those before', (t) => {
  const options = engineOptions();
  const request = generation({ prompt: PROMPT, maxTokens: 60, topLogprobs: 0 });
  const well = answerAlone(options, request, repetitive);
  for (const at of [0, 1, 7, 20, 33]) {
    const bad = PROMPT + well.texts[0]?.slice(0, at);
    const fake: FakeAddonOptions = {
      ...repetitive,
      notFinite: ({ tokens }) => Buffer.from(tokens).toString() === bad,
    };
    const want = answerAlone(options, request, fake);
    t.equal(want.error, 'not_finite');
    t.equal(want.tokens[0]?.length, at);
    const driver = new LoopDriver({ ...options, speculate: 8 }, fake);
    t.same(essence(driver.complete(request)), essence(want), `at ${at}`);
    t.match(driver.stats, { kvBlocksUsed: 0 });
  }
  t.end();
});

t.test('a wrong draft behind which nothing is finite, or nothing is left, changes nothing', (t) => {
  const options = engineOptions({ speculate: 4 });
  const request = generation({ prompt: PROMPT, maxTokens: 40 });
  const want = answerAlone(options, request, repetitive);
  const driver = new LoopDriver(
    options,
    { ...repetitive, notFinite: ({ tokens }) => tokens.includes(7) },
    { draft: (_, most) => ({ tokens: Array.from({ length: most }, () => 7), matched: 9 }) },
  );
  t.same(essence(driver.complete(request)), essence(want));
  t.match(driver.stats, { acceptedTokens: 0 });
  t.ok((driver.stats?.draftTokens ?? 0) > 100);
  t.end();
});

t.test('the prefix cache knows nothing of what was drafted in vain', (t) => {
  const options = engineOptions({ speculate: 16 });
  const random = randomSource(3);
  const driver = new LoopDriver(options, repetitive, wildDrafts(random, 256));
  const first = driver.complete(generation({ prompt: PROMPT, maxTokens: 90, ignoreEos: true }));
  const prompt = PROMPT + first.texts[0];
  // The fake throws where a block holds other tokens than the sequence that finds it.
  const again = generation({ prompt: prompt.slice(0, 150), maxTokens: 30 });
  const answer = driver.complete(again);
  t.equal(driver.failure, null);
  t.equal(answer.cachedTokens, 144, 'what was drawn is found');
  t.same(essence(answer), essence(answerAlone(options, again, repetitive)));
  t.end();
});
