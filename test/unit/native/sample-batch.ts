/** A small model and a batch that uses every part of a step, for tests of the addon's surface. */
import { fileURLToPath } from 'node:url';
import { openModel } from '../../../src/model/open-model.js';
import {
  BatchCount,
  SIGNAL_WORDS,
  type BatchLimits,
  type LoadOptions,
  type StepBatch,
} from '../../../src/native/addon.js';
import { allocateBatch } from '../../../src/native/batch.js';
import { REFERENCE } from '../../support/reference.js';

export const CONTEXT = 64;
export const KV_BLOCKS = 12;
export const MAX_ROWS = 40;

const LIMITS: BatchLimits = {
  rows: MAX_ROWS,
  sequences: 8,
  blockTableEntries: 16,
  draws: 8,
  countEntries: 8,
  biasEntries: 8,
  maskWords: 64,
  scores: 8,
};

export async function sampleOptions(): Promise<LoadOptions> {
  const source = await openModel(fileURLToPath(new URL('gguf/smollm2.Q8_0.gguf', REFERENCE)));
  return {
    files: source.files,
    spec: { ...source.spec, contextLength: CONTEXT },
    tensors: source.tensors,
    compute: 'auto',
    kvCacheType: 'f16',
    quantize: 'none',
    threads: 2,
    cpus: [],
    pin: false,
    kvBlocks: KV_BLOCKS,
    maxRows: MAX_ROWS,
    isa: '',
    packedCache: null,
    signals: new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS)),
  };
}

/**
 * Two sequences of 20 and 3 rows at positions 0, four draws (greedy; penalties and bias; a mask;
 * all cuts), two scores and one row of logits.
 */
export function sampleBatch(vocab: number): StepBatch {
  const batch = allocateBatch(LIMITS, vocab);
  const { counts } = batch;
  counts[BatchCount.rows] = 23;
  counts[BatchCount.sequences] = 2;
  counts[BatchCount.draws] = 4;
  counts[BatchCount.scores] = 2;
  counts[BatchCount.logitRows] = 1;
  for (let row = 0; row < 23; row++) batch.tokens[row] = (row * 7 + 3) % vocab;
  batch.rowOffsets.set([0, 20, 23]);
  batch.firstPositions.set([0, 0]);
  batch.blockOffsets.set([0, 2, 4]);
  batch.blockTables.set([5, 2, 7, 0]);

  batch.drawRow.set([19, 19, 22, 22]);
  batch.temperature.set([0, 0.7, 1, 1.3]);
  batch.topK.set([0, 0, 0, 12]);
  batch.topP.set([1, 1, 1, 0.9]);
  batch.minP.set([0, 0, 0, 0.02]);
  batch.repetitionPenalty.set([1, 1.2, 1, 1]);
  batch.presencePenalty.set([0, 0.5, 0, 0]);
  batch.frequencyPenalty.set([0, 0.25, 0, 0]);
  batch.seed.set([0n, 7n, 2n ** 64n - 1n, 9n]);
  batch.sampleIndex.set([0, 1, 0, 3]);
  batch.drawIndex.set([0, 0, 5, 2]);
  batch.countRange.set([0, 0, 0, 3, 3, 3, 3, 3]);
  batch.countIds.set([1, 5, vocab - 1]);
  batch.countValues.set([0, 2, 1]);
  batch.biasRange.set([0, 0, 0, 2, 2, 2, 2, 2]);
  batch.biasIds.set([0, 9]);
  batch.biasValues.set([2, -Infinity]);
  batch.maskOffset.set([-1, -1, 3, -1]);
  batch.masks.fill(0x55555555, 3, 3 + Math.ceil(vocab / 32));
  batch.drawTopLogprobs.set([-1, 0, 5, 20]);

  batch.scoreRow.set([4, 21]);
  batch.scoreTarget.set([11, -1]);
  batch.scoreTopLogprobs.set([0, 3]);
  batch.logitRows.set([22]);
  return batch;
}

/** What a step answered, for comparisons bit for bit. */
export function stepOutcome({ results }: StepBatch): object {
  return {
    tokens: [...results.drawTokens],
    status: [...results.drawStatus],
    top: [...results.drawTopIds],
    scores: [...results.scoreLogprobs],
    logits: [...results.logits],
  };
}
