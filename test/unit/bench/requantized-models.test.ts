/** The files of rounded weights that bench/accuracy makes. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  BLOCK_CODECS,
  decodeWeights,
  encodeWeights,
} from '../../../bench/requantized-models/codecs.js';
import { readHalf, writeHalf } from '../../../bench/requantized-models/half.js';
import { requantized } from '../../../bench/requantized-models/write-model.js';
import { openModel } from '../../../src/model/open-model.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { GOLDEN, maxAbsDifference, meanKl, REFERENCE } from '../../support/reference.js';
import { ModelRunner } from '../../support/run-model.js';
import { readSafetensors } from '../../support/safetensors.js';

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

t.test('blocks mean what gguf-py says', async (t) => {
  const reference = readSafetensors(new URL('reference/gguf/dequant.safetensors', GOLDEN));
  for (const format of Object.keys(BLOCK_CODECS)) {
    const raw = reference[`${format.toUpperCase()}.raw`]?.data as Uint8Array;
    const values = reference[`${format.toUpperCase()}.values`]?.data as Float32Array;
    const difference = maxAbsDifference(decodeWeights(format, raw), values);
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    t.ok(difference <= 1e-6 * largest, `${format}: ${difference} of ${largest}`);
  }
});

t.test('weights are rounded to the nearest code', async (t) => {
  // Bounds on the error of normal weights, by their size.
  const bounds = { q4_0: 0.11, q4_1: 0.09, q5_0: 0.06, q8_0: 0.007, q4_k: 0.1, q6_k: 0.025 };
  t.strictSame(Object.keys(bounds), Object.keys(BLOCK_CODECS));
  const weights = Float32Array.from({ length: 4096 }, (_, i) => {
    const [a, b] = [(i * 0.754877666) % 1, (i * 0.569840291) % 1];
    return 0.02 * Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
  });
  const sizeOf = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  for (const [format, bound] of Object.entries(bounds)) {
    const back = decodeWeights(format, encodeWeights(format, weights));
    const error = sizeOf(back.map((x, i) => x - (weights[i] ?? NaN))) / sizeOf(weights);
    t.ok(error > bound / 3 && error < bound, `${format}: ${error}`);
    const zeros = decodeWeights(format, encodeWeights(format, new Float32Array(256)));
    t.ok(
      zeros.every((x) => x === 0),
      `${format}: zeros stay`,
    );
  }
  t.throws(() => decodeWeights('iq4_nl', new Uint8Array(18)), {
    message: /^weights of iq4_nl can't be rounded anew: f32, f16, q4_0/,
  });
});

t.test('a model of rounded weights computes nearly the same, as F32 the same', async (t) => {
  const folder = t.testdir();
  const path = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
  const ids = [5, 6, 7, 8, 9, 10, 11, 12];
  const run = async (file: string): Promise<[Float32Array, number]> => {
    const source = await openModel(file);
    const runner = new ModelRunner(loadAddon(), source, { compute: 'float', context: 32 });
    const logits = runner.run(ids, 0);
    runner.close();
    return [logits, source.spec.vocabSize];
  };
  const [exact, vocab] = await run(path);
  for (const [mix, least, most] of [
    ['F32', 0, 0],
    ['Q8_0', 1e-6, 1e-3],
    ['Q4_K_M', 1e-7, 2e-2],
    ['Q4_0', 1e-6, 5e-2],
  ] as const) {
    const made = requantized(folder, 'tiny', path, mix);
    t.match(made, new RegExp(`^${join(folder, 'tiny.')}[0-9a-f]{12}\\.${mix}\\.1\\.gguf$`));
    t.equal(requantized(folder, 'tiny', path, mix), made);
    const [logits] = await run(made);
    const kl = meanKl(exact, logits, vocab);
    t.ok(kl >= least && kl <= most, `${mix}: mean KL ${kl}`);
  }
});
