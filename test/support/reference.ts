/** Where the reference cases lie, from the compiled tests and from the sources alike. */
import { existsSync } from 'node:fs';
import { readSafetensors } from './safetensors.js';

function repositoryRoot(): URL {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return folder;
}

export const REPOSITORY = repositoryRoot();
export const GOLDEN = new URL('test/golden/', REPOSITORY);
export const REFERENCE = new URL('reference/', GOLDEN);

/** Expected logits of a checkpoint or a GGUF file. */
export interface Expected {
  readonly inputIds: Int32Array;
  /** [inputIds][vocab], row t after token t. */
  readonly logits: Float32Array;
  readonly vocab: number;
  /** transformers' greedy continuation; empty where the case has none. */
  readonly greedyIds: Int32Array;
}

export function readExpected(path: URL): Expected {
  const tensors = readSafetensors(path);
  const { input_ids: input, logits, greedy_ids: greedy } = tensors;
  if (input === undefined || logits === undefined) throw new Error(`${path.pathname}: no logits`);
  return {
    inputIds: input.data as Int32Array,
    logits: logits.data as Float32Array,
    vocab: logits.shape[1] ?? 0,
    greedyIds: (greedy?.data ?? new Int32Array(0)) as Int32Array,
  };
}

/** The log-softmax of one row, in double precision. */
export function logSoftmax(row: Float32Array): Float64Array {
  let max = -Infinity;
  for (const x of row) max = Math.max(max, x);
  let sum = 0;
  for (const x of row) sum += Math.exp(x - max);
  const shift = max + Math.log(sum);
  return Float64Array.from(row, (x) => x - shift);
}

/** Mean over rows of KL(expected, actual). */
export function meanKl(expected: Float32Array, actual: Float32Array, vocab: number): number {
  const rows = expected.length / vocab;
  let total = 0;
  for (let t = 0; t < rows; t++) {
    const p = logSoftmax(expected.subarray(t * vocab, (t + 1) * vocab));
    const q = logSoftmax(actual.subarray(t * vocab, (t + 1) * vocab));
    for (let i = 0; i < vocab; i++) total += Math.exp(p[i]!) * (p[i]! - q[i]!);
  }
  return total / rows;
}

/** NaN where the lengths differ or a difference is none: then no bound holds. */
export function maxAbsDifference(a: Float32Array, b: Float32Array): number {
  let worst = a.length === b.length ? 0 : NaN;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}
