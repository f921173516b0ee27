/**
 * A process that loads the models of its argument one after another, as the plan for each says, runs
 * a step that touches all of their memory, and prints what was planned and what was taken: a line of
 * JSON a model.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planMemory, type MemoryPlan, type MemoryRequest } from '../../src/engine/memory-plan.js';
import { batchLimits, modelLoad } from '../../src/engine/options.js';
import {
  BatchCount,
  KV_BLOCK_TOKENS,
  SIGNAL_WORDS,
  type ModelInfo,
  type ModelSizes,
  type StepBatch,
} from '../../src/native/addon.js';
import { allocateBatch, batchBytes, runStep } from '../../src/native/batch.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { blankModel, type Shape } from './blank-model.js';

export interface TakenRequest {
  readonly shape: Shape;
  readonly formats: readonly string[];
}

export interface Taken {
  readonly format: string;
  readonly plan: MemoryPlan;
  readonly measured: ModelSizes;
  /** What a step's arrays take, which the plan counts as scratch. */
  readonly arrayBytes: number;
  readonly info: ModelInfo;
  /** By how much the process grew. */
  readonly residentBytes: number;
}

function residentBytes(): number {
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

/** One sequence from position 0 over as many rows as a step has, a score of each row. */
function fill(batch: StepBatch, first: number, rows: number): void {
  batch.counts.fill(0);
  batch.counts[BatchCount.rows] = rows;
  batch.counts[BatchCount.sequences] = 1;
  batch.counts[BatchCount.scores] = rows;
  batch.rowOffsets.set([0, rows]);
  batch.firstPositions[0] = first;
  const blocks = Math.ceil((first + rows) / KV_BLOCK_TOKENS);
  batch.blockOffsets.set([0, blocks]);
  for (let block = 0; block < blocks; block++) batch.blockTables[block] = block;
  for (let row = 0; row < rows; row++) batch.scoreRow[row] = row;
}

function take(folder: string, shape: Shape, format: string): Taken {
  const addon = loadAddon();
  const source = blankModel(folder, shape, format);
  const engine: MemoryRequest['engine'] = {
    ...{ source, eosIds: [], threads: 2, cpus: [], isa: '' },
    compute: 'auto',
    kvCacheType: 'f16',
    quantize: 'none',
    maxNumSeqs: 1,
    maxNumBatchedTokens: 128,
  };
  const available = { availableBytes: 2 ** 40, requestBytes: 0 };
  const plan = planMemory(addon, { engine, ...available });
  const options = { ...engine, kvBlocks: plan.kvBlocks };
  const measured = addon.measureModel(modelLoad(options));

  const before = residentBytes();
  const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
  const model = addon.loadModel({ ...modelLoad(options), packedCache: null, signals });
  const limits = batchLimits(options);
  const batch = allocateBatch(limits);
  for (let first = 0; first < plan.contextLength; first += limits.rows) {
    fill(batch, first, Math.min(limits.rows, plan.contextLength - first));
    runStep(model, batch);
  }
  const taken = { measured, arrayBytes: batchBytes(limits), info: model.info };
  const grown = residentBytes() - before;
  model.close();
  return { format, plan, ...taken, residentBytes: grown };
}

const [, , argument = ''] = process.argv;
const request = JSON.parse(argument) as TakenRequest;
const folder = mkdtempSync(join(tmpdir(), 'kinglet-memory-'));
try {
  // The first one brings what all need: code pages, the heap of the pool's threads.
  const [warmUp = ''] = request.formats;
  take(folder, { ...request.shape, vocabSize: 256, layers: 1 }, warmUp);
  for (const format of request.formats) {
    console.log(JSON.stringify(take(folder, request.shape, format)));
  }
} finally {
  rmSync(folder, { recursive: true });
}
