/** A model that gives whole logits, straight on the addon: no server, one sequence. */
import { batchLimits, blocksFor, modelLoad, type EngineOptions } from '../../engine/options.js';
import type { ModelSource } from '../../model/model-source.js';
import {
  BatchCount,
  SIGNAL_WORDS,
  type Addon,
  type NativeModel,
  type StepBatch,
} from '../../native/addon.js';
import { allocateBatch, runStep } from '../../native/batch.js';

export type LogitOptions = Pick<
  EngineOptions,
  'threads' | 'cpus' | 'pin' | 'compute' | 'kvCacheType' | 'quantize' | 'isa'
>;

/** Memory that the logits of a step may take. */
const LOGIT_BYTES = 32 * 2 ** 20;
const MAX_ROWS = 512;

/** What a model is loaded with for contexts of `context` tokens. */
export function logitPlan(source: ModelSource, options: LogitOptions, context: number) {
  const rows = Math.floor(LOGIT_BYTES / (4 * source.spec.vocabSize));
  return {
    ...options,
    source: { ...source, spec: { ...source.spec, contextLength: context } },
    kvBlocks: blocksFor(context),
    maxNumSeqs: 1,
    maxNumBatchedTokens: Math.min(context, MAX_ROWS, Math.max(1, rows)),
  };
}

export class LogitModel {
  readonly vocab: number;
  readonly isa: string;
  /** Tokens of the largest step. */
  readonly most: number;
  readonly #model: NativeModel;
  readonly #step: StepBatch;
  readonly #blocks: number;

  /** Throws as `Addon.loadModel`. */
  constructor(addon: Addon, plan: ReturnType<typeof logitPlan>) {
    this.vocab = plan.source.spec.vocabSize;
    this.most = plan.maxNumBatchedTokens;
    this.#blocks = plan.kvBlocks;
    this.#model = addon.loadModel({
      ...modelLoad(plan),
      packedCache: null,
      signals: new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS)),
    });
    this.isa = this.#model.info.isa;
    this.#step = allocateBatch(batchLimits(plan), this.most * this.vocab);
  }

  /**
   * Computes `tokens`, at most `most`, at `position` and behind it, and returns the logits of those from
   * the index `from` on, [tokens][vocab]: good until the next call.
   */
  logits(tokens: ArrayLike<number>, position: number, from: number): Float32Array {
    const step = this.#step;
    const count = tokens.length;
    const wanted = Math.max(0, count - from);
    step.counts.fill(0);
    step.counts[BatchCount.rows] = count;
    step.counts[BatchCount.sequences] = 1;
    step.counts[BatchCount.logitRows] = wanted;
    step.tokens.set(tokens);
    step.rowOffsets[1] = count;
    step.firstPositions[0] = position;
    step.blockOffsets[1] = this.#blocks;
    for (let block = 0; block < this.#blocks; block++) step.blockTables[block] = block;
    for (let row = 0; row < wanted; row++) step.logitRows[row] = from + row;
    runStep(this.#model, step);
    return step.results.logits.subarray(0, wanted * this.vocab);
  }

  close(): void {
    this.#model.close();
  }
}
