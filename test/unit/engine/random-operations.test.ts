/**
 * Random requests, aborts, stalls and steps on a pool that is too small for them, with drafts and
 * without: every answer is what its request gets alone and without drafts, and no block stays behind.
 */
import t from 'tap';
import { MAX_DRAFT_TOKENS, type Speculate } from '../../../src/config.js';
import type { EngineStats, GenerationRequest } from '../../../src/engine/types.js';
import { engineOptions, fakeSpec, generation, type Answer } from '../../support/engine.js';
import { essence, LoopDriver } from '../../support/engine-loop.js';
import type { FakeAddonOptions } from '../../support/fake-addon.js';
import { randomSource } from '../../support/random.js';
import { wildDrafts } from '../../support/wild-drafts.js';

// Computes for seconds, which a busy machine stretches.
t.setTimeout(300_000);

const OPERATIONS = 25_000;

/** `wild`: half of the drafts say what nobody would. */
const CASES: readonly { seed: number; speculate: Speculate; drafts: 'own' | 'wild' }[] = [
  { seed: 1, speculate: 'off', drafts: 'own' },
  { seed: 2, speculate: 'off', drafts: 'own' },
  { seed: 3, speculate: 'auto', drafts: 'own' },
  { seed: 4, speculate: 'auto', drafts: 'own' },
  { seed: 5, speculate: MAX_DRAFT_TOKENS, drafts: 'wild' },
  { seed: 6, speculate: 3, drafts: 'wild' },
  { seed: 7, speculate: 1, drafts: 'own' },
];

const plain = engineOptions({
  source: { files: [], tensors: [], spec: { ...fakeSpec(200), vocabSize: 128 } },
  eosIds: ['y'.charCodeAt(0)],
  kvBlocks: 12,
  maxNumSeqs: 5,
  maxNumBatchedTokens: 24,
});

const codes = (text: string): number[] => [...Buffer.from(text)];

/** As a generation_config.json may have them: an answer depends on these and on nothing else. */
const ruled: typeof plain = {
  ...plain,
  rules: {
    stopStrings: ['zz'],
    suppressTokens: codes('e'),
    beginSuppressTokens: codes('abc'),
    badWords: [codes('ab'), codes(' th')],
    sequenceBias: [
      { ids: codes('t'), bias: 2 },
      { ids: codes('to'), bias: 5 },
    ],
    noRepeatNgramSize: 3,
  },
};

const TEXTS = [
  'the quick brown fox jumps over the lazy dog and then it does so again and again',
  'the quick brown fox sleeps',
  'once upon a time there was a kinglet that sang in the wood all day long for nobody',
];

function randomRequest(random: () => number): GenerationRequest {
  const below = (n: number): number => Math.floor(random() * n);
  const text = TEXTS[below(TEXTS.length)]!;
  const maxTokens = random() < 0.05 ? 0 : 1 + below(50);
  const sampled = random() < 0.7;
  const thinks = random() < 0.4;
  return generation({
    // Letters that the model says often.
    reasoning: thinks ? { start: 'a', end: 'qu', open: random() < 0.6 } : null,
    thought:
      thinks && random() < 0.8
        ? {
            budget: random() < 0.5 ? below(20) : null,
            closing: codes(['qu', '-so qu ', ' quq'][below(3)]!),
            answerTokens: below(12),
          }
        : null,
    repetition:
      random() < 0.4
        ? { maxPatternSize: 12, minPatternSize: 1, minCount: 2 + below(3), minTokens: below(25) }
        : null,
    prompt: text.slice(0, 1 + below(text.length)),
    n: random() < 0.7 ? 1 : 1 + below(8),
    maxTokens,
    minTokens: random() < 0.2 ? below(maxTokens + 1) : 0,
    stop: random() < 0.3 ? ['ab', 'e t'] : [],
    stopTokenIds: random() < 0.3 ? ['x'.charCodeAt(0), 'q'.charCodeAt(0)] : [],
    topLogprobs: random() < 0.2 ? below(4) : null,
    promptTopLogprobs: random() < 0.15 ? below(3) : null,
    cacheSalt: random() < 0.8 ? '' : 'another',
    sampling: {
      temperature: sampled ? 0.5 + random() : 0,
      topK: sampled && random() < 0.15 ? 1 + below(20) : 0,
      topP: random() < 0.15 ? 0.9 : 1,
      seed: BigInt(below(1000)),
      repetitionPenalty: random() < 0.2 ? 1.3 : 1,
      presencePenalty: random() < 0.2 ? 0.5 : 0,
      frequencyPenalty: random() < 0.2 ? 0.5 : 0,
      logitBias: random() < 0.2 ? [['z'.charCodeAt(0), 3] as const] : [],
    },
  });
}

/** Says what stood eleven tokens before, and sometimes another letter: what a draft may find. */
const repetitive: FakeAddonOptions = {
  next: ({ tokens }) => {
    const hash = tokens.slice(-4).reduce((sum, token) => Math.imul(sum, 31) + token, 7) >>> 0;
    const before = tokens.at(-11);
    return before === undefined || hash % 8 === 0 ? 97 + (hash % 26) : before;
  },
};

for (const { seed, speculate, drafts } of CASES) {
  t.test(`seed ${seed}, speculate ${speculate}`, (t) => {
    const random = randomSource(seed);
    const options = seed % 2 === 0 ? ruled : plain;
    const fake = speculate === 'off' ? {} : repetitive;
    const crowd = new LoopDriver(
      { ...options, speculate },
      { ...fake, stepSeconds: (rows) => 0.05 + rows * 0.01 },
      drafts === 'wild' ? wildDrafts(random, 128) : undefined,
    );
    const alone = new LoopDriver({ ...options, kvBlocks: 64, prefixCaching: false }, fake);
    const open = new Map<number, { request: GenerationRequest; paused: Set<number> }>();
    let finished = 0;
    let aborted = 0;
    const wrong: { request: GenerationRequest; got: Answer; want: Answer }[] = [];
    const pick = (): number => [...open.keys()][Math.floor(random() * open.size)]!;

    const settle = (): void => {
      for (const [key, { request }] of open) {
        const got = crowd.answer(key);
        if (got.usage === null && got.error === null) continue;
        const want = alone.complete(request);
        if (JSON.stringify(essence(got)) !== JSON.stringify(essence(want))) {
          wrong.push({ request, got, want });
        }
        open.delete(key);
        crowd.answers.delete(key);
        finished++;
      }
    };

    for (let i = 0; i < OPERATIONS && crowd.failure === null; i++) {
      const dice = random();
      if (dice < 0.05 && open.size < 12) {
        const request = randomRequest(random);
        open.set(crowd.submit(request), { request, paused: new Set() });
      } else if (dice < 0.06 && open.size > 0) {
        const key = pick();
        crowd.abort(key);
        open.delete(key);
        aborted++;
      } else if (dice < 0.1 && open.size > 0) {
        const key = pick();
        const { request, paused } = open.get(key) as {
          request: GenerationRequest;
          paused: Set<number>;
        };
        const choice = Math.floor(random() * request.n);
        crowd.pause(key, choice);
        paused.add(choice);
      } else if (dice < 0.18 && open.size > 0) {
        const key = pick();
        for (const choice of open.get(key)?.paused ?? []) crowd.resume(key, choice);
        open.get(key)?.paused.clear();
      } else {
        crowd.turn();
        settle();
      }
    }
    for (const [key, { paused }] of open) for (const choice of paused) crowd.resume(key, choice);
    crowd.run();
    settle();

    t.equal(crowd.failure, null, 'the fake found every KV position as it was written');
    t.same(wrong.slice(0, 1), [], 'every answer is the one that its request gets alone');
    t.equal(open.size, 0, 'everything ended');
    t.match(crowd.stats, { waiting: 0, running: 0, kvBlocksUsed: 0, cancelled: aborted });
    t.comment(`${finished} finished, ${aborted} aborted, ${JSON.stringify(crowd.stats)}`);
    t.ok(finished > 300, 'enough requests finished to mean something');
    t.ok((crowd.stats?.preemptions ?? 0) > 100, 'blocks ran out often');
    t.ok((crowd.stats?.prefixHitTokens ?? 0) > 1000, 'the prefix cache was used');
    const { drafts: drafted, draftTokens, acceptedTokens } = crowd.stats as EngineStats;
    if (speculate === 'off') t.same([drafted, draftTokens, acceptedTokens], [0, 0, 0]);
    else t.ok(acceptedTokens > 1000 && draftTokens > acceptedTokens + 100, 'drafts of both kinds');
    t.end();
  });
}
