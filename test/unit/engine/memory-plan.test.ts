/** How memory is divided, with the sizes that the addon measures. */
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { grammarMemory, type GrammarMemory } from '../../../src/engine/grammar-memory.js';
import { formatBytes, planMemory, type MemoryRequest } from '../../../src/engine/memory-plan.js';
import { batchLimits } from '../../../src/engine/options.js';
import { KingletError } from '../../../src/errors.js';
import { PROMPT, TextIndex } from '../../../src/engine/speculation/text-index.js';
import { openModel } from '../../../src/model/open-model.js';
import { KV_BLOCK_TOKENS } from '../../../src/native/addon.js';
import { allocateBatch, batchBytes } from '../../../src/native/batch.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { loadTokenizer } from '../../../src/tokenizer/load-tokenizer.js';
import { blankModel, type Shape } from '../../support/blank-model.js';
import { GOLDEN } from '../../support/reference.js';

const MIB = 2 ** 20;
const addon = loadAddon();
const source = await openModel(
  fileURLToPath(new URL('reference/checkpoints/llama3-rope-scaling', GOLDEN)),
);
/** 3 layers x 1 head x 64 x K and V. */
const TOKEN_VALUES = 3 * 64 * 2;

const engine: MemoryRequest['engine'] = {
  source,
  compute: 'auto',
  kvCacheType: 'f16',
  quantize: 'none',
  threads: 2,
  cpus: [],
  isa: '',
  maxNumSeqs: 4,
  maxNumBatchedTokens: 64,
};

type Change = Partial<Omit<MemoryRequest, 'engine'>> & {
  readonly engine?: Partial<MemoryRequest['engine']>;
};

function plan({ engine: engineChange, ...change }: Change = {}) {
  return planMemory(addon, {
    engine: { ...engine, ...engineChange },
    availableBytes: 4096 * MIB,
    requestBytes: 0,
    ...change,
  });
}

function failure(t: Test, change: Change): KingletError {
  try {
    plan(change);
  } catch (error) {
    if (error instanceof KingletError) return error;
    throw error;
  }
  t.fail('the plan was made');
  return new KingletError('internal_error', '');
}

t.test('what the addon measures is what is planned', async (t) => {
  const { maxNumSeqs, maxNumBatchedTokens } = engine;
  const { kvBlocks, contextLength, ...made } = plan({ requestedContext: 1024 });
  const spec = { ...source.spec, contextLength };
  const sizes = addon.measureModel({
    ...{ files: source.files, tensors: source.tensors, spec, kvBlocks },
    ...{
      compute: 'auto',
      kvCacheType: 'f16',
      quantize: 'none',
      threads: 2,
      cpus: [],
      pin: false,
      isa: '',
    },
    maxRows: Math.max(maxNumBatchedTokens, maxNumSeqs),
  });
  const arrays = batchBytes(batchLimits({ ...engine, source: { ...source, spec } }));
  t.equal(made.weightBytes, sizes.weightBytes);
  t.equal(made.kvPoolBytes, sizes.kvPoolBytes);
  t.equal(made.scratchBytes, sizes.scratchBytes + arrays);
});

t.test('the arrays of a step are counted', async (t) => {
  const limits = batchLimits({ ...engine, source });
  const { results, ...arrays } = allocateBatch(limits);
  let bytes = 0;
  for (const array of [...Object.values(arrays), ...Object.values(results)]) {
    bytes += (array as Uint8Array).byteLength;
  }
  t.equal(batchBytes(limits), bytes);
  // An id and a bias for each of 4 sequences.
  const more = batchBytes({ ...limits, biasEntries: limits.biasEntries + 4 * 1000 });
  t.equal(more - bytes, 4 * 1000 * 8);
});

t.test("a checkpoint's own biases take their memory", async (t) => {
  const few = plan({ engine: { rules: { suppressTokens: [1] } } });
  const suppressTokens = Array.from({ length: 101 }, (_, id) => id);
  const many = plan({ engine: { rules: { suppressTokens } } });
  t.equal(many.scratchBytes - few.scratchBytes, 4 * 100 * 8);
});

t.test('a pool of maxNumSeqs whole contexts where there is room', async (t) => {
  const { kvBytesPerToken, kvBlocks, contextLength, lines } = plan();
  t.equal(kvBytesPerToken, TOKEN_VALUES * 2);
  t.equal(kvBlocks, (4 * 8192) / KV_BLOCK_TOKENS);
  t.equal(contextLength, 8192);
  t.match(
    lines.join('\n'),
    /768 B a token \(K and V of 1 heads x 64 in 3 layers\)\n.*2048 blocks .*32768 tokens: 4 requests at the full context of 8192/,
  );
});

t.test('KV in float where everything is', async (t) => {
  const float = plan({ engine: { compute: 'float' } });
  t.equal(float.kvBytesPerToken, TOKEN_VALUES * 4);
  t.ok(float.weightBytes > 1.9 * plan().weightBytes, 'of weights in bfloat16');
  t.ok(plan({ engine: { quantize: 'q4_0' } }).weightBytes < 0.4 * plan().weightBytes);
});

t.test('KV in 8 bits', async (t) => {
  const { kvBytesPerToken, lines } = plan({ engine: { kvCacheType: 'q8' } });
  // A code for each value, and a float scale for each half of the one head in 3 layers.
  t.equal(kvBytesPerToken, TOKEN_VALUES + 3 * 2 * 4);
  t.match(lines.join('\n'), /408 B a token \(K and V of 1 heads x 64 in 3 layers, in 8 bits\)/);
  t.throws(() => plan({ engine: { compute: 'float', kvCacheType: 'q8' } }), {
    code: 'invalid_argument',
    message: /^kvCacheType 'q8' and compute 'float' contradict each other/,
  });
});

t.test('the context shrinks to the pool unless it was asked for', async (t) => {
  const kvMemoryBytes = 100 * KV_BLOCK_TOKENS * TOKEN_VALUES * 2 + 5;
  const { kvBlocks, contextLength, lines } = plan({ kvMemoryBytes });
  t.equal(kvBlocks, 100);
  t.equal(contextLength, 1600);
  t.match(lines.at(-1), /context: 1600 instead of the model's 8192/);

  const error = failure(t, { kvMemoryBytes, requestedContext: 1601 });
  t.equal(error.code, 'context_too_long');
  t.match(error.message, /--max-model-len 1601 needs 1.2 MiB .* the pool holds 1600 tokens/);
  t.equal(plan({ kvMemoryBytes, requestedContext: 1600 }).contextLength, 1600);
});

t.test('what does not fit', async (t) => {
  const tooLong = failure(t, { requestedContext: 8193 });
  t.equal(tooLong.code, 'context_too_long');
  t.match(tooLong.message, /8193 is more than the model's context of 8192\.$/);

  const spec = { ...source.spec, contextLimitedBy: 'attention_chunk_size 8192' };
  const limited = failure(t, {
    engine: { source: { ...source, spec } },
    requestedContext: 9000,
  });
  t.match(limited.message, /attention_chunk_size/);

  const noMemory = failure(t, { availableBytes: 100 * MIB });
  t.equal(noMemory.code, 'out_of_memory');
  t.match(noMemory.message, /No KV block .* of 100 MiB available/);
  t.equal(failure(t, { kvMemoryBytes: 100 }).code, 'context_too_long');
});

t.test('what the addon would not load is not planned', async (t) => {
  const tensors = source.tensors.slice(1);
  const error = { code: 'file_malformed', message: /token_embd\.weight is missing/ };
  t.throws(() => plan({ engine: { source: { ...source, tensors } } }), error);
  t.throws(() => plan({ engine: { isa: 'mmx' } }), { code: 'isa_unavailable' });
});

t.test('memory that is asked for beyond what is free is a warning', async (t) => {
  const asked = plan({ kvMemoryBytes: 8192 * MIB });
  t.match(asked.lines.at(-1), /warning: --kv-memory asks for more/);
  t.notMatch(plan({ kvMemoryBytes: MIB }).lines.join(), /warning/);
});

t.test('a pool beyond all numbers of blocks is cut', async (t) => {
  t.equal(plan({ kvMemoryBytes: 2 ** 53 }).kvBlocks, 2 ** 31 - 1);
});

t.test('plans never exceed what is available', async (t) => {
  const beyond: number[] = [];
  for (let available = 256; available <= 2048; available += 64) {
    const availableBytes = available * MIB;
    const made = plan({ availableBytes, engine: { maxNumSeqs: 1000 } });
    const total = made.weightBytes + made.scratchBytes + made.reserveBytes + made.kvPoolBytes;
    if (total > availableBytes || made.boundBytes > total) beyond.push(available);
  }
  t.strictSame(beyond, []);
});

const sumOf = ({ vocabularyBytes, automatonBytes, programBytes }: GrammarMemory): number =>
  vocabularyBytes + automatonBytes + programBytes;

/** MobileLLM-R1-950M: of 1 GB, its weights leave a third. */
const LARGE: Shape = {
  ...{ layers: 22, hiddenSize: 1536, ffnSize: 6144, heads: 24, kvHeads: 6, headDim: 64 },
  ...{ vocabSize: 128_256, contextLength: 32_768, tied: true },
};
const LARGE_SOURCE = blankModel(t.testdir(), LARGE, 'q4_0');

/** A plan for it where so much is left for scratch and KV cache. */
function planBeside(leftBytes: number, change: Change = {}) {
  const large = {
    ...{ source: LARGE_SOURCE, maxNumSeqs: 64 },
    maxNumBatchedTokens: 512,
    ...change.engine,
  };
  const { weightBytes } = plan({ engine: large });
  // 176 MiB for the program, a twentieth for others, and a share for grammars.
  const taken = weightBytes + 176 * MIB;
  let availableBytes = 0;
  for (let guess = 0; guess < 20; guess++) {
    const grammars = grammarMemory(Math.max(0, availableBytes - taken), LARGE.vocabSize);
    availableBytes = (leftBytes + taken + sumOf(grammars)) / 0.95;
  }
  return plan({ availableBytes, ...change, engine: large });
}

t.test('steps are shorter where memory is small', async (t) => {
  const small = planBeside(92 * MIB);
  t.equal(small.maxNumBatchedTokens, 64, 'a row of each sequence still has room');
  t.ok(small.kvPoolBytes >= small.scratchBytes, 'which leaves the KV cache as much as scratch');
  t.match(small.lines.join('\n'), /steps: at most 64 tokens instead of 512, because the KV cache/);
  const more = planBeside(135 * MIB);
  t.equal(more.maxNumBatchedTokens, 256, 'no shorter than that takes');
  t.ok(more.kvPoolBytes >= more.scratchBytes);
  const much = planBeside(1024 * MIB);
  t.equal(much.maxNumBatchedTokens, 512);
  t.notMatch(much.lines.join(), /steps:/);

  const requestedContext = more.contextLength + 256;
  const long = planBeside(135 * MIB, { requestedContext });
  t.match(long, { maxNumBatchedTokens: 128, contextLength: requestedContext });
});

t.test('steps are not shorter where that gains nothing', async (t) => {
  const asked = planBeside(92 * MIB, { kvMemoryBytes: 32 * MIB });
  t.equal(asked.maxNumBatchedTokens, 512, 'the size of the KV cache was asked for');
  const whole = planBeside(135 * MIB, { engine: { maxNumSeqs: 1 }, requestedContext: 64 });
  t.equal(whole.maxNumBatchedTokens, 512, 'it holds all that is of use');
  const many = planBeside(92 * MIB, { engine: { maxNumSeqs: 100 } });
  t.equal(many.maxNumBatchedTokens, 100);
  const none = planBeside(135 * MIB, { engine: { maxNumSeqs: 600 } });
  t.equal(none.maxNumBatchedTokens, 512, 'sequences need more rows');
});

t.test('a small pool has what the scratch of long contexts would take', async (t) => {
  const left = 92 * MIB;
  const { kvBlocks, kvPoolBytes, scratchBytes, kvBytesPerToken } = planBeside(left);
  t.ok(kvBlocks > 0);
  const unused = (left - scratchBytes - kvPoolBytes) / (KV_BLOCK_TOKENS * kvBytesPerToken);
  t.ok(unused >= 0 && unused < 2, `room for ${unused} blocks is left`);

  const beyond: number[] = [];
  // From a pool that is nearly a whole context to one that is more.
  for (let mib = 1120; mib < 1200; mib += 2) {
    const made = planBeside(mib * MIB);
    if (made.scratchBytes + made.kvPoolBytes > mib * MIB) beyond.push(mib);
  }
  t.strictSame(beyond, []);
});

t.test('what requests take is part of the reserve and of the bound', async (t) => {
  const none = plan({ requestBytes: 0 });
  const some = plan({ requestBytes: 100 * MIB });
  t.equal(some.reserveBytes - none.reserveBytes, 100 * MIB);
  t.equal(some.boundBytes - none.boundBytes, 100 * MIB);
  t.match(
    some.lines.join('\n'),
    /memory: at most .*, KV cache .*, requests 100 MiB, grammars [\d.]+ MiB, program/,
  );
});

t.test('grammars and drafts have their memory', async (t) => {
  const large = plan({ availableBytes: 8192 * MIB });
  t.match(large.grammars, { automatonBytes: 64 * MIB, programBytes: 32 * MIB });
  t.equal(large.grammars.vocabularyBytes, 2 * 68 * source.spec.vocabSize);
  const small = plan({ availableBytes: 300 * MIB });
  t.ok(small.grammars.automatonBytes < 2 * MIB && small.grammars.programBytes < MIB);
  t.ok(small.boundBytes < 300 * MIB);
  const off = plan({ engine: { speculate: 'off' } });
  const auto = plan({ engine: { speculate: 'auto' } });
  const arrays = auto.scratchBytes - off.scratchBytes;
  t.equal(auto.boundBytes - off.boundBytes - arrays, 36 * auto.kvBlocks * KV_BLOCK_TOKENS);
  t.match(auto.lines.join('\n'), /, grammars 9\d(?:\.\d)? MiB, drafts 1.1 MiB, program 176 MiB/);
  t.notMatch(off.lines.join('\n'), 'drafts');
});

t.test('a place of drafts takes what is counted for a token', async (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const index = new TextIndex();
  for (let i = 0; i <= 1 << 17; i++) index.add(i, i * 7, { owner: PROMPT, position: i });
  const bytes = process.memoryUsage().arrayBuffers - before;
  // Arrays that were outgrown may not be collected yet.
  t.ok(bytes >= 36 * (1 << 17) && bytes < 2 * 36 * (1 << 17), `${bytes} bytes`);
  t.equal([...index.find(1, 7, 1)].length, 1);
});

t.test('a vocabulary takes what is counted for it', async (t) => {
  const tokenizer = await loadTokenizer(
    await openModel(
      fileURLToPath(new URL('reference/checkpoints/llama3-rope-scaling', GOLDEN)),
    ).then((model) => model.readTokenizer()),
  );
  const { bytes, offsets, special } = tokenizer.table;
  const ends = new Int32Array(0);
  const usable = new Uint8Array(special.length).fill(1);
  const vocabulary = new addon.GrammarVocabulary({ bytes, offsets, usable, ends });
  t.ok(
    vocabulary.bytes < 68 * special.length,
    `${vocabulary.bytes} bytes of ${special.length} tokens`,
  );
});

t.test('the bound is the sum of what is printed', async (t) => {
  const made = plan({ requestBytes: 100 * MIB });
  const line = made.lines.find((text) => text.startsWith('memory: at most ')) ?? '';
  const [total = 0, ...parts] = [...line.matchAll(/([\d.]+) ([KMG]i)?B/g)].map(
    ([, value, unit]) => Number(value) * { Ki: 2 ** 10, Mi: MIB, Gi: 2 ** 30, '': 1 }[unit ?? '']!,
  );
  t.equal(parts.length, 6);
  t.ok(Math.abs(total - made.boundBytes) < made.boundBytes / 100);
  const sum = parts.reduce((a, b) => a + b, 0);
  t.ok(Math.abs(sum - total) < total / 50, line);
});

t.test('sizes for people', async (t) => {
  t.equal(formatBytes(0), '0 B');
  t.equal(formatBytes(1023), '1023 B');
  t.equal(formatBytes(22.5 * 1024), '22.5 KiB');
  t.equal(formatBytes(100.4 * MIB), '100 MiB');
  t.equal(formatBytes(3 * 2 ** 40), '3 TiB');
});
