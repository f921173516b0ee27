import t from 'tap';
import { EventBuffer } from '../../../src/engine/event-buffer.js';
import type { ChoiceDelta, EngineEvent } from '../../../src/engine/types.js';

const MAX_BYTES = 1000;

/** A buffer for `choices`, and what it asked of the engine. */
function buffer(choices: number): { events: EventBuffer; asked: string[] } {
  const asked: string[] = [];
  const events = new EventBuffer(choices, MAX_BYTES, {
    pause: (choice) => asked.push(`pause ${choice}`),
    resume: (choice) => asked.push(`resume ${choice}`),
    abandon: () => asked.push('abandon'),
  });
  return { events, asked };
}

function delta(choice: number, rest: Partial<ChoiceDelta> = {}): EngineEvent {
  const nothing = {
    ...{ text: '', reasoning: '', tokenIds: [], logprobs: [] },
    ...{ thoughtEnd: null, finish: null },
  };
  return { type: 'delta', delta: { choice, ...nothing, ...rest } };
}

const started: EngineEvent = { type: 'started', cachedTokens: 0 };
const failed = { type: 'error', code: 'cancelled', message: '' } as const;

t.test('a reader who waits gets events as they come, in order', async (t) => {
  const { events, asked } = buffer(1);
  const [first, second] = [events.next(), events.next()];
  const third = events.next();
  events.push(started);
  events.push(delta(0, { text: 'x'.repeat(10_000) }));
  t.same(await first, { done: false, value: started });
  t.match(await second, { done: false, value: { delta: { choice: 0 } } });
  events.push(failed);
  events.push(delta(0));
  t.same(await third, { done: false, value: failed });
  t.match(await events.next(), { done: true, value: undefined });
  t.same(asked, [], 'what is taken at once lies nowhere');
});

t.test('the end is the last event', async (t) => {
  const { events, asked } = buffer(1);
  const usage = { promptTokens: 1, cachedTokens: 0, completionTokens: 1, reasoningTokens: 0 };
  const timings = { queue: 0, prefill: 0, decode: 0, firstToken: 0, total: 0 };
  events.push({ type: 'end', usage, timings });
  events.push(started);
  t.match(await events.next(), { done: false, value: { type: 'end' } });
  t.match(await events.next(), { done: true });
  await events.return();
  t.same(asked, []);
});

t.test('readers beyond the end are let go', async (t) => {
  const { events } = buffer(1);
  const waiting = [events.next(), events.next()];
  events.push(failed);
  t.match(await Promise.all(waiting), [{ done: false }, { done: true }]);
});

t.test('a choice pauses above its bytes and resumes at half of them', async (t) => {
  const { events, asked } = buffer(2);
  events.push(started);
  // A delta of no tokens weighs 64 bytes and 2 for each character.
  const half = { text: 'x'.repeat(200), reasoning: 'y'.repeat(18) };
  events.push(delta(1, half));
  events.push(delta(1, half));
  t.same(asked, [], '1000 bytes are allowed');
  events.push(delta(1));
  events.push(delta(1));
  t.same(asked, ['pause 1'], '1128 are not; once is enough');
  events.push(delta(0));
  await events.next();
  await events.next();
  t.same(asked, ['pause 1'], '628 lie there');
  await events.next();
  t.same(asked, ['pause 1', 'resume 1'], 'and now 128');
  await events.next();
  t.same(asked, ['pause 1', 'resume 1'], 'once is enough');
  for (let i = 0; i < 3; i++) events.push(delta(0, half));
  t.same(asked.slice(2), ['pause 0'], 'each choice has its own');
});

t.test('it resumes with exactly half', async (t) => {
  const { events, asked } = buffer(1);
  for (const characters of [219, 218]) events.push(delta(0, { text: 'x'.repeat(characters) }));
  t.same(asked, ['pause 0'], '1002 bytes');
  await events.next();
  t.same(asked, ['pause 0', 'resume 0'], '500 are left');
});

t.test('tokens and log-probabilities weigh too', (t) => {
  const top = (count: number) => Array.from({ length: count }, () => ({ id: 0, logprob: 0 }));
  const logprob = { id: 0, logprob: 0, part: 'answer' } as const;
  const tokens = (count: number) => Array.from({ length: count }, () => 0);
  for (const [weight, allowed, more] of [
    ['8 a token', { tokenIds: tokens(117) }, { tokenIds: tokens(118) }],
    [
      '32 a log-probability, its own and those of the best',
      { logprobs: [{ ...logprob, top: top(28) }], text: 'xxxx' },
      { logprobs: [{ ...logprob, top: top(28) }], text: 'xxxxx' },
    ],
  ] as const) {
    const { events, asked } = buffer(1);
    events.push(delta(0, allowed));
    t.same(asked, [], weight);
    const { events: other, asked: otherAsked } = buffer(1);
    other.push(delta(0, more));
    t.same(otherAsked, ['pause 0'], weight);
  }
  t.end();
});

t.test('an error is met next, whatever lies there', async (t) => {
  const { events, asked } = buffer(1);
  events.push(started);
  events.push(delta(0, { text: 'x'.repeat(1000) }));
  events.fail(failed);
  events.fail({ ...failed, message: 'again' });
  t.same(await events.next(), { done: false, value: failed });
  t.match(await events.next(), { done: true });
  t.same(asked, ['pause 0']);
});

t.test('after the end nothing is asked of the engine', async (t) => {
  const { events, asked } = buffer(1);
  const large = delta(0, { text: 'x'.repeat(1000) });
  events.push(large);
  events.push(large);
  events.push({ ...failed });
  for (let i = 0; i < 3; i++) t.match(await events.next(), { done: false });
  t.match(await events.next(), { done: true });
  t.match(await events.return(), { done: true });
  t.same(asked, ['pause 0'], 'neither resumed nor abandoned');
});

t.test('who leaves early abandons, once', async (t) => {
  const { events, asked } = buffer(1);
  const waiting = events.next();
  t.match(await events.return(), { done: true, value: undefined });
  t.match(await waiting, { done: true });
  events.push(started);
  t.match(await events.next(), { done: true }, 'what came too late is dropped');
  await events.return();
  t.same(asked, ['abandon']);
  const { events: buffered } = buffer(1);
  buffered.push(started);
  await buffered.return();
  t.match(await buffered.next(), { done: true }, 'what lay there too');
  t.equal(buffered[Symbol.asyncIterator](), buffered);
});
