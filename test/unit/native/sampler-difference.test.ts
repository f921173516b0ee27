/** The fake sampler against the real one: what one may draw, the other may, and just as often. */
import { randomSource } from '../../support/random.js';
import t, { type Test } from 'tap';
import { BatchCount, RowStatus, type StepBatch } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { runStep } from '../../../src/native/batch.js';
import { choiceOf, fakeDraw, fakeScore } from '../../support/fake-sampler.js';
import { logitsModel } from './logits-model.js';
import { randomLogits, randomStep, REPEATS } from './random-draws.js';

/** Below a word of a mask, at its border and beyond it; beyond a block of the selection. */
const VOCABULARIES = [2, 3, 17, 31, 32, 33, 300];
const ROWS = 16;
/** Rows that are drawn from, each under parameters of its own, for each vocabulary. */
const PARAMETERS = process.env['KINGLET_TEST_QUICK'] === '1' ? 32 : 64;
/** What no sampler writes. */
const UNTOUCHED = 77;
/** Deviations that a right sampler's counts do not reach in all tests together. */
const SIGMAS = 6;

const addon = loadAddon();

function untouched(batch: StepBatch): StepBatch {
  const { logits: _, ...results } = batch.results;
  for (const array of Object.values(results)) array.fill(UNTOUCHED);
  return batch;
}

/** The same step by the fake, on the logits that the real model answered. */
function runFake(real: StepBatch, vocab: number): StepBatch {
  const fake = untouched(structuredClone(real));
  const logits = (row: number) => real.results.logits.subarray(row * vocab, (row + 1) * vocab);
  for (let d = 0; d < fake.counts[BatchCount.draws]!; d++) {
    fakeDraw(fake, d, logits(fake.drawRow[d]!));
  }
  for (let s = 0; s < fake.counts[BatchCount.scores]!; s++) {
    fakeScore(fake, s, logits(fake.scoreRow[s]!));
  }
  return fake;
}

/** Why two lists of numbers are not the same, floats up to their rounding, or ''. */
function difference<Numbers extends Float32Array | Int32Array | Uint8Array>(
  real: Numbers,
  fake: Numbers,
): string {
  for (const [i, a] of real.entries()) {
    const b = fake[i] ?? NaN;
    if (a !== b && !(Math.abs(a - b) <= 2e-5 * Math.max(1, Math.abs(b)))) {
      return `[${i}] is ${a} and ${b}`;
    }
  }
  return '';
}

/** Whether another rounding would cut elsewhere: then the samplers may differ. */
function isCloseCall(batch: StepBatch, d: number, logits: Float32Array): boolean {
  const supports = [-1, 1].map((side) => {
    const nudged = { ...batch, topP: batch.topP.slice(), minP: batch.minP.slice() };
    if (nudged.topP[d]! < 1) nudged.topP[d] = Math.min(1, nudged.topP[d]! * (1 + side * 2e-6));
    // Weights of just 1 are exact in both.
    if (nudged.minP[d]! < 1) nudged.minP[d]! *= 1 + side * 2e-6;
    return [...choiceOf(nudged, d, logits).weights].map((weight) => weight > 0).join();
  });
  return supports[0] !== supports[1];
}

/** What is wrong with the tokens that were drawn `REPEATS` times by these weights, or ''. */
function unlikely(tokens: Int32Array, weights: Float64Array): string {
  const total = weights.reduce((sum, weight) => sum + weight);
  if (!(total > 0)) return 'no token can be drawn';
  const drawn = new Float64Array(weights.length);
  for (const token of tokens) drawn[token]!++;
  for (const [id, count] of drawn.entries()) {
    const share = weights[id]! / total;
    if (share === 0 && count > 0) return `token ${id} was drawn and cannot be`;
    const deviation = Math.sqrt(REPEATS * share * (1 - share));
    if (Math.abs(count - REPEATS * share) > SIGMAS * deviation + 3) {
      return `token ${id} was drawn ${count} times, not about ${REPEATS * share}`;
    }
  }
  return '';
}

/** Compares all that the two samplers wrote but the tokens that the generators decide. */
function compareResults(t: Test, real: StepBatch, fake: StepBatch): void {
  const { drawTokens: _, drawLogprobs: __, logits: ___, ...results } = real.results;
  for (const [name, array] of Object.entries(results)) {
    t.equal(difference(array, fake.results[name as keyof typeof results]), '', name);
  }
}

interface Tally {
  ok: number;
  notFinite: number;
  nothingLeft: number;
  closeCalls: number;
}

/** The draws of one row: by the real sampler and by the fake, both against the fake's weights. */
function compareDraws(t: Test, real: StepBatch, fake: StepBatch, row: number, tally: Tally): void {
  const vocab = real.results.logits.length / real.counts[BatchCount.rows]!;
  const first = row * REPEATS;
  const logits = real.results.logits.subarray(row * vocab, (row + 1) * vocab);
  const { status, weights } = choiceOf(fake, first, logits);
  const [tokens, fakeTokens] = [real, fake].map(({ results }) =>
    results.drawTokens.subarray(first, first + REPEATS),
  ) as [Int32Array, Int32Array];
  if (status !== RowStatus.ok) {
    tally[status === RowStatus.notFinite ? 'notFinite' : 'nothingLeft']++;
    t.ok(
      tokens.every((token) => token === UNTOUCHED),
      'nothing was drawn',
    );
    return;
  }
  t.equal(unlikely(fakeTokens, weights), '', "the fake's tokens");
  if (isCloseCall(fake, first, logits)) {
    tally.closeCalls++;
    return;
  }
  tally.ok++;
  t.equal(unlikely(tokens, weights), '', "the real sampler's tokens");
  // Where both drew the same token, they say the same of it.
  const asked = fake.drawTopLogprobs[first]! >= 0;
  const logprobs = (batch: StepBatch) => (_: number, i: number) =>
    tokens[i] === fakeTokens[i] ? batch.results.drawLogprobs[first + i]! : 0;
  const expected = Float32Array.from(fakeTokens, logprobs(fake));
  t.equal(difference(Float32Array.from(tokens, logprobs(real)), expected), '', 'drawLogprobs');
  if (!asked)
    t.ok(real.results.drawLogprobs.subarray(first, first + REPEATS).every((x) => x === UNTOUCHED));
}

for (const vocab of VOCABULARIES) {
  t.test(`a vocabulary of ${vocab}`, async (t) => {
    const random = randomSource(vocab);
    const rows = Math.min(vocab, ROWS);
    const tally: Tally = { ok: 0, notFinite: 0, nothingLeft: 0, closeCalls: 0 };
    for (let seen = 0; seen < PARAMETERS; seen += rows) {
      const chosen = Array.from({ length: rows }, () => randomLogits(random, vocab));
      const model = addon.loadModel(await logitsModel(t.testdir({}), chosen));
      const real = untouched(randomStep(random, rows, vocab));
      runStep(model, real);
      model.close();
      const asked = Float32Array.from(chosen.flatMap((logits) => [...logits]));
      t.equal(difference(real.results.logits, asked), '', 'the logits that were chosen');
      const fake = runFake(real, vocab);
      compareResults(t, real, fake);
      for (let row = 0; row < rows; row++) compareDraws(t, real, fake, row, tally);
    }
    t.comment(tally);
    t.ok(tally.ok > 0 && tally.notFinite > 0 && tally.nothingLeft > 0, 'each outcome was met');
    t.ok(tally.closeCalls <= tally.ok / 10, 'few cuts depend on rounding');
  });
}
