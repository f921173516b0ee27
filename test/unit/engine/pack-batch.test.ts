/** The arrays of a step, element by element. */
import t from 'tap';
import { batchLimits } from '../../../src/engine/options.js';
import { packBatch } from '../../../src/engine/pack-batch.js';
import { RequestState } from '../../../src/engine/request-state.js';
import type { Chunk } from '../../../src/engine/scheduler.js';
import { sequencesOf, type Sequence } from '../../../src/engine/sequence.js';
import { TokenRules } from '../../../src/engine/token-rules.js';
import { BatchCount } from '../../../src/native/addon.js';
import { allocateBatch } from '../../../src/native/batch.js';
import { engineOptions, generation, type RequestOverrides } from '../../support/engine.js';

const options = engineOptions();
let serial = 0;

function sequences(request: RequestOverrides, blocks: readonly number[]): readonly Sequence[] {
  const state = new RequestState(0, generation(request), { serial: ++serial, submittedAt: 0 });
  const made = sequencesOf(state, options);
  for (const each of made) each.blocks.push(...blocks);
  return made;
}

const codes = (text: string): number[] => [...Buffer.from(text)];

/** What a step would read of a batch that held other numbers before. */
function packed(chunks: readonly Chunk[]) {
  const batch = allocateBatch(batchLimits(options));
  const { results: _, seed, ...arrays } = batch;
  for (const array of Object.values(arrays)) (array as Int32Array).fill(99);
  seed.fill(99n);
  packBatch(
    { started: [], chunks, copies: [], prefillRows: 0, decodeRows: 0, draftRows: 0 },
    batch,
  );
  const { counts } = batch;
  const draws = counts[BatchCount.draws]!;
  return {
    counts: [...counts],
    tokens: [...batch.tokens.subarray(0, counts[BatchCount.rows])],
    rowOffsets: [...batch.rowOffsets.subarray(0, chunks.length + 1)],
    firstPositions: [...batch.firstPositions.subarray(0, chunks.length)],
    blockOffsets: [...batch.blockOffsets.subarray(0, chunks.length + 1)],
    blockTables: [...batch.blockTables.subarray(0, batch.blockOffsets[chunks.length])],
    drawRow: [...batch.drawRow.subarray(0, draws)],
    sampleIndex: [...batch.sampleIndex.subarray(0, draws)],
    drawIndex: [...batch.drawIndex.subarray(0, draws)],
    drawTopLogprobs: [...batch.drawTopLogprobs.subarray(0, draws)],
    countRange: [...batch.countRange.subarray(0, 2 * draws)],
    biasRange: [...batch.biasRange.subarray(0, 2 * draws)],
    lists: {
      countIds: [...batch.countIds.subarray(0, batch.countRange[2 * draws - 1])],
      biasIds: [...batch.biasIds.subarray(0, batch.biasRange[2 * draws - 1])],
    },
    scores: Array.from({ length: counts[BatchCount.scores]! }, (_, s) => [
      batch.scoreRow[s],
      batch.scoreTarget[s],
      batch.scoreTopLogprobs[s],
    ]),
  };
}

t.test('chunks, their draws and their scores lie one behind the other', (t) => {
  const prompt = 'x'.repeat(20);
  const three = sequences(
    {
      prompt,
      n: 3,
      topLogprobs: 2,
      sampling: { presencePenalty: 1, logitBias: [[7, 1]] },
    },
    [11, 12, 13],
  );
  three[1]!.append(97);
  three[2]!.append(98);
  three[2]!.append(99);
  const scoring = sequences({ prompt: 'abcdef', promptTopLogprobs: 4 }, [21]);
  const late = sequences({ prompt: 'y'.repeat(33) }, [31, 32, 33]);
  scoring[0]!.computed = 2;
  late[0]!.computed = 32;
  const batch = packed([
    { sequence: three[0]!, rows: 20, draft: null, scores: [], ready: three },
    { sequence: scoring[0]!, rows: 3, draft: null, scores: [2, 4], ready: [] },
    { sequence: late[0]!, rows: 1, draft: null, scores: [], ready: late },
  ]);
  t.same(batch, {
    counts: [24, 3, 4, 2, 0],
    tokens: codes(`${prompt}cdey`),
    rowOffsets: [0, 20, 23, 24],
    firstPositions: [0, 2, 32],
    // As many as the rows need: the first sequence holds one block more.
    blockOffsets: [0, 2, 3, 6],
    blockTables: [11, 12, 21, 31, 32, 33],
    drawRow: [19, 19, 19, 23],
    sampleIndex: [0, 1, 2, 0],
    drawIndex: [0, 1, 2, 0],
    drawTopLogprobs: [2, 2, 2, -1],
    countRange: [0, 0, 0, 1, 1, 3, 3, 3],
    biasRange: [0, 1, 1, 2, 2, 3, 3, 3],
    lists: { countIds: [97, 98, 99], biasIds: [7, 7, 7] },
    scores: [
      [20, 'd'.charCodeAt(0), 4],
      [22, 'f'.charCodeAt(0), 4],
    ],
  });
  t.end();
});

t.test('a request for no tokens draws none', (t) => {
  const [sequence] = sequences({ prompt: 'abc', maxTokens: 0 }, [1]) as [Sequence];
  const batch = packed([{ sequence, rows: 3, draft: null, scores: [], ready: [sequence] }]);
  t.match(batch, { counts: [3, 1, 0, 0, 0], drawRow: [] });
  t.end();
});

t.test('a draw behind drafted tokens is packed as if they had been drawn', (t) => {
  const rules = new TokenRules({
    suppressTokens: codes('e'),
    beginSuppressTokens: codes('abc'),
    badWords: [codes('ab'), codes(' th')],
    sequenceBias: [{ ids: codes('to'), bias: 5 }],
    noRepeatNgramSize: 3,
  });
  const request: RequestOverrides = {
    prompt: 'to be or not to be, ',
    minTokens: 6,
    stopTokenIds: codes('z'),
    topLogprobs: 3,
    sampling: { repetitionPenalty: 1.5, temperature: 0.7, seed: 77n, logitBias: [[9, 2]] },
  };
  // Repeats itself within the draft, and what stands before it.
  const drafted = codes('to to to be to to');
  const make = (answer: string): Sequence => {
    const state = new RequestState(0, generation(request), { serial: ++serial, submittedAt: 0 });
    const [sequence] = sequencesOf(state, { ...options, tokenRules: rules }) as [Sequence];
    for (const token of codes(answer)) sequence.append(token);
    sequence.blocks.push(1, 2, 3);
    sequence.computed = sequence.length - 1;
    return sequence;
  };
  const draws = (chunk: Chunk) => {
    const batch = allocateBatch(batchLimits({ ...options, speculate: 16 }));
    const plan = { started: [], copies: [], prefillRows: 0, decodeRows: 1, draftRows: 0 };
    packBatch({ ...plan, chunks: [chunk] }, batch);
    return Array.from({ length: batch.counts[BatchCount.draws]! }, (_, d) => {
      const pairs = (range: Int32Array, ids: Int32Array, values: Int32Array | Float32Array) =>
        Array.from({ length: range[2 * d + 1]! - range[2 * d]! }, (_, i) => {
          const at = range[2 * d]! + i;
          return [ids[at], values[at]];
        }).sort(([a = 0], [b = 0]) => a - b);
      return {
        token: batch.tokens[batch.drawRow[d]!],
        draw: batch.drawIndex[d],
        seed: batch.seed[d],
        temperature: batch.temperature[d],
        top: batch.drawTopLogprobs[d],
        counts: pairs(batch.countRange, batch.countIds, batch.countValues),
        biases: pairs(batch.biasRange, batch.biasIds, batch.biasValues),
      };
    });
  };
  const sequence = make('or');
  const rows = 1 + drafted.length;
  const draft = { tokens: drafted, matched: 2 };
  const packedAtOnce = draws({ sequence, rows, draft, scores: [], ready: [sequence] });
  t.equal(packedAtOnce.length, rows);
  for (const [i, draw] of packedAtOnce.entries()) {
    const drawn = make('or' + Buffer.from(drafted.slice(0, i)).toString());
    const alone = { sequence: drawn, rows: 1, draft: null, scores: [], ready: [drawn] };
    t.same([draw], draws(alone), `after ${i} drafted tokens`);
  }
  const bans = packedAtOnce.at(-1)?.biases.filter(([, bias]) => bias === -Infinity);
  t.ok(
    bans?.some(([id]) => id === ' '.charCodeAt(0)),
    'what the draft itself has is banned',
  );
  t.equal(sequence.generated.length, 2, 'nothing is left of it');
  const again = { sequence, rows: 1, draft: null, scores: [], ready: [sequence] };
  t.same(draws(again), packedAtOnce.slice(0, 1));
  t.end();
});
