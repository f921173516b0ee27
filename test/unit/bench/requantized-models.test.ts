/** The files of rounded weights that bench/accuracy makes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { formatIn } from '../../../bench/random-models/mixes.js';
import { SHAPES } from '../../../bench/random-models/shapes.js';
import { writeModel } from '../../../bench/random-models/write-model.js';
import {
  BLOCK_CODECS,
  decodeWeights,
  encodeWeights,
  FLOAT_CODECS,
} from '../../../bench/requantized-models/codecs.js';
import { readHalf, writeHalf } from '../../../bench/requantized-models/half.js';
import { requantized, TARGET_MIXES } from '../../../bench/requantized-models/write-model.js';
import { openModel } from '../../../src/model/open-model.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import {
  GOLDEN,
  maxAbsDifference,
  meanKl,
  REFERENCE,
  REPOSITORY,
} from '../../support/reference.js';
import { ModelRunner } from '../../support/run-model.js';
import { readSafetensors } from '../../support/safetensors.js';
import { tinyDocument } from '../../support/tokenizer-families.js';

const maxAbs = (values: Float32Array): number =>
  values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

t.test('every half is read and written', async (t) => {
  const wrong: number[] = [];
  const bytes = new Uint8Array(2);
  const again = new Uint8Array(2);
  for (let half = 0; half < 0x10000; half++) {
    bytes.set([half & 0xff, half >> 8]);
    const value = readHalf(bytes, 0);
    // Minus zero is written as zero.
    if (!Number.isFinite(value) || half === 0x8000) continue;
    writeHalf(again, 0, value);
    if (again[0] !== bytes[0] || again[1] !== bytes[1]) wrong.push(half);
  }
  t.strictSame(wrong, []);
  bytes.set([0x00, 0x7c]);
  t.equal(readHalf(bytes, 0), Infinity);
  t.equal(writeHalf(bytes, 0, -1 - 2 ** -12), -1);
  t.equal(writeHalf(bytes, 0, 1 - 2 ** -13), 1, 'rounded up to the next power of two');
  for (const large of [65520, -1e9, Infinity, NaN]) {
    t.throws(() => writeHalf(bytes, 0, large), { message: /does not fit into a half/ });
  }
});

t.test('floats of 16 bits are the nearest ones', async (t) => {
  const weights = normal(1 << 12);
  for (const [format, bits] of [
    ['f16', 11],
    ['bf16', 8],
  ] as const) {
    const back = decodeWeights(format, encodeWeights(format, weights));
    // Half a step; a half's steps are 2^-24 at least.
    const step = (x: number): number => Math.max(Math.abs(x) * 2 ** -bits, 2 ** -25);
    const far = weights.filter((x, i) => Math.abs(back[i]! - x) > step(x));
    t.equal(far.length, 0, format);
    t.strictSame(decodeWeights(format, encodeWeights(format, back)), back, 'they are their own');
  }
  const middle = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8);
  const even = decodeWeights('bf16', encodeWeights('bf16', middle));
  t.strictSame([...even], [1, 1 + 2 ** -6, -1]);
});

t.test('blocks mean what gguf-py says', async (t) => {
  const reference = readSafetensors(new URL('reference/gguf/dequant.safetensors', GOLDEN));
  for (const format of Object.keys({ ...FLOAT_CODECS, ...BLOCK_CODECS })) {
    const raw = reference[`${format.toUpperCase()}.raw`]?.data as Uint8Array;
    const values = reference[`${format.toUpperCase()}.values`]?.data as Float32Array;
    const difference = maxAbsDifference(decodeWeights(format, raw), values);
    const largest = maxAbs(values);
    t.ok(difference <= 1e-6 * largest, `${format}: ${difference} of ${largest}`);
  }
});

/** The block formats that kernels compute in, but those of codebooks of points. */
function computedFormats(): string[] {
  const path = new URL('native/quant/formats.json', REPOSITORY);
  const { formats } = JSON.parse(readFileSync(path, 'utf8')) as {
    formats: { name: string; blockValues: number; computedAs?: string }[];
  };
  const computed = formats.filter((row) => row.blockValues > 1 && !row.computedAs);
  return computed.map(({ name }) => name).filter((name) => !/^iq[123]_/.test(name));
}

/** Normal numbers, the same each time. */
const normal = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => {
    const [a, b] = [(i * 0.754877666) % 1, (i * 0.569840291) % 1];
    return 0.02 * Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
  });

t.test('weights are rounded to the nearest code', async (t) => {
  // Of normal weights: the error of all by their size, and the largest by the range of the 32 weights
  // about it. That is half a step of the codes, or a whole one at the end that has a code less; more
  // where scales are rounded to integers or leave out the extremes.
  const bounds: Readonly<Record<string, readonly [all: number, largest: number]>> = {
    ...{ q4_0: [0.09, 1 / 16], q4_1: [0.084, 1 / 30], q5_0: [0.045, 1 / 32] },
    ...{ q5_1: [0.041, 1 / 62], q8_0: [0.006, 1 / 254] },
    ...{ q2_k: [0.31, 0.24], q3_k: [0.15, 0.15], q4_k: [0.085, 0.036], q5_k: [0.041, 0.02] },
    ...{ q6_k: [0.02, 0.02], iq4_nl: [0.078, 0.08], iq4_xs: [0.079, 0.08], mxfp4: [0.13, 0.17] },
  };
  t.strictSame(Object.keys(bounds), Object.keys(BLOCK_CODECS));
  t.strictSame(Object.keys(bounds), [...computedFormats(), 'mxfp4']);
  const weights = normal(1 << 14);
  const sizeOf = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  for (const [format, [all, largest]] of Object.entries(bounds)) {
    const back = decodeWeights(format, encodeWeights(format, weights));
    const errors = back.map((x, i) => x - (weights[i] ?? NaN));
    const error = sizeOf(errors) / sizeOf(weights);
    t.ok(error > all / 1.2 && error < all, `${format}: ${error}`);
    const parts = Array.from({ length: weights.length / 32 }, (_, part) => {
      const of = (values: Float32Array) => values.subarray(part * 32, part * 32 + 32);
      return maxAbs(of(errors)) / (Math.max(...of(weights)) - Math.min(...of(weights)));
    });
    // A thousandth for scales that are halves.
    t.ok(Math.max(...parts) < 1.001 * largest, `${format}: ${Math.max(...parts)} of a range`);
    for (const [what, value] of [
      ['zeros', 0],
      ['ones below zero', -1],
    ] as const) {
      const same = new Float32Array(256).fill(value);
      const far = maxAbs(decodeWeights(format, encodeWeights(format, same)).map((x) => x - value));
      t.ok(far <= Math.abs(value) * 0.01, `${format}: ${what} stay`);
    }
  }
  t.throws(() => decodeWeights('iq2_xs', new Uint8Array(74)), {
    message: /^weights of iq2_xs can't be rounded anew: f32, f16, bf16, q4_0/,
  });
});

const IDS = [5, 6, 7, 8, 9, 10, 11, 12];

/** Logits by the weights as the file has them. */
async function exactLogits(file: string): Promise<[Float32Array, vocab: number]> {
  const source = await openModel(file);
  const runner = new ModelRunner(loadAddon(), source, { compute: 'float', context: 32 });
  const logits = runner.run(IDS, 0);
  runner.close();
  return [logits, source.spec.vocabSize];
}

t.test('a model of rounded weights computes nearly the same, as F32 the same', async (t) => {
  const folder = t.testdir();
  const path = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
  const [exact, vocab] = await exactLogits(path);
  for (const [mix, least, most] of [
    ['F32', 0, 0],
    ['Q8_0', 1e-6, 1e-3],
    ['Q4_K_M', 1e-7, 2e-2],
    ['Q4_0', 1e-6, 5e-2],
    ['Q5_1', 1e-7, 1e-2],
    ['IQ4_NL', 1e-6, 5e-2],
  ] as const) {
    const made = requantized(folder, 'tiny', path, mix);
    t.match(made, new RegExp(`^${join(folder, 'tiny.')}[0-9a-f]{12}\\.${mix}\\.1\\.gguf$`));
    t.equal(requantized(folder, 'tiny', path, mix), made);
    const [logits] = await exactLogits(made);
    const kl = meanKl(exact, logits, vocab);
    t.ok(kl >= least && kl <= most, `${mix}: mean KL ${kl}`);
  }
});

t.test('C++ reads the blocks of every mix as they were meant', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'wide.gguf');
  const shape = {
    ...SHAPES.get('140M')!,
    // Rows that every block divides.
    ...{ hiddenSize: 256, layers: 2, heads: 4, kvHeads: 2, headDim: 64, ffnSize: 512 },
    vocabSize: 400,
  };
  writeModel(path, 'wide', shape, 'Q8_0', tinyDocument());
  const written = new Set<string>();
  for (const mix of TARGET_MIXES) {
    const made = requantized(folder, 'rounded', path, mix);
    for (const { format } of (await openModel(made)).tensors) written.add(format);
    const [read] = await exactLogits(made);
    const [meant] = await exactLogits(requantized(folder, `meant by ${mix}`, made, 'F32'));
    const far = maxAbsDifference(read, meant);
    t.ok(far <= 1e-5 * maxAbs(meant), `${mix}: ${far}`);
  }
  const formats = ['f32', ...Object.keys(FLOAT_CODECS), ...Object.keys(BLOCK_CODECS)];
  t.strictSame([...written].sort(), formats.sort());
});

t.test('where a row is no multiple of 256, a format of 32 weights stands in', async (t) => {
  for (const [mix, narrow, wide] of [
    ['Q2_K', 'iq4_nl', 'q2_k'],
    ['Q3_K', 'iq4_nl', 'q3_k'],
    ['IQ4_XS', 'iq4_nl', 'iq4_xs'],
    ['Q4_K', 'q5_0', 'q4_k'],
    ['Q5_K', 'q5_1', 'q5_k'],
    ['Q6_K', 'q8_0', 'q6_k'],
    ['Q5_1', 'q5_1', 'q5_1'],
  ] as const) {
    t.equal(formatIn(mix, 'attn_q', 576, 0, 30), narrow);
    t.equal(formatIn(mix, 'ffn_down', 1536, 0, 30), wide);
    t.equal(formatIn(mix, 'token_embd', 576, 0, 30), 'q8_0', 'the head has more bits');
    t.equal(formatIn(mix, 'token_embd', 1536, 0, 30), 'q6_k');
  }
});
