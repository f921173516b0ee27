/**
 * The arm64 addon in an arm64 Node under qemu-user: reference logits, and the same logits bit for
 * bit in other chunks and on other numbers of threads. Plain assertions and no test runner: every
 * line is emulated. The argument is the kernel table that this CPU model must choose.
 *
 * Prints a line a case and ends with "N cases passed"; a failed check throws.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { openModel } from '../../src/model/open-model.js';
import type { ModelSource } from '../../src/model/model-source.js';
import { loadAddon } from '../../src/native/load-addon.js';
import {
  REFERENCE,
  maxAbsDifference,
  meanKl,
  readExpected,
  type Expected,
} from '../support/reference.js';
import { ModelRunner, type RunOptions } from '../support/run-model.js';

/** Bounds of test/golden/reference/README.md. */
const LARGEST_DIFFERENCE = 1e-3;
const MEAN_KL: Readonly<Record<string, number>> = { F16: 5e-6, Q8_0: 1.5e-3, Q4_0: 1.5e-3 };

const addon = loadAddon();
const { isa, available } = addon.cpuInfo();
const wanted = process.argv[2];
assert.equal(process.arch, 'arm64', 'this Node is not an arm64 one');
assert.equal(isa, wanted, `this CPU chose ${isa} of ${available.join(', ')}`);

let passed = 0;

await checkpoint('mobilellm-r1');
await checkpoint('qwen3');
for (const format of Object.keys(MEAN_KL)) await gguf('smollm2', format);
console.log(`${passed} cases passed`);

/** Float compute, held to transformers' logits. */
async function checkpoint(name: string): Promise<void> {
  const folder = new URL(`checkpoints/${name}/`, REFERENCE);
  const source = await openModel(fileURLToPath(folder));
  const expected = readExpected(new URL('expected.safetensors', folder));
  const logits = run(source, expected, [expected.inputIds.length], { compute: 'float' });
  const difference = maxAbsDifference(logits, expected.logits);
  assert.ok(difference < LARGEST_DIFFERENCE, `${name}: logits differ by ${difference}`);
  passes(`${name} in float: largest difference ${difference.toExponential(1)}`);
}

/** The quantized path of one format, and that it depends on neither chunks nor threads. */
async function gguf(name: string, format: string): Promise<void> {
  const file = new URL(`gguf/${name}.${format}`, REFERENCE).href;
  const source = await openModel(fileURLToPath(`${file}.gguf`));
  const expected = readExpected(new URL(`${file}.expected.safetensors`));
  const length = expected.inputIds.length;
  const logits = run(source, expected, [length]);
  const kl = meanKl(expected.logits, logits, expected.vocab);
  assert.ok(kl <= (MEAN_KL[format] ?? 0), `${name}.${format}: mean KL ${kl}`);
  passes(`${name}.${format}: mean KL ${kl.toExponential(1)}`);

  for (const [chunks, threads] of [
    [[1], 1],
    [[16, 1, 7, 33], 1],
    [[length], 2],
  ] as const) {
    const again = run(source, expected, chunks, { threads });
    const what = `${name}.${format} in chunks of ${chunks.join(', ')} on ${threads} threads`;
    assert.ok(sameBits(again, logits), `${what}: other logits`);
    passes(`${what}: the same bits`);
  }
}

/** Logits of the reference's tokens, fed in chunks of the given sizes in turn. */
function run(
  source: ModelSource,
  { inputIds, vocab }: Expected,
  chunks: readonly number[],
  options: RunOptions = {},
): Float32Array {
  const runner = new ModelRunner(addon, source, { threads: 1, ...options });
  assert.equal(runner.model.info.isa, wanted);
  const logits = new Float32Array(inputIds.length * vocab);
  for (let position = 0, i = 0; position < inputIds.length; i++) {
    const chunk = inputIds.subarray(position, position + (chunks[i % chunks.length] ?? 1));
    logits.set(runner.run(chunk, position), position * vocab);
    position += chunk.length;
  }
  runner.close();
  return logits;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
}

function passes(what: string): void {
  passed += 1;
  console.log(`  ${isa}: ${what}`);
}
