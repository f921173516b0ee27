import {
  BATCH_COUNTS,
  MAX_TOP_LOGPROBS,
  type BatchLimits,
  type NativeModel,
  type StepBatch,
} from './addon.js';
import { perParameter, type SamplingArrays } from '../model/sampling-parameters.js';

/**
 * Allocates the arrays of a step once; `limits` bounds what one step can carry, `logits` the numbers
 * of rows whose whole logits are asked for. The sampling parameters are neutral.
 */
export function allocateBatch(limits: BatchLimits, logits = 0): StepBatch {
  const { rows, sequences, draws, scores } = limits;
  return {
    counts: new Int32Array(BATCH_COUNTS),
    tokens: new Int32Array(rows),
    rowOffsets: new Int32Array(sequences + 1),
    firstPositions: new Int32Array(sequences),
    blockOffsets: new Int32Array(sequences + 1),
    blockTables: new Int32Array(limits.blockTableEntries),
    drawRow: new Int32Array(draws),
    ...samplingArrays(draws),
    seed: new BigUint64Array(draws),
    sampleIndex: new Uint32Array(draws),
    drawIndex: new Uint32Array(draws),
    countRange: new Int32Array(2 * draws),
    biasRange: new Int32Array(2 * draws),
    maskOffset: new Int32Array(draws),
    drawTopLogprobs: new Int32Array(draws),
    countIds: new Int32Array(limits.countEntries),
    countValues: new Int32Array(limits.countEntries),
    biasIds: new Int32Array(limits.biasEntries),
    biasValues: new Float32Array(limits.biasEntries),
    masks: new Uint32Array(limits.maskWords),
    scoreRow: new Int32Array(scores),
    scoreTarget: new Int32Array(scores),
    scoreTopLogprobs: new Int32Array(scores),
    logitRows: new Int32Array(rows),
    results: {
      drawTokens: new Int32Array(draws),
      drawLogprobs: new Float32Array(draws),
      drawStatus: new Uint8Array(draws),
      drawTopIds: new Int32Array(draws * MAX_TOP_LOGPROBS),
      drawTopLogprobs: new Float32Array(draws * MAX_TOP_LOGPROBS),
      scoreLogprobs: new Float32Array(scores),
      scoreStatus: new Uint8Array(scores),
      scoreTopIds: new Int32Array(scores * MAX_TOP_LOGPROBS),
      scoreTopLogprobs: new Float32Array(scores * MAX_TOP_LOGPROBS),
      logits: new Float32Array(logits),
    },
  };
}

/** A step in which nothing else is done meanwhile. */
export function runStep(model: NativeModel, batch: StepBatch): void {
  model.startStep(batch);
  model.finishStep();
}

function samplingArrays(draws: number): SamplingArrays {
  return perParameter((_, { array, neutral }) => new array(draws).fill(neutral)) as SamplingArrays;
}

/**
 * Bytes of the arrays that `allocateBatch` makes. It makes them to count them, which costs nothing:
 * memory is taken when somebody writes to it.
 */
export function batchBytes(limits: BatchLimits): number {
  const { results, ...arrays } = allocateBatch(limits);
  const bytes = (group: Readonly<Record<string, ArrayBufferView>>): number =>
    Object.values(group).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return bytes(arrays) + bytes({ ...results });
}
