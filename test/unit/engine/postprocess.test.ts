/** A step's results as they are read, without a loop around. */
import t from 'tap';
import { batchLimits } from '../../../src/engine/options.js';
import { postprocess, type ChunkOutcome } from '../../../src/engine/postprocess.js';
import { RequestState } from '../../../src/engine/request-state.js';
import type { Chunk } from '../../../src/engine/scheduler.js';
import { sequencesOf } from '../../../src/engine/sequence.js';
import { MAX_TOP_LOGPROBS, RowStatus, type StepResults } from '../../../src/native/addon.js';
import { allocateBatch } from '../../../src/native/batch.js';
import { BYTE_EOS } from '../../support/byte-tokenizer.js';
import { engineOptions, generation, type RequestOverrides } from '../../support/engine.js';

const options = engineOptions();
let serial = 0;

/** A chunk that has all of its request's prompt. */
function chunkOf(request: RequestOverrides, scores: readonly number[] = []): Chunk {
  const state = new RequestState(0, generation(request), { serial: ++serial, submittedAt: 0 });
  const sequences = sequencesOf(state, options);
  return { sequence: sequences[0]!, rows: 5, draft: null, scores, ready: sequences };
}

function results(fill: (results: StepResults) => void): StepResults {
  const { results } = allocateBatch(batchLimits({ ...options, speculate: 'auto' }));
  // What an earlier step may have left behind.
  for (const array of [results.drawTokens, results.drawTopIds, results.scoreTopIds]) array.fill(1);
  for (const array of [results.drawStatus, results.scoreStatus]) array.fill(RowStatus.notFinite);
  fill(results);
  return results;
}

function read(chunks: readonly Chunk[], from: StepResults): ChunkOutcome[] {
  const plan = { started: [], chunks, copies: [], prefillRows: 0, decodeRows: 0, draftRows: 0 };
  return postprocess(plan, from);
}

/** What each choice got, or the error. */
function gist(outcome: ChunkOutcome): unknown {
  if (outcome.type === 'failed') return outcome.code;
  return outcome.gains.map(({ sequence, delta }) => [sequence.choice, ...delta.tokenIds]);
}

t.test('draws and scores belong to chunks in the order of the plan', (t) => {
  const chunks = [
    chunkOf({ n: 2 }),
    chunkOf({ maxTokens: 0, promptTopLogprobs: 1, n: 2 }, [0, 1]),
    { ...chunkOf({}), ready: [] },
    chunkOf({}),
    chunkOf({ promptTopLogprobs: 0 }, [3]),
  ];
  const outcomes = read(
    chunks,
    results((results) => {
      results.drawStatus.fill(RowStatus.ok, 0, 4);
      results.drawTokens.set([...Buffer.from('abcd')]);
      results.scoreStatus.fill(RowStatus.ok, 0, 3);
      results.scoreLogprobs.set([-1, -2, -3]);
      results.scoreTopIds.set([7], 0);
      results.scoreTopIds.set([8], MAX_TOP_LOGPROBS);
      results.scoreTopLogprobs.set([-0.25], 0);
      results.scoreTopLogprobs.set([-0.5], MAX_TOP_LOGPROBS);
    }),
  );
  t.same(
    outcomes.map(({ chunk }) => chunk),
    chunks,
  );
  t.same(outcomes.map(gist), [
    [
      [0, 97],
      [1, 98],
    ],
    [[0], [1]],
    [],
    [[0, 99]],
    [[0, 100]],
  ]);
  t.same(
    outcomes.map((outcome) => outcome.type === 'computed' && outcome.scores),
    [
      [],
      [
        { id: 'e'.charCodeAt(0), logprob: -1, top: [{ id: 7, logprob: -0.25 }] },
        { id: 'l'.charCodeAt(0), logprob: -2, top: [{ id: 8, logprob: -0.5 }] },
      ],
      [],
      [],
      [{ id: 'o'.charCodeAt(0), logprob: -3, top: [] }],
    ],
  );
  const [, scored] = outcomes;
  const nothing = { text: '', reasoning: '', tokenIds: [], logprobs: [] };
  const finish = { reason: 'length', matched: null, repetition: false };
  t.same(
    scored?.type === 'computed' && scored.gains.map(({ delta }) => delta),
    [0, 1].map((choice) => ({ choice, ...nothing, thoughtEnd: null, finish })),
    'no tokens were asked for',
  );
  t.end();
});

t.test('of a draft comes what was drawn, up to the token that differs or that ends it', (t) => {
  const drafted = (text: string, request: RequestOverrides = {}): Chunk => ({
    ...chunkOf({ maxTokens: 9, ...request }),
    draft: { tokens: [...Buffer.from(text)], matched: 2 },
  });
  for (const [what, chunk, drawn, statuses, expected] of [
    ['all of it', drafted('abc'), 'abcd', [0, 0, 0, 0], 'abcd'],
    ['none', drafted('abc'), 'xbcd', [0, 0, 0, 0], 'x'],
    ['two', drafted('abc'), 'abxd', [0, 0, 0, 0], 'abx'],
    ['a stop id within', drafted('abc', { stopTokenIds: [98] }), 'abcd', [0, 0, 0, 0], 'ab'],
    ['the end', drafted('abc'), `a${String.fromCharCode(BYTE_EOS)}cd`, [0, 0, 0, 0], null],
    ['length', drafted('abc', { maxTokens: 3 }), 'abcd', [0, 0, 0, 0], 'abc'],
    ['a stop string', drafted('abc', { stop: ['b'] }), 'abcd', [0, 0, 0, 0], 'ab'],
    ['not finite behind a wrong token', drafted('abc'), 'xbcd', [0, 1, 1, 1], 'x'],
    ['not finite behind a right one', drafted('abc'), 'abcd', [0, 0, 1, 0], 'ab'],
    ['not finite at first', drafted('abc'), 'abcd', [1, 0, 0, 0], 'not_finite'],
  ] as const) {
    // Another chunk's draw comes behind those of the draft.
    const outcomes = read(
      [chunk, chunkOf({})],
      results((results) => {
        const tokens = Array.from(drawn, (unit) => unit.charCodeAt(0));
        results.drawTokens.set([...tokens, 'z'.charCodeAt(0)]);
        results.drawStatus.set([...statuses, RowStatus.ok]);
      }),
    );
    const [first, second] = outcomes;
    if (expected === 'not_finite') t.match(first, { type: 'failed', code: expected }, what);
    else {
      const tokenIds = expected === null ? [97, BYTE_EOS] : [...Buffer.from(expected)];
      t.match(first, { type: 'computed', gains: [{ delta: { tokenIds } }] }, what);
      t.equal(first?.type === 'computed' && first.gains[0]?.delta.tokenIds.length, tokenIds.length);
    }
    t.same(second && gist(second), [[0, 122]], `${what}: the next chunk has its own draw`);
  }
  t.end();
});

t.test('a chunk fails by its own draws and scores alone', (t) => {
  for (const [what, draws, scores, expected] of [
    ['all is well', [0, 0, 0], [0, 0], [[[0, 97]], [[0, 97]], [[0, 97]]]],
    ['first draw', [1, 0, 0], [0, 0], ['not_finite', [[0, 97]], [[0, 97]]]],
    ['second draw', [0, 2, 0], [0, 0], [[[0, 97]], 'invalid_value', [[0, 97]]]],
    ['third draw', [0, 0, 1], [0, 0], [[[0, 97]], [[0, 97]], 'not_finite']],
    ['first score', [0, 0, 0], [1, 0], [[[0, 97]], 'not_finite', [[0, 97]]]],
    ['second score', [0, 0, 0], [0, 1], [[[0, 97]], [[0, 97]], 'not_finite']],
  ] as const) {
    const chunks = [
      chunkOf({}),
      chunkOf({ promptTopLogprobs: 0 }, [0]),
      chunkOf({ promptTopLogprobs: 0 }, [0]),
    ];
    const outcomes = read(
      chunks,
      results((results) => {
        results.drawTokens.fill(97);
        results.drawStatus.set(draws);
        results.scoreStatus.set(scores);
      }),
    );
    t.same(outcomes.map(gist), expected, what);
  }
  const failing = (status: number) =>
    read(
      [chunkOf({})],
      results((results) => results.drawStatus.set([status])),
    );
  t.match(failing(RowStatus.notFinite), [{ message: /is not finite/ }]);
  t.match(failing(RowStatus.nothingLeft), [{ message: /logit_bias, .* leave no token/ }]);
  const exhausted = chunkOf({});
  Object.defineProperty(exhausted.sequence, 'grammar', { value: { exhausted: true } });
  const outcomes = read(
    [exhausted],
    results((results) => results.drawStatus.set([RowStatus.nothingLeft])),
  );
  t.match(outcomes, [{ code: 'invalid_value', message: /the memory that its states may take/ }]);
  t.end();
});

/** The deltas of one sequence that draws `tokens` one after the other. */
function draw(request: RequestOverrides, tokens: readonly number[]) {
  const chunk = chunkOf(request);
  return tokens.map((token, i) => {
    const [outcome] = read(
      [chunk],
      results((results) => {
        results.drawTokens.set([token]);
        results.drawStatus.set([RowStatus.ok]);
        results.drawLogprobs.set([-i]);
        results.drawTopIds.set([token, 0, 4, -1, 9]);
        results.drawTopLogprobs.set([-i, -8, -9, -10, -11]);
      }),
    );
    if (outcome?.type !== 'computed') throw new Error('it failed');
    const { sequence, delta } = outcome.gains[0]!;
    sequence.append(token);
    return delta;
  });
}

const bytes = (text: string): number[] => [...Buffer.from(text)];

t.test('log-probabilities: none, the drawn one, the best', (t) => {
  t.same(draw({ topLogprobs: null }, [97])[0]?.logprobs, []);
  t.same(draw({ topLogprobs: 0 }, [97, 98])[1]?.logprobs, [
    { id: 98, logprob: -1, top: [], part: 'answer' },
  ]);
  const best = (count: number) => draw({ topLogprobs: count }, [97])[0]?.logprobs[0]?.top;
  t.same(best(2), [
    { id: 97, logprob: -0 },
    { id: 0, logprob: -8 },
  ]);
  t.equal(best(5)?.length, 3, 'the vocabulary has no more');
  t.end();
});

t.test('what a draw ends, and why', (t) => {
  const length = { reason: 'length', matched: null };
  t.match(draw({ maxTokens: 2 }, bytes('ab')), [
    { text: 'a', tokenIds: [97], finish: null },
    { text: 'b', tokenIds: [98], finish: length },
  ]);
  t.match(draw({}, [97, BYTE_EOS])[1], { text: '', finish: { reason: 'stop', matched: null } });
  const stopped = draw({ stop: ['bc'] }, bytes('abc'));
  t.match(stopped, [
    { text: 'a', finish: null },
    { text: '', finish: null },
    { text: '', finish: { reason: 'stop', matched: 'bc' } },
  ]);
  t.match(draw({ stop: ['bc'], maxTokens: 2 }, bytes('ab'))[1], { text: 'b', finish: length });
  t.match(draw({ stop: ['c'], maxTokens: 1 }, bytes('c'))[0], {
    text: '',
    finish: { reason: 'stop', matched: 'c' },
  });
  const character = bytes('é').slice(0, 1);
  t.match(draw({ maxTokens: 1 }, character)[0], { text: '\ufffd', finish: length });
  t.end();
});

t.test('thoughts', (t) => {
  const reasoning = { start: '<t>', end: '</t>', open: true };
  const deltas = draw({ reasoning, topLogprobs: 0, maxTokens: 7 }, [...bytes('a</t>'), BYTE_EOS]);
  t.same(
    deltas.map((delta) => [delta.reasoning, delta.text, delta.logprobs[0]?.part]),
    [
      ['a', '', 'reasoning'],
      ['', '', 'reasoning'],
      ['', '', 'reasoning'],
      ['', '', 'reasoning'],
      ['', '', 'reasoning'],
      ['', '', 'reasoning'],
    ],
  );
  const cut = draw({ reasoning, maxTokens: 2 }, bytes('a<'));
  t.match(cut[1], { reasoning: '<', text: '', finish: { reason: 'length' } });
  const open = draw({ reasoning: { ...reasoning, open: false }, topLogprobs: 0 }, bytes(' <t>'));
  t.same(
    open.map(({ logprobs }) => logprobs[0]?.part),
    ['answer', 'answer', 'answer', 'reasoning'],
  );
  // An answer of nothing but whitespace turns out to hold a stop string at its end.
  const blank = draw(
    { reasoning: { ...reasoning, open: false }, stop: ['\n'], maxTokens: 2 },
    bytes(' \n'),
  );
  t.match(blank[1], { text: ' ', finish: { reason: 'stop', matched: '\n' } });
  t.end();
});
