import { SAMPLING_ROWS } from '../model/sampling-parameters.js';
import { BatchCount, KV_BLOCK_TOKENS, type StepBatch } from '../native/addon.js';
import type { Chunk, StepPlan } from './scheduler.js';
import type { Sequence } from './sequence.js';
import { bannedIds } from './text/stop-rules.js';

/**
 * Writes a plan into the arrays of a step. Sequences, draws and scores come in the plan's order;
 * postprocess.ts reads the results in the same.
 */
export function packBatch(plan: StepPlan, batch: StepBatch): void {
  const cursor = { rows: 0, blocks: 0, draws: 0, counts: 0, biases: 0, maskWords: 0, scores: 0 };
  batch.rowOffsets[0] = 0;
  batch.blockOffsets[0] = 0;
  plan.chunks.forEach((chunk, s) => {
    packRows(chunk, s, batch, cursor);
    packDraws(chunk, batch, cursor);
    packScores(chunk, cursor.rows - chunk.rows, batch, cursor);
  });
  batch.counts[BatchCount.rows] = cursor.rows;
  batch.counts[BatchCount.sequences] = plan.chunks.length;
  batch.counts[BatchCount.draws] = cursor.draws;
  batch.counts[BatchCount.scores] = cursor.scores;
  batch.counts[BatchCount.logitRows] = 0;
}

/**
 * How many draws a chunk has: one for each sequence that is ready, from its last row, or one from
 * the last token's row and each of the draft's. A request for no tokens only computes its prompt.
 */
export function drawsOf({ ready, sequence, draft }: Chunk): number {
  if (sequence.rules.maxTokens === 0) return 0;
  return draft === null ? ready.length : 1 + draft.tokens.length;
}

/** The next free entry of each group of arrays. */
interface Cursor {
  rows: number;
  blocks: number;
  draws: number;
  counts: number;
  biases: number;
  maskWords: number;
  scores: number;
}

function packRows(chunk: Chunk, s: number, batch: StepBatch, cursor: Cursor): void {
  const { sequence, rows, draft } = chunk;
  const first = sequence.computed;
  const drafted = draft?.tokens ?? [];
  const own = rows - drafted.length;
  for (let i = 0; i < own; i++) batch.tokens[cursor.rows++] = sequence.tokenAt(first + i);
  for (const token of drafted) batch.tokens[cursor.rows++] = token;
  const blocks = Math.ceil((first + rows) / KV_BLOCK_TOKENS);
  for (let i = 0; i < blocks; i++) batch.blockTables[cursor.blocks++] = sequence.blocks[i]!;
  batch.firstPositions[s] = first;
  batch.rowOffsets[s + 1] = cursor.rows;
  batch.blockOffsets[s + 1] = cursor.blocks;
}

/** Each draw behind a drafted token is as if that had been drawn. */
function packDraws(chunk: Chunk, batch: StepBatch, cursor: Cursor): void {
  if (drawsOf(chunk) === 0) return;
  const { ready, sequence, draft } = chunk;
  const lastRow = cursor.rows - 1;
  if (draft === null) {
    for (const each of ready) packDraw(each, lastRow, batch, cursor);
    return;
  }
  let row = lastRow - draft.tokens.length;
  packDraw(sequence, row, batch, cursor);
  for (const token of draft.tokens) {
    sequence.assume(token);
    packDraw(sequence, ++row, batch, cursor);
  }
  sequence.takeBack();
}

function packDraw(sequence: Sequence, row: number, batch: StepBatch, cursor: Cursor): void {
  const { sampling, topLogprobs } = sequence.request.generation;
  const d = cursor.draws++;
  batch.drawRow[d] = row;
  for (const [name] of SAMPLING_ROWS) batch[name][d] = sampling[name];
  batch.seed[d] = sampling.seed;
  batch.sampleIndex[d] = sequence.choice;
  // Counts what was drawn, not steps: a sequence that was preempted goes on where it was.
  batch.drawIndex[d] = sequence.generated.length;
  const mask = sequence.grammar?.fillMask(batch.masks, cursor.maskWords) ?? 'free';
  batch.maskOffset[d] = mask === 'free' ? -1 : cursor.maskWords;
  if (mask !== 'free') cursor.maskWords += sequence.maskWords;
  batch.drawTopLogprobs[d] = topLogprobs ?? -1;

  batch.countRange[2 * d] = cursor.counts;
  const { counts } = sequence;
  if (counts !== null) {
    batch.countIds.set(counts.ids, cursor.counts);
    batch.countValues.set(counts.values, cursor.counts);
    cursor.counts += counts.length;
  }
  batch.countRange[2 * d + 1] = cursor.counts;

  batch.biasRange[2 * d] = cursor.biases;
  const bias = (id: number, value: number): void => {
    batch.biasIds[cursor.biases] = id;
    batch.biasValues[cursor.biases++] = value;
  };
  for (const [id, value] of sampling.logitBias) bias(id, value);
  // A grammar that leaves nothing but the end has come to it, however few the tokens.
  if (mask !== 'ended') {
    for (const id of bannedIds(sequence.rules, sequence.generated.length)) bias(id, -Infinity);
  }
  sequence.eachRuleBias(bias);
  batch.biasRange[2 * d + 1] = cursor.biases;
}

function packScores(chunk: Chunk, firstRow: number, batch: StepBatch, cursor: Cursor): void {
  const { sequence, scores } = chunk;
  for (const position of scores) {
    const s = cursor.scores++;
    batch.scoreRow[s] = firstRow + position - sequence.computed;
    batch.scoreTarget[s] = sequence.tokenAt(position + 1);
    batch.scoreTopLogprobs[s] = sequence.request.generation.promptTopLogprobs ?? 0;
  }
}
