/** Random logits and a step that draws from them under random parameters, for the samplers' test. */
import type { SamplingName } from '../../../src/model/sampling-parameters.js';
import {
  BatchCount,
  KV_BLOCK_TOKENS,
  MAX_TOP_LOGPROBS,
  type StepBatch,
} from '../../../src/native/addon.js';
import { allocateBatch } from '../../../src/native/batch.js';

/** Draws under the same parameters, which differ in their draw index. */
export const REPEATS = 200;
const ENTRIES = 12;

type Random = () => number;

const below = (random: Random, n: number): number => Math.floor(random() * n);
const chance = (random: Random, p: number): boolean => random() < p;
const between = (random: Random, low: number, high: number): number =>
  low + random() * (high - low);
function oneOf<T>(random: Random, ...values: [T, ...T[]]): T {
  return values[below(random, values.length)] ?? values[0];
}

/** A normal number (Box and Muller, 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const penalty = (random: Random): number => oneOf(random, 0, between(random, -2, 2));

/** Values of each sampling parameter, among them those that ask for nothing or leave one token. */
const PARAMETERS: Readonly<Record<SamplingName, (random: Random, vocab: number) => number>> = {
  temperature: (random) => oneOf(random, 0, 1, 1e-40, between(random, 0.2, 3)),
  topK: (random, vocab) => oneOf(random, 0, 0, 1, 2, vocab, vocab + 5, 1 + below(random, vocab)),
  topP: (random) => oneOf(random, 1, 1, 1e-9, between(random, 0.01, 1)),
  minP: (random) => oneOf(random, 0, 0, 1, between(random, 0, 0.6)),
  repetitionPenalty: (random) => oneOf(random, 1, between(random, 0.3, 1), between(random, 1, 3)),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
};

/** Logits as models have them, of few distinct values, far apart, or not finite. */
export function randomLogits(random: Random, vocab: number): Float64Array {
  const kind = below(random, 8);
  const logits = Float64Array.from({ length: vocab }, () => {
    if (kind <= 3) return 2 * normal(random);
    if (kind <= 5) return below(random, 4) - 2;
    return 30 * normal(random);
  });
  if (kind === 7) logits[below(random, vocab)] = oneOf(random, 1, -1) * 1e39;
  return logits;
}

/** Row r holds token r; each row has REPEATS draws and two scores, and its logits are asked for. */
export function randomStep(random: Random, rows: number, vocab: number): StepBatch {
  const words = Math.ceil(vocab / 32);
  const limits = {
    rows,
    sequences: 1,
    blockTableEntries: Math.ceil(rows / KV_BLOCK_TOKENS),
    draws: rows * REPEATS,
    countEntries: rows * ENTRIES,
    biasEntries: rows * ENTRIES,
    maskWords: rows * words,
    scores: 2 * rows,
  };
  const batch = allocateBatch(limits, rows * vocab);
  batch.counts[BatchCount.rows] = rows;
  batch.counts[BatchCount.sequences] = 1;
  batch.counts[BatchCount.draws] = rows * REPEATS;
  batch.counts[BatchCount.scores] = 2 * rows;
  batch.counts[BatchCount.logitRows] = rows;
  batch.rowOffsets[1] = rows;
  batch.blockOffsets[1] = batch.blockTables.length;
  batch.blockTables.forEach((_, i) => (batch.blockTables[i] = i));
  for (let row = 0; row < rows; row++) {
    batch.tokens[row] = row;
    batch.logitRows[row] = row;
    for (const s of [2 * row, 2 * row + 1]) {
      batch.scoreRow[s] = row;
      batch.scoreTarget[s] = below(random, vocab + 1) - 1;
      batch.scoreTopLogprobs[s] = oneOf(random, 0, 1, 5, MAX_TOP_LOGPROBS);
    }
    addDraws(random, batch, row, vocab);
  }
  return batch;
}

function addDraws(random: Random, batch: StepBatch, row: number, vocab: number): void {
  const first = row * REPEATS;
  const end = first + REPEATS;
  const all = (array: Float32Array | Int32Array, value: number) => array.fill(value, first, end);
  all(batch.drawRow, row);
  for (const [name, values] of Object.entries(PARAMETERS)) {
    all(batch[name as SamplingName], values(random, vocab));
  }
  // Overflows in single precision, if a token is penalized.
  if (chance(random, 0.05)) all(batch.presencePenalty, -(2 ** 127));
  if (chance(random, 0.05)) all(batch.frequencyPenalty, -(2 ** 127));
  all(batch.drawTopLogprobs, oneOf(random, -1, 0, 1, 5, MAX_TOP_LOGPROBS));
  batch.seed.fill(BigInt(below(random, 2 ** 48)), first, end);
  batch.sampleIndex.fill(below(random, 2 ** 32), first, end);
  for (let i = 0; i < REPEATS; i++) batch.drawIndex[first + i] = i;
  addLists(random, batch, row, vocab);
}

function addLists(random: Random, batch: StepBatch, row: number, vocab: number): void {
  const begin = row * ENTRIES;
  const counts = chance(random, 0.6) ? below(random, Math.min(vocab, ENTRIES) + 1) : 0;
  const ids = Array.from({ length: vocab }, (_, id) => id).sort(() => random() - 0.5);
  ids.slice(0, counts).forEach((id, i) => {
    batch.countIds[begin + i] = id;
    batch.countValues[begin + i] = below(random, 4);
  });
  const biases = chance(random, 0.5) ? below(random, ENTRIES + 1) : 0;
  for (let i = begin; i < begin + biases; i++) {
    // Half of them on penalized tokens, so that the order matters; an id may come twice.
    const penalized = counts > 0 && chance(random, 0.5);
    batch.biasIds[i] = penalized ? ids[below(random, counts)]! : below(random, vocab);
    batch.biasValues[i] = chance(random, 0.2) ? -Infinity : between(random, -6, 6);
  }
  const words = Math.ceil(vocab / 32);
  const masked = chance(random, 0.4);
  const density = oneOf(random, 0, 0.1, 0.5, 0.9);
  if (masked) {
    // What comes after the vocabulary in the last word must not matter.
    for (let id = 0; id < 32 * words; id++) {
      if (chance(random, density)) batch.masks[row * words + (id >> 5)]! |= 1 << (id & 31);
    }
  }
  for (let d = row * REPEATS; d < (row + 1) * REPEATS; d++) {
    batch.countRange.set([begin, begin + counts], 2 * d);
    batch.biasRange.set([begin, begin + biases], 2 * d);
    batch.maskOffset[d] = masked ? row * words : -1;
  }
}
