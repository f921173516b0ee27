/** The arrays of a step, element by element. */
import t from 'tap';
import { batchLimits } from '../../../src/engine/options.js';
import { packBatch } from '../../../src/engine/pack-batch.js';
import { RequestState } from '../../../src/engine/request-state.js';
import type { Chunk } from '../../../src/engine/scheduler.js';
import { sequencesOf, type Sequence } from '../../../src/engine/sequence.js';
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
