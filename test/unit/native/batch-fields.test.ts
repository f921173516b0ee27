/** src/native and the real addon, held to the table of a step's arrays. */
import t from 'tap';
import { checkRequest } from '../../../src/engine/check-request.js';
import { SAMPLING_ROWS } from '../../../src/model/sampling-parameters.js';
import {
  BATCH_COUNTS,
  BatchCount,
  MAX_TOP_LOGPROBS,
  type StepBatch,
} from '../../../src/native/addon.js';
import { allocateBatch, runStep } from '../../../src/native/batch.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { engineOptions, generation } from '../../support/engine.js';
import { evaluate, readFieldTable, type Field, type FieldArray } from './field-table.js';
import { sampleBatch, sampleOptions } from './sample-batch.js';

const { counts, fields } = readFieldTable();
const options = await sampleOptions();
const vocab = options.spec.vocabSize;
const model = loadAddon().loadModel(options);
t.teardown(() => model.close());

const CONSTANTS = { batch_counts: BATCH_COUNTS, max_top_logprobs: MAX_TOP_LOGPROBS };

/** A batch's arrays by their names, those of its results by theirs. */
type Arrays = Record<string, FieldArray>;
const arraysOf = (batch: StepBatch, { kind }: Field): Arrays =>
  (kind === 'RESULT' ? batch.results : batch) as unknown as Arrays;

const camelCase = (name: string): string =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** The elements of a field that the step of sampleBatch has. */
function leastLength(field: Field): number {
  const { counts: used } = sampleBatch(vocab);
  const amounts = Object.fromEntries(counts.map((name, i) => [name, used[i]!]));
  return evaluate(field.length, { ...CONSTANTS, ...amounts, vocab });
}

/** The message of the addon's refusal, or '' where it takes the batch. */
function refusal(batch: StepBatch): string {
  try {
    runStep(model, batch);
    return '';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === 'invalid_argument' ? message : `${code}: ${message}`;
  }
}

t.test('allocateBatch makes the arrays of the table, and no others', (t) => {
  // Primes, so that no length is another's.
  const limits = {
    rows: 101,
    sequences: 7,
    blockTableEntries: 211,
    draws: 13,
    countEntries: 223,
    biasEntries: 227,
    maskWords: 229,
    scores: 17,
  };
  const batch = allocateBatch(limits);
  const lengths = {
    ...CONSTANTS,
    rows: limits.rows,
    sequences: limits.sequences,
    draws: limits.draws,
    scores: limits.scores,
    // Any row's may be asked for, but it takes those who ask to make room for them.
    logit_rows: limits.rows,
    vocab: 0,
    block_table_entries: limits.blockTableEntries,
    count_entries: limits.countEntries,
    bias_entries: limits.biasEntries,
    mask_words: limits.maskWords,
  };
  for (const field of fields) {
    const array = arraysOf(batch, field)[field.name];
    if (array === undefined) {
      t.fail(`${field.path} of native/batch/fields.def is missing in src/native`);
      continue;
    }
    t.equal(array.constructor.name, field.array.name, `${field.path} is of the table's type`);
    t.equal(array.length, evaluate(field.length, lengths), `the length of ${field.path}`);
  }
  const known = new Set(fields.map(({ path }) => path));
  const made = [
    ...Object.keys(batch).filter((name) => name !== 'results'),
    ...Object.keys(batch.results).map((name) => `results.${name}`),
  ];
  const unknown = made.filter((path) => !known.has(path));
  t.strictSame(unknown, [], 'each array of src/native has a row in native/batch/fields.def');
  t.end();
});

t.test('the counts are in the order of BatchCount', (t) => {
  t.strictSame(
    Object.entries(BatchCount),
    counts.map((name, i) => [camelCase(name), i]),
  );
  t.equal(BATCH_COUNTS, counts.length);
  t.end();
});

t.test('the addon asks for each array, of its type, in its length, and apart from others', (t) => {
  for (const field of fields) {
    const { name, path, array, kind } = field;
    const withArray = (replacement: unknown): StepBatch => {
      const batch = sampleBatch(vocab);
      arraysOf(batch, field)[name] = replacement as FieldArray;
      return batch;
    };
    t.match(refusal(withArray(undefined)), `${path} is missing: expected `);
    const Other = array === Int32Array ? Uint32Array : Int32Array;
    t.equal(
      refusal(withArray(new Other(4096))),
      `${path} is a ${Other.name}: expected a ${array.name}`,
    );
    if (kind === 'LIST') continue;
    const least = leastLength(field);
    const short = refusal(withArray(new array(least - 1)));
    t.match(short, new RegExp(`^${path} has ${least - 1} (values|words): expected .*${least}$`));
    if (kind !== 'RESULT') continue;
    const batch = sampleBatch(vocab);
    const memory = new ArrayBuffer(8192);
    arraysOf(batch, field)[name] = new array(memory);
    (batch as { tokens: Int32Array }).tokens = new Int32Array(memory, 4, batch.tokens.length);
    t.equal(refusal(batch), `${path} shares memory with tokens`);
  }
  t.end();
});

const MAX_SINGLE = 2 ** 128 - 2 ** 104;
const MIN_SINGLE = 2 ** -149;
const INT32 = { least: -(2 ** 31), most: 2 ** 31 - 1 };

/** Numbers that each rule of native/batch/legal.h takes and refuses. */
const RULES: Readonly<Record<string, { takes: readonly number[]; refuses: readonly number[] }>> = {
  whole_from_0: { takes: [0, INT32.most], refuses: [-1, INT32.least] },
  finite: { takes: [-MAX_SINGLE, 0, MAX_SINGLE], refuses: [NaN, Infinity, -Infinity] },
  finite_from_0: { takes: [0, MAX_SINGLE], refuses: [-MIN_SINGLE, NaN, Infinity, -Infinity] },
  finite_above_0: { takes: [MIN_SINGLE, MAX_SINGLE], refuses: [0, -1, NaN, Infinity] },
  share: { takes: [0, 1], refuses: [-MIN_SINGLE, 1 + 2 ** -23, NaN, Infinity] },
  share_above_0: { takes: [MIN_SINGLE, 1], refuses: [0, -1, 1 + 2 ** -23, NaN] },
  finite_or_banned: { takes: [-Infinity, -MAX_SINGLE, MAX_SINGLE], refuses: [NaN, Infinity] },
};

/** The numbers at the edge of what a field's elements may be. */
function edges({ legal }: Field): (typeof RULES)[string] | undefined {
  const range = /^whole\((.+), (.+)\)$/.exec(legal);
  if (range === null) return RULES[legal];
  const names = { ...CONSTANTS, last_row: 22, last_token: vocab - 1 };
  const least = evaluate(range[1]!, names);
  const most = evaluate(range[2]!, names);
  return { takes: [least, most], refuses: [least - 1, most + 1, INT32.least, INT32.most] };
}

t.test('the addon takes what is in the range of an element, and names what is not', (t) => {
  for (const field of fields) {
    const { path, name, legal, kind } = field;
    if (kind === 'RESULT' || legal === 'anything' || legal === 'checked_apart') continue;
    const range = edges(field);
    if (range === undefined) {
      t.fail(`${path}: this test knows no numbers that ${legal} takes and refuses`);
      continue;
    }
    // The last that is looked at; of the lists the draws use the first elements.
    const index = kind === 'LIST' ? 0 : leastLength(field) - 1;
    const withElement = (value: number): StepBatch => {
      const batch = sampleBatch(vocab);
      arraysOf(batch, field)[name]![index] = value;
      return batch;
    };
    for (const value of range.takes) t.equal(refusal(withElement(value)), '', `${path}: ${value}`);
    for (const value of range.refuses) {
      t.match(refusal(withElement(value)), `${path}[${index}] is `, `${path}: ${value}`);
    }
  }
  t.end();
});

t.test('the engine lets through what the addon takes of a sampling parameter, and no more', (t) => {
  const numbers = [0, 1, MIN_SINGLE, MAX_SINGLE, 1 - 2 ** -24, 1 + 2 ** -23, INT32.most];
  const values = [...numbers, ...numbers.map((value) => -value), NaN, Infinity, -Infinity];
  for (const [name, { array, engine }] of SAMPLING_ROWS) {
    for (const value of [...values, engine.least, engine.most]) {
      if (array === Int32Array && !Number.isInteger(value)) continue;
      const batch = sampleBatch(vocab);
      batch[name][1] = value;
      // What an array cannot hold is the engine's alone to refuse.
      if (!Object.is(batch[name][1], value)) continue;
      const engineRefuses = (): boolean => {
        try {
          checkRequest(generation({ sampling: { [name]: value } }), engineOptions());
          return false;
        } catch {
          return true;
        }
      };
      t.equal(refusal(batch) !== '', engineRefuses(), `${name} ${value}`);
    }
  }
  t.end();
});
