/** The engine's small parts, each by itself. */
import t from 'tap';
import { systemClock } from '../../../src/engine/clock.js';
import { failure } from '../../../src/engine/messages.js';
import {
  batchLimits,
  blocksFor,
  DRAFT_LIST_ENTRIES,
  MAX_BIAS_ENTRIES,
  MAX_DRAFT_ROWS,
  maxRows,
} from '../../../src/engine/options.js';
import { RequestState } from '../../../src/engine/request-state.js';
import { SequenceList } from '../../../src/engine/sequence-list.js';
import { sequencesOf, type Sequence } from '../../../src/engine/sequence.js';
import { Throughput } from '../../../src/engine/throughput.js';
import { TokenCounts } from '../../../src/engine/token-counts.js';
import { KingletError } from '../../../src/errors.js';
import { MAX_END_IDS } from '../../../src/model/end-ids.js';
import { engineOptions, generation } from '../../support/engine.js';

t.test('counts of tokens, beyond the first arrays', (t) => {
  const counts = new TokenCounts();
  t.equal(counts.length, 0);
  t.same([...counts.ids], []);
  for (let id = 1000; id < 1200; id++) counts.mention(id);
  for (let id = 1100; id < 1300; id++) counts.add(id);
  counts.add(1299);
  t.equal(counts.length, 300);
  for (const id of [1000, 1299, 7, 7, 8]) counts.add(id);
  for (const id of [8, 7]) counts.takeBack(id);
  t.equal(counts.length, 301, 'one 7 is left');
  for (const id of [7, 1299, 1000]) counts.takeBack(id);
  t.equal(counts.length, 300, 'an id of the prompt stays');
  t.same(
    [...counts.ids],
    Array.from({ length: 300 }, (_, i) => 1000 + i),
  );
  t.same(
    [...counts.values],
    Array.from({ length: 300 }, (_, i) => (i < 100 ? 0 : i < 299 ? 1 : 2)),
  );
  t.end();
});

t.test('when a refused client may come back', (t) => {
  let now = 0;
  const throughput = new Throughput(() => now);
  const finish = (seconds: number): void => {
    now += seconds;
    throughput.finished();
  };
  const unknown = throughput.secondsFor(1);
  t.equal(throughput.secondsFor(100), unknown, 'nothing is known');
  finish(1000);
  t.equal(throughput.secondsFor(100), unknown, 'one end tells no interval');
  finish(2);
  t.equal(throughput.secondsFor(1), 2);
  t.equal(throughput.secondsFor(7), 14);
  t.equal(throughput.secondsFor(1000), 120, 'two minutes at most');
  finish(7);
  t.equal(throughput.secondsFor(1), 3, 'a fifth of the newest interval');
  t.equal(throughput.secondsFor(0), 1, 'one second at least');
  for (let i = 0; i < 100; i++) finish(0.01);
  t.equal(throughput.secondsFor(250), 3, 'rounded up');
  t.end();
});

t.test('sizes of a step', (t) => {
  t.same([0, 1, 16, 17].map(blocksFor), [0, 1, 1, 2]);
  t.equal(maxRows({ maxNumBatchedTokens: 5, maxNumSeqs: 9 }), 9);
  t.equal(maxRows({ maxNumBatchedTokens: 10, maxNumSeqs: 9 }), 10);
  const options = engineOptions({ contextLength: 100, maxNumSeqs: 3, maxNumBatchedTokens: 40 });
  const bare = batchLimits(options);
  t.equal(bare.biasEntries, 3 * (MAX_BIAS_ENTRIES + MAX_END_IDS));
  const rules = { suppressTokens: [1, 2, 3], noRepeatNgramSize: 2 };
  t.same(batchLimits({ ...options, rules }), {
    rows: 40,
    sequences: 3,
    blockTableEntries: 3 * 7,
    draws: 3,
    countEntries: 3 * 100,
    biasEntries: 3 * (MAX_BIAS_ENTRIES + MAX_END_IDS + 3 + 100),
    maskWords: 27,
    scores: 40,
  });
  const drafting = batchLimits({ ...options, speculate: 'auto' });
  t.match(drafting, {
    ...{ rows: 40, sequences: 3, scores: 40 },
    draws: 3 + MAX_DRAFT_ROWS,
    countEntries: bare.countEntries + DRAFT_LIST_ENTRIES,
    biasEntries: bare.biasEntries + DRAFT_LIST_ENTRIES,
  });
  const long = engineOptions({ contextLength: 10_000, maxNumSeqs: 3 });
  t.equal(batchLimits(long).countEntries, 3 * 260, 'no more than the vocabulary has');
  t.end();
});

t.test('the clock tells seconds that all threads share', (t) => {
  t.ok(Math.abs(systemClock() - Date.now() / 1000) < 3600, 'since 1970, as Date has it');
  const began = systemClock();
  while (systemClock() === began);
  t.ok(systemClock() > began, 'it goes forward');
  t.end();
});

t.test('what is thrown in the thread as a message', (t) => {
  t.same(failure(new KingletError('file_malformed', 'cut off')), {
    type: 'failed',
    code: 'file_malformed',
    message: 'cut off',
  });
  const unknown = Object.assign(new Error('what?'), { code: 'ENOENT' });
  t.same(failure(unknown), { type: 'failed', code: 'engine_failed', message: 'what?' });
  t.match(failure('a string'), { code: 'engine_failed', message: 'a string' });
  t.match(failure(null), { code: 'engine_failed', message: 'null' });
  t.end();
});

t.test('a list keeps sequences by age', (t) => {
  const sequences = Array.from({ length: 7 }, (_, serial): Sequence => {
    const request = new RequestState(1, generation(), { serial, submittedAt: 0 });
    return sequencesOf(request, engineOptions())[0]!;
  });
  const serials = (list: SequenceList) => [...list].map(({ request }) => request.serial);
  for (const order of [
    [0, 1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1, 0],
    [3, 0, 5, 1, 4, 2],
  ]) {
    const list = new SequenceList();
    t.same([list.oldest, list.youngest], [undefined, undefined]);
    for (const i of order) list.insert(sequences[i]!);
    t.same(serials(list), [0, 1, 2, 3, 4, 5]);
    t.equal(list.oldest, sequences[0]);
    t.equal(list.length, 6);
    list.remove(sequences[6]!);
    t.equal(list.length, 6, 'what is not in it stays out');
    t.equal(list.youngest, sequences[5]);
    for (const [i, left] of [
      [2, [0, 1, 3, 4, 5]],
      [2, [0, 1, 3, 4, 5]],
      [0, [1, 3, 4, 5]],
      [5, [1, 3, 4]],
    ] as const) {
      list.remove(sequences[i]!);
      t.same(serials(list), left);
    }
  }
  t.end();
});
