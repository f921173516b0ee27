import t from 'tap';
import type { RequestEvent, TurnMessage } from '../../../src/engine/messages.js';
import { packTurn, unpackTurn } from '../../../src/engine/packed-turn.js';
import type { ChoiceDelta } from '../../../src/engine/types.js';

const stats = {
  waiting: 1,
  running: 2,
  kvBlocksTotal: 3,
  kvBlocksUsed: 4,
  prefixQueriedTokens: 5,
  prefixHitTokens: 6,
  promptTokens: 7,
  generationTokens: 8,
  preemptions: 9,
  cancelled: 10,
  drafts: 17,
  draftTokens: 18,
  acceptedTokens: 19,
};
const report = {
  rows: 11,
  prefillRows: 12,
  decodeRows: 13,
  draftRows: 20,
  generatedTokens: 14,
  promptTokens: 15,
  seconds: 0.5,
};

const delta = (key: number, changes: Partial<ChoiceDelta> = {}): RequestEvent => {
  const plain = {
    ...{ choice: 0, text: 'a', reasoning: '', tokenIds: [7], logprobs: [] },
    ...{ thoughtEnd: null, finish: null },
  };
  return { key, event: { type: 'delta', delta: { ...plain, ...changes } } };
};

/** What arrives in the other thread. */
const sent = (turn: TurnMessage): TurnMessage => unpackTurn(structuredClone(packTurn(turn)));

t.test('a turn arrives as it was, its events in order', (t) => {
  const logprob = { id: 7, logprob: -Infinity, top: [], part: 'answer' } as const;
  const events: RequestEvent[] = [
    { key: 3, event: { type: 'started', cachedTokens: 16 } },
    { key: 3, event: { type: 'promptScores', scores: [{ id: 1, logprob: -0.5, top: [] }] } },
    delta(3),
    delta(4, { text: '', tokenIds: [0] }),
    delta(3, { choice: 2, text: '\ud83d\ude00"\n', tokenIds: [128_000] }),
    delta(5, { text: '', reasoning: 'hm' }),
    delta(5, { logprobs: [logprob] }),
    delta(5, { text: 'ab', tokenIds: [1, 2] }),
    delta(5, { text: 'held', tokenIds: [] }),
    delta(5, { thoughtEnd: { by: 'budget', tokens: 4 } }),
    delta(5, { finish: { reason: 'stop', matched: null, repetition: true } }),
    delta(1_000_000_007),
    { key: 4, event: { type: 'error', code: 'not_finite', message: 'No.' } },
    {
      key: 3,
      event: {
        type: 'end',
        usage: { promptTokens: 1, cachedTokens: 2, completionTokens: 3, reasoningTokens: 4 },
        timings: { queue: 1, prefill: 2, decode: 3, firstToken: 4, total: 5 },
      },
    },
  ];
  const turn: TurnMessage = { type: 'turn', events, report, stats, received: 16 };
  t.strictSame(sent(turn), turn);
  const empty: TurnMessage = { ...turn, events: [], report: null };
  t.strictSame(sent(empty), empty);
  t.end();
});

t.test('a token alone is sent without names', (t) => {
  const turn: TurnMessage = { type: 'turn', events: [delta(3)], report, stats, received: 1 };
  t.strictSame(packTurn(turn).at(-1), [3, 0, 'a', 7]);
  t.end();
});
