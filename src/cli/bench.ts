/**
 * Tokens a second of prefill and of decode, straight on the addon: no server, no tokenizer, random
 * prompt tokens.
 */
import { readFileSync } from 'node:fs';
import { serveConfig } from '../config.js';
import { batchLimits, blocksFor, modelLoad, type EngineOptions } from '../engine/options.js';
import type { ModelSource } from '../model/model-source.js';
import {
  BatchCount,
  SIGNAL_WORDS,
  type Addon,
  type NativeModel,
  type StepBatch,
} from '../native/addon.js';
import { allocateBatch, runStep } from '../native/batch.js';
import { contextTooLong } from '../errors/starting.js';

/** Rows of the largest prefill step. */
const MAX_CHUNK = serveConfig().maxNumBatchedTokens;

export interface BenchOptions extends Pick<
  EngineOptions,
  'threads' | 'cpus' | 'pin' | 'compute' | 'kvCacheType' | 'quantize' | 'isa'
> {
  readonly prompt: number;
  readonly generate: number;
  readonly batch: number;
  readonly repeats: number;
  /** Random KV stands for the prompt, which is not computed. */
  readonly fillKv: boolean;
}

export interface BenchResult extends BenchOptions {
  readonly model: string;
  readonly kernels: readonly string[];
  readonly weightBytes: number;
  /** What a step reads of them: all but an embedding that is not the head too. */
  readonly stepWeightBytes: number;
  /** Of the keys and values of one token, over all layers. A step reads those of every context. */
  readonly kvBytesPerToken: number;
  /** The most that the process held in memory (VmHWM). */
  readonly peakResidentBytes: number;
  /** Tokens a second, all sequences together; one figure a repeat. Absent with `fillKv`. */
  readonly prefill?: readonly number[];
  readonly prefillMedian?: number;
  readonly decode: readonly number[];
  readonly decodeMedian: number;
}

/** The value in the middle; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const { length } = sorted;
  const middle = sorted.slice((length - 1) >> 1, (length >> 1) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** A loaded model with the step that it is measured in. */
interface Bench {
  readonly options: BenchOptions;
  readonly model: NativeModel;
  readonly step: StepBatch;
  /** KV blocks of each sequence. */
  readonly blocks: number;
  /** Of each sequence, the token that follows those so far. */
  readonly drawn: Int32Array;
}

/**
 * Runs `repeats` times prefill of `prompt` tokens and decode of `generate`, for `batch` sequences;
 * with `fillKv` decode alone.
 */
export function runBench(addon: Addon, source: ModelSource, options: BenchOptions): BenchResult {
  const { prompt, generate, batch: sequences } = options;
  const bench = load(addon, source, options);
  const { model, drawn } = bench;
  const prefill: number[] = [];
  const decode: number[] = [];
  const random = randomTokens(source.spec.vocabSize);
  if (options.fillKv) model.fillKv();
  // The first round touches every page and is not counted.
  for (let round = 0; round <= options.repeats; round++) {
    const prefillSeconds = seconds(() => {
      if (options.fillKv) drawn.forEach((_, member) => (drawn[member] = random()));
      else prefillAll(bench, random);
    });
    const decodeSeconds = seconds(() => decodeAll(bench));
    if (round === 0) continue;
    prefill.push((prompt * sequences) / prefillSeconds);
    decode.push((generate * sequences) / decodeSeconds);
  }
  const { kernels, weightBytes, stepWeightBytes, kvBlockBytes, kvBlockTokens } = model.info;
  const result = {
    ...options,
    ...{ model: source.name, kernels, weightBytes, stepWeightBytes },
    kvBytesPerToken: kvBlockBytes / kvBlockTokens,
    peakResidentBytes: peakResidentBytes(),
    ...(options.fillKv ? {} : { prefill, prefillMedian: median(prefill) }),
    decode,
    decodeMedian: median(decode),
  };
  model.close();
  return result;
}

/** VmHWM of this process; not getrusage's figure, which starts with what the parent held. */
function peakResidentBytes(): number {
  const [, kilobytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Loads the model for contexts that are just long enough. Throws `context_too_long`. */
function load(addon: Addon, source: ModelSource, options: BenchOptions): Bench {
  const { prompt, generate, batch: sequences } = options;
  const context = prompt + generate;
  if (context > source.spec.contextLength) {
    throw contextTooLong(
      `--prompt ${prompt} with --generate ${generate}, ${context} tokens,`,
      source.spec.contextLength,
    );
  }
  const blocks = blocksFor(context);
  const plan = {
    ...options,
    source: { ...source, spec: { ...source.spec, contextLength: context } },
    kvBlocks: blocks * sequences,
    maxNumSeqs: sequences,
    maxNumBatchedTokens: options.fillKv ? 1 : Math.min(prompt, MAX_CHUNK),
  };
  const model = addon.loadModel({
    ...modelLoad(plan),
    packedCache: null,
    signals: new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS)),
  });
  const step = allocateBatch(batchLimits(plan));
  return { options, model, step, blocks, drawn: new Int32Array(sequences) };
}

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1e3;
}

/** Uniform token ids from a fixed seed (a 32-bit linear congruential generator). */
function randomTokens(vocab: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * vocab);
  };
}

/** Sequences of a step, each with `count` rows from `position` on; a greedy draw from the last. */
function layOut(
  { step, blocks }: Bench,
  members: readonly number[],
  count: number,
  position: number,
): void {
  step.counts.fill(0);
  step.counts[BatchCount.rows] = members.length * count;
  step.counts[BatchCount.sequences] = members.length;
  step.counts[BatchCount.draws] = members.length;
  for (const [slot, member] of members.entries()) {
    step.rowOffsets[slot + 1] = (slot + 1) * count;
    step.firstPositions[slot] = position;
    step.blockOffsets[slot + 1] = (slot + 1) * blocks;
    for (let block = 0; block < blocks; block++) {
      step.blockTables[slot * blocks + block] = member * blocks + block;
    }
    step.drawRow[slot] = (slot + 1) * count - 1;
    step.temperature[slot] = 0;
    step.topP[slot] = 1;
    step.repetitionPenalty[slot] = 1;
    step.maskOffset[slot] = -1;
    step.drawTopLogprobs[slot] = -1;
  }
}

function prefillAll(bench: Bench, random: () => number): void {
  const { model, step, options, drawn } = bench;
  for (let member = 0; member < options.batch; member++) {
    for (let position = 0; position < options.prompt; position += MAX_CHUNK) {
      const count = Math.min(MAX_CHUNK, options.prompt - position);
      layOut(bench, [member], count, position);
      for (let row = 0; row < count; row++) step.tokens[row] = random();
      runStep(model, step);
    }
    drawn.set(step.results.drawTokens.subarray(0, 1), member);
  }
}

function decodeAll(bench: Bench): void {
  const { model, step, options, drawn } = bench;
  const members = Array.from({ length: options.batch }, (_, member) => member);
  for (let generated = 0; generated < options.generate; generated++) {
    layOut(bench, members, 1, options.prompt + generated);
    step.tokens.set(drawn);
    runStep(model, step);
    drawn.set(step.results.drawTokens.subarray(0, members.length));
  }
}

/** What the command prints without --json. */
export function table(result: BenchResult): string {
  const { model, kernels, threads, prompt, generate, batch, repeats } = result;
  const rate = (value: number | undefined) =>
    value === undefined ? 'not measured' : `${value.toFixed(1)} tokens/s`;
  return [
    `${model} (${kernels.join(', ')}), ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    `prefill of ${prompt}: ${rate(result.prefillMedian)}`,
    `decode of ${generate}, ${batch} together: ${rate(result.decodeMedian)}`,
    `medians of ${repeats}`,
  ].join('\n');
}
