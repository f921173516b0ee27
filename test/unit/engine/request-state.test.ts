import t from 'tap';
import { RequestState } from '../../../src/engine/request-state.js';
import { sequencesOf } from '../../../src/engine/sequence.js';
import { engineOptions, generation, type RequestOverrides } from '../../support/engine.js';

function request(overrides: RequestOverrides, serial = 1): RequestState {
  return new RequestState(1, generation(overrides), { serial, submittedAt: 10 });
}

const score = (id: number) => ({ id, logprob: -id, top: [] });

t.test('scores come once, when all have', (t) => {
  const state = request({ prompt: 'abcd', promptTopLogprobs: 0 });
  t.equal(state.nextScore, 0);
  state.addScores([score(1), score(2)]);
  t.equal(state.nextScore, 2);
  state.addScores([score(3)]);
  t.equal(state.nextScore, null, 'the last token predicts no token of the prompt');
  t.same(state.takeScores(), [score(1), score(2), score(3)]);
  t.equal(state.takeScores(), null);
  t.equal(state.nextScore, null);
  const without = request({ prompt: 'abcd' });
  t.equal(without.nextScore, null);
  without.addScores([score(1)]);
  t.equal(without.takeScores(), null, 'none are wanted');
  t.end();
});

t.test('the n-grams of the prompt are found once for all samples', (t) => {
  const state = request({ prompt: 'abcab' });
  const ngrams = state.promptNgrams(3);
  t.equal(state.promptNgrams(3), ngrams);
  const text = [...Buffer.from('abcab')];
  t.same([...ngrams.followers((position) => text[position]!, 5)], ['c'.charCodeAt(0)]);
  t.end();
});

t.test('usage and timings', (t) => {
  const state = request({ prompt: 'abcd' });
  Object.assign(state, { cachedTokens: 3, completionTokens: 20, reasoningTokens: 7 });
  Object.assign(state, { startedAt: 12, firstTokenAt: 15 });
  t.same(state.end(21), {
    type: 'end',
    usage: { promptTokens: 4, cachedTokens: 3, completionTokens: 20, reasoningTokens: 7 },
    timings: { queue: 2, prefill: 3, decode: 6, firstToken: 5, total: 11 },
  });
  state.firstTokenAt = null;
  t.match(
    state.end(21),
    { timings: { queue: 2, prefill: 9, decode: 0, firstToken: null, total: 11 } },
    'a prompt that is only scored',
  );
  t.end();
});

t.test('sequences are ordered by request, then by choice', (t) => {
  const options = engineOptions();
  const older = sequencesOf(request({ n: 1024 }, 1), options);
  const younger = sequencesOf(request({ n: 2 }, 2), options);
  t.equal(older.length, 1024);
  const all = [...older, ...younger];
  t.same(
    all.toSorted((a, b) => a.age - b.age).map((sequence) => all.indexOf(sequence)),
    [...all.keys()],
  );
  t.equal(new Set(all.map(({ age }) => age)).size, 1026);
  t.same(
    younger.map(({ choice }) => choice),
    [0, 1],
  );
  t.end();
});

t.test('what a sequence counts for penalties', (t) => {
  const counts = (sampling: RequestOverrides['sampling'], late = false) => {
    const [sequence] = sequencesOf(request({ prompt: 'ab', ...(sampling && { sampling }) }), {
      ...engineOptions(),
    });
    if (sequence === undefined) throw new Error('there is none');
    if (!late) void sequence.counts;
    for (const token of [98, 99, 98]) sequence.append(token);
    return sequence.counts && [[...sequence.counts.ids], [...sequence.counts.values]];
  };
  t.equal(counts({}), null);
  const ofAll = [
    [97, 98, 99],
    [0, 2, 1],
  ];
  const ofAnswer = [
    [98, 99],
    [2, 1],
  ];
  for (const late of [false, true]) {
    t.same(counts({ repetitionPenalty: 1.1 }, late), ofAll);
    t.same(counts({ repetitionPenalty: 0.9, presencePenalty: 1 }, late), ofAll);
    t.same(counts({ presencePenalty: -1 }, late), ofAnswer);
    t.same(counts({ frequencyPenalty: 0.5 }, late), ofAnswer);
  }
  t.end();
});
