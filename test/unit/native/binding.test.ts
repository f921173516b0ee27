/** The addon believes nothing: whatever a batch or an option holds, it answers or throws. */
import t from 'tap';
import {
  BatchCount,
  KV_BLOCK_TOKENS,
  RowStatus,
  Signal,
  SIGNAL_WORDS,
  type NativeModel,
  type StepBatch,
} from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { runStep } from '../../../src/native/batch.js';
import { readFieldTable } from './field-table.js';
import { randomSource } from '../../support/random.js';
import {
  CONTEXT,
  KV_BLOCKS,
  MAX_ROWS,
  sampleBatch,
  sampleOptions,
  stepOutcome,
} from './sample-batch.js';

const addon = loadAddon();
const options = await sampleOptions();
const vocab = options.spec.vocabSize;
const quick = process.env['KINGLET_TEST_QUICK'] === '1';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Change = (batch: Writable<StepBatch>) => void;

t.test('cpuInfo', (t) => {
  const info = addon.cpuInfo();
  t.equal(info.available[0], info.isa, 'the best comes first and is used');
  t.equal(info.built.at(-1), 'scalar');
  t.ok(info.available.every((isa) => info.built.includes(isa)));
  t.end();
});

t.test('a batch that uses everything', (t) => {
  const model = addon.loadModel(options);
  t.equal(model.info.kvBlockTokens, KV_BLOCK_TOKENS);
  t.ok(model.info.kvBlockBytes > 0 && model.info.weightBytes > 0 && model.info.scratchBytes > 0);
  t.ok(Object.isFrozen(model.info) && Object.isFrozen(model.info.kernels));
  t.match(model.info.kernels, [/q8_0/]);
  t.equal(options.signals[Signal.progress], 1000, 'loading ends at 1000');

  const batch = sampleBatch(vocab);
  runStep(model, batch);
  t.ok(options.signals[Signal.heartbeat]! > 0);
  const { results } = batch;
  t.same([...results.drawStatus.subarray(0, 4)], Array(4).fill(RowStatus.ok));
  for (const token of results.drawTokens.subarray(0, 4)) t.ok(token >= 0 && token < vocab);
  t.equal(results.drawTokens[2]! % 2, 0, 'the mask lets even ids pass');
  t.ok(results.drawLogprobs[1]! < 0);
  const top = results.drawTopLogprobs.subarray(3 * 20, 4 * 20);
  t.same(
    [...top],
    [...top].sort((a, b) => b - a),
    'best first',
  );
  const best = results.logits.indexOf(Math.max(...results.logits));
  t.equal(results.drawTopIds[3 * 20], best, 'the logits are of the row that was drawn from');
  t.equal(results.drawTopIds[2 * 20], best);
  t.ok(results.scoreLogprobs[0]! < 0);
  t.same([...results.drawTopIds.subarray(0, 20)], Array(20).fill(0), 'not asked for: not written');

  const first = stepOutcome(batch);
  const again = sampleBatch(vocab);
  runStep(model, again);
  t.same(stepOutcome(again), first, 'the same again');

  // Views at odd places of a buffer.
  const view: Writable<StepBatch> = sampleBatch(vocab);
  view.tokens = new Int32Array(new ArrayBuffer(4096), 12, MAX_ROWS);
  view.tokens.set(batch.tokens);
  runStep(model, view);
  t.same(stepOutcome(view), first);

  // A step may be empty.
  const empty = sampleBatch(vocab);
  empty.counts.fill(0);
  runStep(model, empty);
  model.close();
  t.end();
});

t.test('memory that other threads may write to is refused', (t) => {
  const model = addon.loadModel(options);
  const share = (array: Int32Array): Int32Array => {
    const Kind = array.constructor as Int32ArrayConstructor;
    const copy = new Kind(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };
  const names = Object.keys(sampleBatch(vocab)).filter((name) => name !== 'results');
  const message = (name: string) => `${name} lies in a SharedArrayBuffer: expected an ArrayBuffer`;
  for (const name of names) {
    const batch = sampleBatch(vocab) as unknown as Record<string, unknown>;
    batch[name] = share(batch[name] as Int32Array);
    t.throws(() => runStep(model, batch as never), {
      code: 'invalid_argument',
      message: message(name),
    });
  }
  for (const name of Object.keys(sampleBatch(vocab).results)) {
    const batch = sampleBatch(vocab);
    const results = batch.results as unknown as Record<string, unknown>;
    results[name] = share(results[name] as Int32Array);
    t.throws(() => runStep(model, batch), {
      code: 'invalid_argument',
      message: message(`results.${name}`),
    });
  }
  t.throws(() => model.copyBlocks(share(Int32Array.of(0, 1))), {
    code: 'invalid_argument',
    message: message('pairs'),
  });
  const { rope } = options.spec;
  for (const name of ['inverseFrequencies', 'layers'] as const) {
    const spec = { ...options.spec, rope: { ...rope, [name]: share(rope[name] as never) } };
    t.throws(() => addon.loadModel({ ...options, spec }), {
      code: 'invalid_argument',
      message: message(`spec.rope.${name}`),
    });
  }
  model.close();
  t.end();
});

const WRONG: readonly [name: string, change: Change, message: RegExp][] = [
  ['no rows array', (b) => delete (b as Partial<Writable<StepBatch>>).tokens, /^tokens is missing/],
  [
    'a plain array',
    (b) => (b.tokens = [1, 2] as never),
    /^tokens is an array: expected Int32Array/,
  ],
  ['another type', (b) => (b.tokens = new Uint32Array(40) as never), /^tokens is a Uint32Array/],
  ['seeds as numbers', (b) => (b.seed = new Float64Array(8) as never), /^seed is a Float64Array/],
  ['no results', (b) => (b.results = null as never), /^results is null: expected an object/],
  ['too few counts', (b) => (b.counts = new Int32Array(4)), /^counts has 4 words/],
  ['negative rows', (b) => (b.counts[BatchCount.rows] = -1), /^counts\[0\] is -1/],
  ['negative scores', (b) => (b.counts[BatchCount.scores] = -5), /^counts\[3\] is -5/],
  ['more rows than tokens', (b) => (b.counts[0] = MAX_ROWS + 1), /^tokens has 40 values/],
  [
    'more rows than a step takes',
    (b) => {
      b.tokens = new Int32Array(100);
      b.counts[0] = 100;
    },
    /^counts\[0\] is 100: expected 0 to 40 rows/,
  ],
  ['more sequences than offsets', (b) => (b.counts[1] = 8000), /^rowOffsets has 9 values/],
  [
    'more draws than drawRow',
    (b) => (b.counts[2] = 9),
    /^drawRow has 8 values: expected at least 9/,
  ],
  ['a short countRange', (b) => (b.countRange = new Int32Array(7)), /^countRange has 7 .* 8$/],
  [
    'short logits',
    (b) => (b.results = { ...b.results, logits: new Float32Array(vocab - 1) }),
    /^results\.logits has/,
  ],
  [
    'short top ids',
    (b) => (b.results = { ...b.results, drawTopIds: new Int32Array(79) }),
    /^results\.drawTopIds has 79 values: expected at least 80/,
  ],
  [
    'results on top of input',
    (b) => (b.results = { ...b.results, drawTokens: b.drawRow }),
    /^results\.drawTokens shares memory with drawRow/,
  ],
  [
    'results on top of results',
    (b) => {
      const bytes = new ArrayBuffer(4096);
      const drawTopIds = new Int32Array(bytes, 0, 160);
      b.results = { ...b.results, drawTopIds, scoreTopIds: new Int32Array(bytes, 600, 160) };
    },
    /^results\.scoreTopIds shares memory with results\.drawTopIds/,
  ],
  [
    'a detached array',
    (b) => structuredClone(b.tokens, { transfer: [b.tokens.buffer as ArrayBuffer] }),
    /^tokens has 0 values/,
  ],
  [
    'a token beyond the vocabulary',
    (b) => (b.tokens[3] = vocab),
    /^tokens\[3\] is \d+: expected 0 to/,
  ],
  ['a negative token', (b) => (b.tokens[22] = -1), /^tokens\[22\] is -1/],
  ['offsets that do not start at 0', (b) => (b.rowOffsets[0] = 1), /^rowOffsets\[0\] is 1/],
  ['offsets that fall', (b) => (b.rowOffsets[1] = 24), /^rowOffsets\[1\] is 24/],
  ['a sequence without rows', (b) => b.rowOffsets.set([0, 23, 23]), /^rowOffsets\[2\] is 23/],
  ['rows of no sequence', (b) => (b.rowOffsets[2] = 22), /^rowOffsets\[2\] is 22: expected 23/],
  ['a negative position', (b) => (b.firstPositions[1] = -1), /^firstPositions\[1\] is -1/],
  [
    'positions beyond the context',
    (b) => (b.firstPositions[0] = CONTEXT - 19),
    /^firstPositions\[0\] is 45: expected 0 to 44/,
  ],
  ['the largest position', (b) => (b.firstPositions[0] = 2 ** 31 - 1), /^firstPositions\[0\]/],
  ['block offsets below 0', (b) => (b.blockOffsets[0] = -1), /^blockOffsets\[0\] is -1/],
  ['block offsets that fall', (b) => (b.blockOffsets[1] = 5), /^blockOffsets\[2\] is 4/],
  ['block offsets beyond the table', (b) => (b.blockOffsets[2] = 17), /^blockOffsets\[2\] is 17/],
  [
    'a table that is too short',
    (b) => b.blockOffsets.set([0, 1, 4]),
    /^blockOffsets\[1\] is 1: expected 2 or more/,
  ],
  ['a block beyond the pool', (b) => (b.blockTables[1] = KV_BLOCKS), /^blockTables\[1\] is 12/],
  ['a negative block', (b) => (b.blockTables[0] = -1), /^blockTables\[0\] is -1/],
  ['a block twice in a table', (b) => (b.blockTables[1] = 5), /^blockTables\[1\] is 5: .* once/],
  [
    'a block that two sequences write',
    (b) => (b.blockTables[2] = 5),
    /^blockTables\[2\] is 5: expected no block that sequence 0 writes to as well/,
  ],
  [
    'a block that another sequence writes',
    (b) => (b.blockTables[3] = 2),
    /^blockTables\[3\] is 2: expected no block that sequence 0 writes to$/,
  ],
  ['a draw of no row', (b) => (b.drawRow[1] = 23), /^drawRow\[1\] is 23: expected 0 to 22/],
  ['a draw of a negative row', (b) => (b.drawRow[0] = -1), /^drawRow\[0\] is -1/],
  ['a NaN temperature', (b) => (b.temperature[2] = NaN), /^temperature\[2\] is nan/],
  ['a negative temperature', (b) => (b.temperature[0] = -0.5), /^temperature\[0\] is -0.5/],
  ['an infinite temperature', (b) => (b.temperature[0] = Infinity), /^temperature\[0\] is inf/],
  ['a negative top_k', (b) => (b.topK[1] = -1), /^topK\[1\]/],
  ['a top_p of 0', (b) => (b.topP[3] = 0), /^topP\[3\] is 0: expected above 0/],
  ['a top_p above 1', (b) => (b.topP[3] = 1.5), /^topP\[3\] is 1.5/],
  ['a NaN top_p', (b) => (b.topP[3] = NaN), /^topP\[3\]/],
  ['a min_p above 1', (b) => (b.minP[3] = 1.01), /^minP\[3\]/],
  ['a NaN min_p', (b) => (b.minP[0] = NaN), /^minP\[0\]/],
  ['a repetition penalty of 0', (b) => (b.repetitionPenalty[1] = 0), /^repetitionPenalty\[1\]/],
  ['an infinite presence penalty', (b) => (b.presencePenalty[1] = -Infinity), /^presencePenalty/],
  ['a NaN frequency penalty', (b) => (b.frequencyPenalty[3] = NaN), /^frequencyPenalty\[3\]/],
  ['a count range below 0', (b) => (b.countRange[2] = -1), /^countRange\[2\] is -1/],
  ['a count range that falls', (b) => b.countRange.set([3, 2], 2), /^countRange\[3\] is 2/],
  ['a count range beyond the list', (b) => (b.countRange[3] = 9), /^countRange\[3\] is 9/],
  ['counts shorter than ids', (b) => (b.countValues = new Int32Array(2)), /^countRange\[3\] is 3/],
  ['a count of no token', (b) => (b.countIds[2] = vocab), /^countIds\[2\]/],
  ['a negative count', (b) => (b.countValues[1] = -2), /^countValues\[1\] is -2/],
  ['a bias range beyond the list', (b) => (b.biasRange[3] = 2 ** 31 - 1), /^biasRange\[3\]/],
  ['a bias of no token', (b) => (b.biasIds[0] = -7), /^biasIds\[0\] is -7/],
  ['a NaN bias', (b) => (b.biasValues[1] = NaN), /^biasValues\[1\] is nan/],
  ['an infinite bias', (b) => (b.biasValues[0] = Infinity), /^biasValues\[0\] is inf/],
  ['a mask below -1', (b) => (b.maskOffset[0] = -2), /^maskOffset\[0\] is -2/],
  ['a mask beyond the list', (b) => (b.maskOffset[2] = 64), /^maskOffset\[2\] is 64/],
  ['a mask without a list', (b) => (b.masks = new Uint32Array(0)), /^maskOffset\[2\] is 3/],
  ['too many top logprobs', (b) => (b.drawTopLogprobs[3] = 21), /^drawTopLogprobs\[3\] is 21/],
  ['top logprobs below -1', (b) => (b.drawTopLogprobs[3] = -2), /^drawTopLogprobs\[3\] is -2/],
  ['a score of no row', (b) => (b.scoreRow[1] = 23), /^scoreRow\[1\] is 23/],
  ['a score of no token', (b) => (b.scoreTarget[0] = vocab), /^scoreTarget\[0\]/],
  ['a score below -1', (b) => (b.scoreTarget[0] = -2), /^scoreTarget\[0\] is -2/],
  ['too many top scores', (b) => (b.scoreTopLogprobs[0] = 21), /^scoreTopLogprobs\[0\] is 21/],
  ['negative top scores', (b) => (b.scoreTopLogprobs[0] = -1), /^scoreTopLogprobs\[0\] is -1/],
  ['logits of no row', (b) => (b.logitRows[0] = 23), /^logitRows\[0\] is 23/],
];

t.test('each field that has a check of its own has a wrong number above', (t) => {
  const apart = readFieldTable().fields.filter(({ legal }) => legal === 'checked_apart');
  for (const { name } of apart) {
    const named = WRONG.some(([, , message]) => message.source.startsWith(`^${name}\\[`));
    t.ok(named, `${name} in WRONG`);
  }
  t.end();
});

t.test('each wrong number is named, and leaves the model as it was', (t) => {
  const model = addon.loadModel(options);
  const good = sampleBatch(vocab);
  runStep(model, good);
  const expected = stepOutcome(good);
  for (const [name, change, message] of WRONG) {
    const batch = sampleBatch(vocab);
    change(batch);
    t.throws(() => runStep(model, batch), { code: 'invalid_argument', message }, name);
  }
  for (const nothing of [undefined, null, 1, 'batch', [], () => 0]) {
    t.throws(() => runStep(model, nothing as never), { code: 'invalid_argument' });
  }
  const after = sampleBatch(vocab);
  runStep(model, after);
  t.same(stepOutcome(after), expected);
  model.close();
  t.end();
});

t.test('random mutations and random bytes: an answer or invalid_argument', (t) => {
  const model = addon.loadModel(options);
  const random = randomSource(1);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const numbers = [
    -(2 ** 31),
    -2,
    -1,
    0,
    1,
    2,
    15,
    16,
    31,
    64,
    65,
    2 ** 31 - 1,
    NaN,
    Infinity,
    1e38,
  ];
  const inputs = Object.keys(sampleBatch(vocab)).filter((key) => key !== 'results');
  const outputs = Object.keys(sampleBatch(vocab).results);
  const counts = { answered: 0, refused: 0 };
  const rounds = quick ? 600 : 6000;
  for (let round = 0; round < rounds; round++) {
    const batch = sampleBatch(vocab);
    const fields = batch as unknown as Record<string, Int32Array | BigUint64Array>;
    const results = batch.results as unknown as Record<string, Int32Array>;
    for (let mutations = 1 + below(3); mutations > 0; mutations--) {
      const key = pick(inputs);
      const array = fields[key]!;
      const kind = below(10);
      if (kind < 7) {
        const index = below(Math.min(array.length, 24));
        const value = below(3) === 0 ? below(2 ** 32) - 2 ** 31 : pick(numbers);
        if (array instanceof BigUint64Array) array[index] = BigInt(below(2 ** 32));
        else array[index] = value;
      } else if (kind === 7) {
        const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        for (let i = 0; i < bytes.length; i++) bytes[i] = below(256);
      } else if (kind === 8) {
        fields[key] = array.subarray(0, below(array.length));
      } else {
        const output = pick(outputs);
        const array = results[output]!;
        results[output] = array.subarray(0, below(array.length + 1));
      }
    }
    try {
      runStep(model, batch);
      counts.answered++;
    } catch (error) {
      counts.refused++;
      if ((error as { code?: string }).code !== 'invalid_argument') t.error(error);
    }
  }
  t.comment(counts);
  t.ok(counts.answered > rounds / 20 && counts.refused > rounds / 20, 'both happen');
  model.close();
  t.end();
});

t.test('a step is begun once and finished once', (t) => {
  const model = addon.loadModel(options);
  const expected = sampleBatch(vocab);
  runStep(model, expected);
  const refused = (work: () => void, message: string): void => {
    t.throws(work, { code: 'invalid_argument', message });
  };
  refused(() => model.finishStep(), 'no step is under way');
  const batch = sampleBatch(vocab);
  model.startStep(batch);
  refused(() => model.startStep(sampleBatch(vocab)), 'a step is under way');
  refused(() => model.copyBlocks(Int32Array.of(0, 1)), 'a step is under way');
  model.finishStep();
  t.same(stepOutcome(batch), stepOutcome(expected));
  refused(() => model.finishStep(), 'no step is under way');
  const wrong = sampleBatch(vocab);
  wrong.tokens[0] = -1;
  t.throws(() => model.startStep(wrong), { code: 'invalid_argument', message: /^tokens\[0\]/ });
  refused(() => model.finishStep(), 'no step is under way');
  model.startStep(batch);
  model.close();
  refused(() => model.finishStep(), 'no step is under way');
  t.end();
});

t.test('properties that run code', (t) => {
  const model = addon.loadModel(options);
  const closing = sampleBatch(vocab);
  Object.defineProperty(closing, 'logitRows', {
    get() {
      model.close();
      return new Int32Array(8);
    },
  });
  t.throws(() => runStep(model, closing), {
    code: 'invalid_argument',
    message: 'the model is closed',
  });

  const other = addon.loadModel(options);
  const detaching = sampleBatch(vocab);
  Object.defineProperty(detaching, 'logitRows', {
    get() {
      structuredClone(detaching.tokens, { transfer: [detaching.tokens.buffer as ArrayBuffer] });
      return new Int32Array(8);
    },
  });
  t.throws(() => runStep(other, detaching), { code: 'invalid_argument', message: /^tokens has 0/ });

  // Arrays are looked up once, and looked at in every step.
  const known = sampleBatch(vocab);
  runStep(other, known);
  structuredClone(known.tokens, { transfer: [known.tokens.buffer as ArrayBuffer] });
  t.throws(() => runStep(other, known), { code: 'invalid_argument', message: /^tokens has 0/ });
  const next = sampleBatch(vocab);
  runStep(other, next);
  t.same(stepOutcome(next), stepOutcome(known), 'another batch has arrays of its own');

  const throwing = sampleBatch(vocab);
  Object.defineProperty(throwing, 'seed', {
    get() {
      throw new RangeError('mine');
    },
  });
  t.throws(() => runStep(other, throwing), { name: 'RangeError', message: 'mine' });
  other.close();
  t.end();
});

/** The best log-probabilities after a token at position 20 of a sequence in two blocks. */
function decode(model: NativeModel, blocks: readonly number[]): number[] {
  const batch = sampleBatch(vocab);
  batch.counts.set([1, 1, 1, 0, 0]);
  batch.tokens[0] = 17;
  batch.rowOffsets.set([0, 1]);
  batch.firstPositions[0] = 20;
  batch.blockOffsets.set([0, 2]);
  batch.blockTables.set(blocks);
  batch.drawRow[0] = 0;
  batch.drawTopLogprobs[0] = 20;
  runStep(model, batch);
  return [...batch.results.drawTopLogprobs.subarray(0, 20)];
}

t.test('copyBlocks', (t) => {
  const model = addon.loadModel(options);
  const wrong: [unknown, RegExp][] = [
    [undefined, /^pairs is missing/],
    [[0, 1], /^pairs is an array/],
    [new Int32Array([0, 1, 2]), /^pairs has 3 values/],
    [new Int32Array([0, KV_BLOCKS]), /^pairs\[1\] is 12/],
    [new Int32Array([-1, 0]), /^pairs\[0\] is -1/],
  ];
  for (const [pairs, message] of wrong) {
    t.throws(() => model.copyBlocks(pairs as Int32Array), { code: 'invalid_argument', message });
  }
  model.copyBlocks(new Int32Array(0));

  // A sequence goes on from copies of its blocks as from the blocks themselves.
  runStep(model, sampleBatch(vocab));
  model.copyBlocks(new Int32Array([5, 8, 2, 9]));
  const fromCopies = decode(model, [8, 9]);
  t.same(decode(model, [5, 2]), fromCopies);
  t.notSame(decode(model, [9, 8]), fromCopies, 'the blocks matter');
  model.close();
  t.end();
});

t.test('fillKv', (t) => {
  const model = addon.loadModel(options);
  const empty = decode(model, [0, 1]);
  model.fillKv();
  const filled = decode(model, [0, 1]);
  t.ok(filled.every((logprob) => Number.isFinite(logprob) && logprob < 0));
  t.notSame(filled, empty);
  t.notSame(decode(model, [2, 3]), filled, 'blocks differ');
  model.fillKv();
  t.same(decode(model, [0, 1]), filled, 'the same each time');
  model.close();
  t.end();
});

t.test('close', (t) => {
  const model = addon.loadModel(options);
  model.close();
  model.close();
  const closed = { code: 'invalid_argument', message: 'the model is closed' };
  t.throws(() => runStep(model, sampleBatch(vocab)), closed);
  t.throws(() => model.copyBlocks(new Int32Array(2)), closed);
  t.throws(() => model.fillKv(), closed);
  t.ok(model.info.isa, 'what is known of it stays');
  t.end();
});

t.test('a model comes from loadModel alone, and its methods belong to it', (t) => {
  const model = addon.loadModel(options);
  const Class = model.constructor as new () => unknown;
  t.throws(() => new Class(), { code: 'invalid_argument' });
  t.throws(() => (Class as unknown as () => void)(), Error);
  const prototype = Class.prototype as Record<string, () => unknown>;
  for (const method of ['startStep', 'finishStep', 'copyBlocks', 'fillKv', 'close']) {
    for (const receiver of [{}, Object.create(model), undefined, 5, addon]) {
      t.throws(() => Reflect.apply(prototype[method]!, receiver, [sampleBatch(vocab)]), Error);
    }
  }
  model.close();
  t.end();
});

t.test('cancel ends a step between layers', (t) => {
  const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
  const model = addon.loadModel({ ...options, signals });
  signals[Signal.cancel] = 1;
  t.throws(() => runStep(model, sampleBatch(vocab)), { code: 'cancelled' });
  t.throws(() => addon.loadModel({ ...options, signals }), { code: 'cancelled' });
  signals[Signal.cancel] = 0;
  runStep(model, sampleBatch(vocab));
  model.close();
  t.end();
});
