/** What `kinglet bench` computes, on an addon that checks every row. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { median, runBench, table, type BenchOptions } from '../../../src/cli/bench.js';
import { openModel } from '../../../src/model/open-model.js';
import { BatchCount, type LoadOptions } from '../../../src/native/addon.js';
import { createFakeAddon } from '../../support/fake-addon.js';
import { REFERENCE } from '../../support/reference.js';

const source = await openModel(fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE)));
const OPTIONS: BenchOptions = {
  prompt: 600,
  generate: 3,
  batch: 2,
  threads: 3,
  cpus: [1, 0, 2],
  pin: true,
  repeats: 2,
  compute: 'float',
  kvCacheType: 'f16',
  quantize: 'q4_0',
  isa: 'scalar',
  fillKv: false,
};

interface Step {
  readonly rows: number;
  readonly firstPositions: readonly number[];
  readonly tokens: readonly number[];
}

function recordedBench(options: BenchOptions) {
  const steps: Step[] = [];
  const loads: LoadOptions[] = [];
  const addon = createFakeAddon({
    next: ({ tokens }) => tokens.length % source.spec.vocabSize,
    onLoad: (load) => loads.push(load),
    onStep: (_, { counts, firstPositions, tokens }) => {
      const rows = counts[BatchCount.rows]!;
      steps.push({
        rows,
        firstPositions: [...firstPositions.subarray(0, counts[BatchCount.sequences])],
        tokens: [...tokens.subarray(0, rows)],
      });
    },
  });
  return { result: runBench(addon, source, options), steps, loads };
}

t.test('each round computes every prompt in chunks, then decodes all together', async (t) => {
  const { result, steps, loads } = recordedBench(OPTIONS);
  const round = [
    { rows: 512, firstPositions: [0] },
    { rows: 88, firstPositions: [512] },
    { rows: 512, firstPositions: [0] },
    { rows: 88, firstPositions: [512] },
    { rows: 2, firstPositions: [600, 600] },
    { rows: 2, firstPositions: [601, 601] },
    { rows: 2, firstPositions: [602, 602] },
  ];
  t.strictSame(
    steps.map(({ rows, firstPositions }) => ({ rows, firstPositions })),
    [...round, ...round, ...round],
    'two counted rounds after one that is not',
  );
  const prompts = steps.filter(({ rows }) => rows > 2).flatMap(({ tokens }) => tokens);
  t.ok(new Set(prompts).size > 300, 'prompts are spread over the vocabulary of 384');
  t.strictSame(
    prompts.filter((token) => token < 0 || token >= source.spec.vocabSize),
    [],
  );
  // The fake draws the length of a context: what a step decodes is what the one before drew.
  const decoded = steps.slice(4, 7).map(({ tokens }) => tokens);
  const drawn = [600, 601, 602].map((length) => length % source.spec.vocabSize);
  t.strictSame(
    decoded,
    drawn.map((token) => [token, token]),
  );
  t.match(loads, [
    {
      threads: 3,
      cpus: [1, 0, 2],
      pin: true,
      compute: 'float',
      kvCacheType: 'f16',
      quantize: 'q4_0',
      isa: 'scalar',
      maxRows: 512,
    },
  ]);
  t.equal(loads[0]?.spec.contextLength, 603);
  t.equal(loads[0]?.kvBlocks, 2 * 38);
  t.equal(result.prefill?.length, 2);
  t.equal(result.decode.length, 2);
});

t.test('a prompt that is one chunk, and one row more', async (t) => {
  for (const [prompt, chunks] of [
    [1, [1]],
    [512, [512]],
    [513, [512, 1]],
  ] as const) {
    const { steps } = recordedBench({ ...OPTIONS, prompt, generate: 1, batch: 1, repeats: 1 });
    t.strictSame(
      steps.map(({ rows }) => rows),
      [...chunks, 1, ...chunks, 1],
      `a prompt of ${prompt}`,
    );
  }
});

t.test(
  'with random KV no prompt is computed, and each sequence decodes after its own',
  async (t) => {
    const { result, steps, loads } = recordedBench({ ...OPTIONS, fillKv: true });
    t.strictSame(
      steps.map(({ rows, firstPositions }) => ({ rows, firstPositions })),
      Array.from({ length: 3 }, () => [
        { rows: 2, firstPositions: [600, 600] },
        { rows: 2, firstPositions: [601, 601] },
        { rows: 2, firstPositions: [602, 602] },
      ]).flat(),
    );
    t.not(steps[0]?.tokens[0], steps[0]?.tokens[1], 'sequences begin with tokens of their own');
    t.match(loads, [{ maxRows: 2, kvBlocks: 2 * 38 }]);
    t.equal(result.prefill, undefined);
    t.equal(result.prefillMedian, undefined);
    t.equal(result.decode.length, 2);
    t.match(table(result), /^prefill of 600: not measured\ndecode of 3, 2 together: \d/m);
  },
);

t.test('more tokens than the context are refused before anything is loaded', async (t) => {
  const loads: LoadOptions[] = [];
  const addon = createFakeAddon({ onLoad: (load) => loads.push(load) });
  t.throws(() => runBench(addon, source, { ...OPTIONS, prompt: 8000, generate: 193 }), {
    code: 'context_too_long',
    message: /^--prompt 8000 with --generate 193, 8193 tokens, is more than .* context of 8192\.$/,
  });
  t.strictSame(loads, []);
});

t.test('the median', async (t) => {
  t.equal(median([3]), 3);
  t.equal(median([9, 1, 5]), 5);
  t.equal(median([1, 100, 3, 2]), 2.5);
});
