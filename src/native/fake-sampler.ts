/**
 * The fake addon's sampler: the contract of native/sampler/sampler.h (mask, bias, penalties, temperature,
 * min_p, top_k, top_p; log-probabilities of the untouched distribution) in plain JavaScript, with
 * a generator of its own that is counter-based as the real one is.
 */
import { KingletError } from '../errors.js';
import { MAX_TOP_LOGPROBS, RowStatus, type StepBatch } from './addon.js';

/** Natural log-probabilities of a row of logits. */
function logSoftmax(logits: Float64Array): Float64Array {
  let max = -Infinity;
  for (const x of logits) if (x > max) max = x;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  const shift = max + Math.log(sum);
  return logits.map((x) => x - shift);
}

/** The largest value's id, the lowest among equals. */
function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** 32 bits to 32 bits, every input bit reaching every output bit (MurmurHash3's finalizer). */
export function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A number in [0, 1) that its arguments decide. */
function uniform(seed: bigint, sample: number, draw: number): number {
  const low = Number(seed & 0xffffffffn);
  const high = Number((seed >> 32n) & 0xffffffffn);
  return mix32(mix32(mix32(mix32(low) ^ high) ^ sample) ^ draw) / 2 ** 32;
}

function writeTop(
  logprobs: Float64Array,
  count: number,
  ids: Int32Array,
  values: Float32Array,
  slot: number,
): void {
  if (count <= 0) return;
  const left = logprobs.slice();
  for (let i = 0; i < Math.min(count, left.length); i++) {
    const id = argmax(left);
    ids[slot * MAX_TOP_LOGPROBS + i] = id;
    values[slot * MAX_TOP_LOGPROBS + i] = logprobs[id];
    left[id] = -Infinity;
  }
}

function checkId(id: number, vocabSize: number): void {
  if (id < 0 || id >= vocabSize)
    throw new KingletError('invalid_argument', `there is no token ${id}`);
}

/** The logits that draw `d` chooses from. */
function adjusted(batch: StepBatch, d: number, logits: Float64Array): Float64Array {
  const out = logits.slice();
  const mask = batch.maskOffset[d];
  if (mask >= 0) {
    for (let id = 0; id < out.length; id++) {
      if (((batch.masks[mask + (id >> 5)] >>> (id & 31)) & 1) === 0) out[id] = -Infinity;
    }
  }
  for (let i = batch.biasRange[2 * d]; i < batch.biasRange[2 * d + 1]; i++) {
    checkId(batch.biasIds[i], out.length);
    out[batch.biasIds[i]] += batch.biasValues[i];
  }
  for (let i = batch.countRange[2 * d]; i < batch.countRange[2 * d + 1]; i++) {
    const id = batch.countIds[i];
    checkId(id, out.length);
    const count = batch.countValues[i];
    const penalty = batch.repetitionPenalty[d];
    out[id] = out[id] > 0 ? out[id] / penalty : out[id] * penalty;
    if (count > 0) out[id] -= batch.presencePenalty[d] + count * batch.frequencyPenalty[d];
  }
  return out;
}

function choose(batch: StepBatch, d: number, logits: Float64Array): number {
  const temperature = batch.temperature[d];
  const best = argmax(logits);
  if (temperature === 0) return best;
  const weights = logits.map((x) => Math.exp((x - logits[best]) / temperature));
  for (let id = 0; id < weights.length; id++) if (weights[id] < batch.minP[d]) weights[id] = 0;
  const topK = batch.topK[d];
  if (topK > 0 || batch.topP[d] < 1) keepMostLikely(weights, topK || Infinity, batch.topP[d]);
  let left = uniform(batch.seed[d], batch.sampleIndex[d], batch.drawIndex[d]) * sum(weights);
  let token = best;
  for (let id = 0; id < weights.length && left >= 0; id++) {
    if (weights[id] === 0) continue;
    token = id;
    left -= weights[id];
  }
  return token;
}

/** Zeroes all but the `topK` largest weights, and of those all beyond a share `topP`. */
function keepMostLikely(weights: Float64Array, topK: number, topP: number): void {
  const falling = weights.slice().sort().reverse().subarray(0, topK);
  const enough = topP * sum(falling);
  let kept = 0;
  for (let mass = 0; kept < falling.length && mass < enough; kept++) mass += falling[kept];
  const least = falling[kept - 1];
  // Of those that weigh just as much as the last, the first ids stay.
  let equal = kept - falling.findIndex((weight) => weight === least);
  for (let id = 0; id < weights.length; id++) {
    if (weights[id] < least || (weights[id] === least && --equal < 0)) weights[id] = 0;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function allFinite(values: Float64Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false;
  return true;
}

/** Decides draw `d` on its row's logits and writes its results. */
export function fakeDraw(batch: StepBatch, d: number, logits: Float64Array): void {
  const { results } = batch;
  if (!allFinite(logits)) {
    results.drawStatus[d] = RowStatus.notFinite;
    return;
  }
  const allowed = adjusted(batch, d, logits);
  if (allowed.every((x) => x === -Infinity)) {
    results.drawStatus[d] = RowStatus.nothingLeft;
    return;
  }
  const token = choose(batch, d, allowed);
  results.drawStatus[d] = RowStatus.ok;
  results.drawTokens[d] = token;
  const top = batch.drawTopLogprobs[d];
  if (top < 0) return;
  const logprobs = logSoftmax(logits);
  results.drawLogprobs[d] = logprobs[token];
  writeTop(logprobs, top, results.drawTopIds, results.drawTopLogprobs, d);
}

/** The log-probability of score `s`'s target on its row's logits. */
export function fakeScore(batch: StepBatch, s: number, logits: Float64Array): void {
  const { results } = batch;
  if (!allFinite(logits)) {
    results.scoreStatus[s] = RowStatus.notFinite;
    return;
  }
  results.scoreStatus[s] = RowStatus.ok;
  const logprobs = logSoftmax(logits);
  if (batch.scoreTarget[s] >= 0) results.scoreLogprobs[s] = logprobs[batch.scoreTarget[s]];
  writeTop(logprobs, batch.scoreTopLogprobs[s], results.scoreTopIds, results.scoreTopLogprobs, s);
}
