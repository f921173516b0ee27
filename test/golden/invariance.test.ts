/**
 * A request's tokens and log-probabilities are the same to the last bit whatever else runs: alone or
 * among others, in any chunking, with any number of threads, after a prefix hit and a preemption, with
 * right and wrong drafts.
 * On the real addon, every instruction set of this machine.
 */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { MAX_DRAFT_TOKENS } from '../../src/config.js';
import type { EngineHooks } from '../../src/engine/client.js';
import type { EngineOptions } from '../../src/engine/options.js';
import type { DraftSource } from '../../src/engine/speculation/draft-source.js';
import type { EngineStats, GenerationRequest } from '../../src/engine/types.js';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { NEUTRAL_SAMPLING } from '../support/engine.js';
import { createInlineEngine } from '../support/inline-engine.js';
import { makeTokenTable } from '../support/token-table.js';
import { REFERENCE } from '../support/reference.js';
import { testedIsas } from '../support/tested-isas.js';

const addon = loadAddon();
const quick = process.env['KINGLET_TEST_QUICK'] === '1';
const isas = testedIsas(addon);
const cases = [
  'checkpoints/mobilellm-r1/',
  'gguf/smollm2.Q4_0.gguf',
  'gguf/qwen3.Q8_0.gguf',
  'gguf/olmo2.F16.gguf',
];

// Three instruction sets and four models are many runs, which a busy machine stretches, and an emulated one
// more than the time that its caller sets.
t.setTimeout(1000 * Math.max(180, Number(process.env['TAP_TIMEOUT'] ?? 0)));

const GENERATED = 40;

/** Few and many drafts, each with another kind of cache. */
const DRAFTED = [
  ['f16', 2],
  ['q8', MAX_DRAFT_TOKENS],
] as const;

for (const name of quick ? cases.slice(0, 2) : cases) {
  t.test(name, async (t) => {
    const source = await openModel(fileURLToPath(new URL(name, REFERENCE)));
    const { vocabSize } = source.spec;
    const prompt = tokens(1, 75, vocabSize);

    /** What `watched` gives beside `others`, bit for bit. */
    async function run(
      isa: string,
      options: Partial<EngineOptions>,
      others: readonly GenerationRequest[] = [],
      before: readonly GenerationRequest[] = [],
      hooks: EngineHooks = {},
      drafts?: DraftSource,
    ): Promise<{ trace: string; stats: EngineStats; cached: number }> {
      const engine = createInlineEngine(
        {
          source: { ...source, spec: { ...source.spec, contextLength: 256 } },
          tokenTable: makeTokenTable(vocabSize, (id) => Buffer.from(`${id} `), []),
          eosIds: [],
          compute: 'auto',
          kvCacheType: 'f16',
          quantize: 'none',
          threads: 2,
          cpus: [],
          isa,
          kvBlocks: 200,
          maxNumSeqs: 16,
          maxNumBatchedTokens: 512,
          maxStepMs: 10_000,
          maxQueue: 100,
          prefixCaching: true,
          ...options,
        },
        addon,
        hooks,
        drafts,
      );
      await engine.ready;
      for (const request of before) await trace(engine.submit(request, never));
      const [watched] = await Promise.all(
        [request('watched', prompt, 7n), ...others].map((one) => trace(engine.submit(one, never))),
      );
      const { stats } = engine;
      await engine.close();
      return { ...watched!, stats };
    }

    const others = Array.from({ length: 7 }, (_, i) =>
      request(`other${i}`, tokens(i + 2, 20 + 13 * i, vocabSize), BigInt(i)),
    );
    for (const isa of isas) {
      const alone = await run(isa, {});
      const label = isa === '' ? 'the best table' : isa;
      t.equal(alone.cached, 0);
      t.equal((await run(isa, {})).trace, alone.trace, `${label}: again`);
      t.equal((await run(isa, {}, others)).trace, alone.trace, `${label}: among seven others`);
      for (const maxNumBatchedTokens of [16, 23, 64]) {
        const chunked = await run(isa, { maxNumBatchedTokens }, others);
        t.equal(chunked.trace, alone.trace, `${label}: at most ${maxNumBatchedTokens} rows a step`);
      }
      for (const threads of [1, 3]) {
        t.equal((await run(isa, { threads })).trace, alone.trace, `${label}: ${threads} threads`);
      }
      const hit = await run(isa, {}, others, [request('first', prompt, 99n)]);
      t.equal(hit.cached, 64, `${label}: four blocks come from the prefix cache`);
      t.equal(hit.trace, alone.trace, `${label}: after a prefix hit`);
      // Steps that take no time: the prompts come at once, and nobody ends before blocks run out.
      const crowded = await run(isa, { kvBlocks: 20 }, others, [], { clock: () => 0 });
      t.ok(crowded.stats.preemptions > 0, `${label}: the pool is too small for all`);
      t.equal(crowded.trace, alone.trace, `${label}: with preemptions`);

      for (const [kvCacheType, speculate] of DRAFTED) {
        const plain = kvCacheType === 'f16' ? alone : await run(isa, { kvCacheType });
        const drafts = halfRight(idsOf(plain.trace), vocabSize);
        const options = { kvCacheType, speculate };
        const what = `${label}, ${kvCacheType}: ${speculate} drafted tokens`;
        const lonely = await run(isa, options, [], [], {}, drafts);
        t.equal(lonely.trace, plain.trace, what);
        const { draftTokens, acceptedTokens } = lonely.stats;
        t.ok(acceptedTokens > 9 && draftTokens > acceptedTokens + 4, `${what}: both kinds`);
        const small = { ...options, kvBlocks: 20 };
        const beside = await run(isa, small, others, [], { clock: () => 0 }, drafts);
        t.equal(beside.trace, plain.trace, `${what}, among seven others with theirs`);
        // With more at once it is over before blocks run out.
        if (speculate === 2) t.ok(beside.stats.preemptions > 0, `${what}: blocks ran out`);
      }
    }
  });
}

const never = new AbortController().signal;

/** Token ids of a trace. */
const idsOf = (trace: string): number[] => trace.split('\n').map((line) => parseInt(line, 10));

/** Drafts of what the watched request says, every third with a wrong token; others' are all wrong. */
function halfRight(watched: readonly number[], vocabSize: number): DraftSource {
  let drafts = 0;
  return {
    draft: ({ request, generated }, most) => {
      const right = request.generation.id === 'watched' ? watched.slice(generated.length) : [];
      const tokens = Array.from({ length: most }, (_, i) => right[i] ?? (7 * i) % vocabSize);
      const wrong = drafts % most;
      if (drafts++ % 3 === 0) tokens[wrong] = ((tokens[wrong] ?? 0) + 1) % vocabSize;
      return { tokens, matched: 8 };
    },
  };
}

function request(id: string, promptIds: Int32Array, seed: bigint): GenerationRequest {
  return {
    id,
    promptIds,
    n: 1,
    sampling: {
      ...NEUTRAL_SAMPLING,
      temperature: 0.9,
      topP: 0.95,
      repetitionPenalty: 1.1,
      seed,
      logitBias: [],
    },
    maxTokens: GENERATED,
    minTokens: 0,
    stop: [],
    stopTokenIds: [],
    shownTokens: [],
    ignoreEos: true,
    topLogprobs: 20,
    promptTopLogprobs: null,
    reasoning: null,
    thought: null,
    repetition: null,
    grammar: null,
    cacheSalt: '',
  };
}

/** Everything that a request was given, numbers exactly. */
async function trace(events: ReturnType<ReturnType<typeof createInlineEngine>['submit']>) {
  const parts: string[] = [];
  let cached = 0;
  for await (const event of events) {
    if (event.type === 'error') throw new Error(`${event.code}: ${event.message}`);
    if (event.type === 'started') cached = event.cachedTokens;
    if (event.type === 'delta') {
      for (const { id, logprob, top } of event.delta.logprobs) {
        parts.push(`${id} ${logprob} ${top.map((one) => `${one.id}:${one.logprob}`).join(' ')}`);
      }
    }
  }
  if (parts.length !== GENERATED) throw new Error(`${parts.length} tokens came`);
  return { trace: parts.join('\n'), cached };
}

/** Token ids from a seed. */
function tokens(seed: number, count: number, vocab: number): Int32Array {
  let state = seed;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % vocab;
  });
}
