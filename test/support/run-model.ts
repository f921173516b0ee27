/** Runs sequences through the addon without the engine: for golden logits. */
import {
  BatchCount,
  KV_BLOCK_TOKENS,
  SIGNAL_WORDS,
  type Addon,
  type LoadOptions,
  type NativeModel,
} from '../../src/native/addon.js';
import { allocateBatch, runStep } from '../../src/native/batch.js';
import type { ModelSource } from '../../src/model/model-source.js';

export type RunOptions = Partial<
  Pick<LoadOptions, 'compute' | 'kvCacheType' | 'quantize' | 'threads' | 'isa'>
> & {
  readonly context?: number;
};

export class ModelRunner {
  readonly model: NativeModel;
  readonly vocab: number;
  readonly #batch;
  readonly #blocks: number;

  constructor(addon: Addon, source: ModelSource, options: RunOptions = {}) {
    const context = options.context ?? 512;
    this.#blocks = Math.ceil(context / KV_BLOCK_TOKENS);
    this.vocab = source.spec.vocabSize;
    this.model = addon.loadModel({
      files: source.files,
      spec: { ...source.spec, contextLength: Math.min(context, source.spec.contextLength) },
      tensors: source.tensors,
      compute: options.compute ?? 'auto',
      kvCacheType: options.kvCacheType ?? 'f16',
      quantize: options.quantize ?? 'none',
      threads: options.threads ?? 2,
      cpus: [],
      pin: false,
      kvBlocks: this.#blocks,
      maxRows: context,
      isa: options.isa ?? '',
      packedCache: null,
      signals: new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS)),
    });
    this.#batch = allocateBatch({
      rows: context,
      sequences: 1,
      blockTableEntries: this.#blocks,
      draws: 1,
      countEntries: 1,
      biasEntries: 1,
      maskWords: 1,
      scores: 1,
    });
  }

  /** Feeds tokens from `position` on; returns their logits, [tokens][vocab]. */
  run(tokens: ArrayLike<number>, position: number): Float32Array {
    const rows = tokens.length;
    const results = { ...this.#batch.results, logits: new Float32Array(rows * this.vocab) };
    const batch = { ...this.#batch, results };
    batch.counts.fill(0);
    batch.counts[BatchCount.rows] = rows;
    batch.counts[BatchCount.sequences] = 1;
    batch.counts[BatchCount.logitRows] = rows;
    batch.tokens.set(tokens);
    batch.rowOffsets.set([0, rows]);
    batch.firstPositions[0] = position;
    batch.blockOffsets.set([0, this.#blocks]);
    for (let i = 0; i < this.#blocks; i++) batch.blockTables[i] = i;
    for (let i = 0; i < rows; i++) batch.logitRows[i] = i;
    runStep(this.model, batch);
    return results.logits;
  }

  /** The greedy continuation of `prompt`, at most `count` ids, and what follows each. */
  greedy(prompt: ArrayLike<number>, count: number, stop: readonly number[] = []): number[] {
    let logits: Float32Array = this.run(prompt, 0).slice(-this.vocab);
    const ids: number[] = [];
    while (ids.length < count) {
      let best = 0;
      for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
      ids.push(best);
      if (stop.includes(best)) break;
      if (ids.length < count) logits = this.run([best], prompt.length + ids.length - 1);
    }
    return ids;
  }

  close(): void {
    this.model.close();
  }
}
