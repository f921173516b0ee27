/**
 * The fake addon's sampler: what native/sampler/sampler.h promises, in plain JavaScript and with a
 * generator of its own, which is counter-based as the real one is.
 * test/unit/native/sampler-difference.test.ts holds it to the real one.
 */
import { KingletError } from '../../src/errors.js';
import { MAX_TOP_LOGPROBS, RowStatus, type StepBatch } from '../../src/native/addon.js';

/** What a draw may choose; `weights` are proportional to the tokens' probabilities. */
export interface Choice {
  /** `RowStatus`; where it is not ok, `weights` says nothing. */
  readonly status: number;
  readonly weights: Float64Array;
}

/** The tokens that draw `d` may choose on a row's logits, and how likely each is. */
export function choiceOf(batch: StepBatch, d: number, logits: Float32Array): Choice {
  const weights = new Float64Array(logits.length);
  if (!allFinite(logits)) return { status: RowStatus.notFinite, weights };
  const values = adjusted(batch, d, logits);
  const best = argmax(values);
  const largest = values[best]!;
  if (values.includes(NaN) || largest === Infinity) {
    return { status: RowStatus.notFinite, weights };
  }
  if (largest === -Infinity) return { status: RowStatus.nothingLeft, weights };
  const temperature = batch.temperature[d]!;
  if (temperature === 0) {
    weights[best] = 1;
  } else {
    for (let id = 0; id < weights.length; id++) {
      weights[id] = Math.exp((values[id]! - largest) / temperature);
    }
    keepLikeliest(weights, values, batch.minP[d]!, batch.topK[d]! || Infinity, batch.topP[d]!);
  }
  return { status: RowStatus.ok, weights };
}

/** Decides draw `d` on its row's logits and writes its results. */
export function fakeDraw(batch: StepBatch, d: number, logits: Float32Array): void {
  const { results } = batch;
  const { status, weights } = choiceOf(batch, d, logits);
  results.drawStatus[d] = status;
  if (status !== RowStatus.ok) return;
  const token = pick(weights, uniform(batch.seed[d]!, batch.sampleIndex[d]!, batch.drawIndex[d]!));
  results.drawTokens[d] = token;
  const top = batch.drawTopLogprobs[d]!;
  if (top < 0) return;
  const logprobs = logSoftmax(logits);
  results.drawLogprobs[d] = logprobs[token]!;
  writeTop(logits, logprobs, top, results.drawTopIds, results.drawTopLogprobs, d);
}

/** The log-probability of score `s`'s target on its row's logits. */
export function fakeScore(batch: StepBatch, s: number, logits: Float32Array): void {
  const { results } = batch;
  if (!allFinite(logits)) {
    results.scoreStatus[s] = RowStatus.notFinite;
    return;
  }
  results.scoreStatus[s] = RowStatus.ok;
  const logprobs = logSoftmax(logits);
  const target = batch.scoreTarget[s]!;
  if (target >= 0) results.scoreLogprobs[s] = logprobs[target]!;
  const top = batch.scoreTopLogprobs[s]!;
  writeTop(logits, logprobs, top, results.scoreTopIds, results.scoreTopLogprobs, s);
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

/** Natural log-probabilities of a row of logits. */
function logSoftmax(logits: Float32Array): Float64Array {
  const max = logits[argmax(logits)]!;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  const logprobs = new Float64Array(logits);
  const shift = max + Math.log(sum);
  for (let id = 0; id < logprobs.length; id++) logprobs[id]! -= shift;
  return logprobs;
}

/** The largest value's id, the lowest among equals. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let id = 1; id < values.length; id++) if (values[id]! > values[best]!) best = id;
  return best;
}

/** All ids, the largest value first, the lower id first among equals. */
function falling(values: Float32Array): Uint32Array {
  const ids = new Uint32Array(values.length);
  for (let id = 0; id < ids.length; id++) ids[id] = id;
  return ids.sort((a, b) => values[b]! - values[a]! || a - b);
}

/** What a vocabulary is too small for is -1 and -Infinity. */
function writeTop(
  logits: Float32Array,
  logprobs: Float64Array,
  count: number,
  ids: Int32Array,
  values: Float32Array,
  slot: number,
): void {
  if (count <= 0) return;
  const best = falling(logits);
  for (let i = 0; i < count; i++) {
    ids[slot * MAX_TOP_LOGPROBS + i] = best[i] ?? -1;
    values[slot * MAX_TOP_LOGPROBS + i] = i < best.length ? logprobs[best[i]!]! : -Infinity;
  }
}

function checkId(id: number, vocabSize: number): void {
  if (id < 0 || id >= vocabSize)
    throw new KingletError('invalid_argument', `there is no token ${id}`);
}

/** The logits that draw `d` chooses from, rounded to single precision wherever the real one rounds. */
function adjusted(batch: StepBatch, d: number, logits: Float32Array): Float32Array {
  const out = logits.slice();
  const mask = batch.maskOffset[d]!;
  if (mask >= 0) {
    for (let id = 0; id < out.length; id++) {
      if (((batch.masks[mask + (id >> 5)]! >>> (id & 31)) & 1) === 0) out[id] = -Infinity;
    }
  }
  for (let i = batch.biasRange[2 * d]!; i < batch.biasRange[2 * d + 1]!; i++) {
    const id = batch.biasIds[i]!;
    checkId(id, out.length);
    out[id]! += batch.biasValues[i]!;
  }
  const repetition = batch.repetitionPenalty[d]!;
  for (let i = batch.countRange[2 * d]!; i < batch.countRange[2 * d + 1]!; i++) {
    const id = batch.countIds[i]!;
    checkId(id, out.length);
    out[id] = out[id]! > 0 ? out[id]! / repetition : out[id]! * repetition;
    const count = batch.countValues[i]!;
    const frequency = Math.fround(batch.frequencyPenalty[d]! * Math.fround(count));
    if (count > 0) out[id] -= Math.fround(batch.presencePenalty[d]! + frequency);
  }
  return out;
}

/**
 * Zeroes the weights below `minP` (the largest is 1), of those left all but the `topK` largest, and
 * of these what comes after a share `topP`.
 */
function keepLikeliest(
  weights: Float64Array,
  values: Float32Array,
  minP: number,
  topK: number,
  topP: number,
): void {
  if (minP === 0 && topK === Infinity && topP === 1) return;
  const order = falling(values).filter((id) => weights[id]! >= minP);
  const candidates = order.subarray(0, topK);
  let total = 0;
  for (const id of candidates) total += weights[id]!;
  const kept = new Set<number>();
  let mass = 0;
  for (const id of candidates) {
    if (topP < 1 && mass >= topP * total) break;
    kept.add(id);
    mass += weights[id]!;
  }
  for (let id = 0; id < weights.length; id++) if (!kept.has(id)) weights[id] = 0;
}

/** The id at which the weights, added up, exceed the share `u` of their sum. */
function pick(weights: Float64Array, u: number): number {
  let left = 0;
  for (const weight of weights) left += weight;
  left *= u;
  let token = 0;
  for (let id = 0; id < weights.length && left >= 0; id++) {
    if (weights[id] === 0) continue;
    token = id;
    left -= weights[id]!;
  }
  return token;
}

function allFinite(values: Float32Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false;
  return true;
}
