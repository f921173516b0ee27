/** Which drafts are taken: by what rows cost, and by what came of drafts before. */
import t from 'tap';
import { MAX_DRAFT_TOKENS, type Speculate } from '../../../../src/config.js';
import { DRAFT_LIST_ENTRIES, MAX_DRAFT_ROWS } from '../../../../src/engine/options.js';
import { RequestState } from '../../../../src/engine/request-state.js';
import { sequencesOf, type Sequence } from '../../../../src/engine/sequence.js';
import { Acceptance, OwnAcceptance } from '../../../../src/engine/speculation/acceptance.js';
import type { Draft, DraftSource } from '../../../../src/engine/speculation/draft-source.js';
import { RowCost } from '../../../../src/engine/speculation/row-cost.js';
import { Speculation } from '../../../../src/engine/speculation/speculation.js';
import { engineOptions, generation, type RequestOverrides } from '../../../support/engine.js';
import { randomSource } from '../../../support/random.js';

let serial = 0;

function sequences(count: number, request: RequestOverrides = {}): Sequence[] {
  return Array.from({ length: count }, () => {
    const asked = generation({ maxTokens: 1000, ...request });
    const state = new RequestState(0, asked, { serial: ++serial, submittedAt: 0 });
    const [sequence] = sequencesOf(state, engineOptions()) as [Sequence];
    sequence.append(97);
    return sequence;
  });
}

/** Always the same tokens, as many as are asked for. */
const eager: DraftSource = {
  draft: (_, most) => ({ tokens: Array.from({ length: most }, (_, i) => i), matched: 20 }),
};

const lengths = (chosen: Map<Sequence, Draft>): number[] =>
  [...chosen.values()].map(({ tokens }) => tokens.length);

t.test('a number of tokens, within what the sequence and the step have room for', (t) => {
  const speculation = (mode: Speculate) => new Speculation(mode, eager, Infinity);
  t.same(speculation('off').choose(sequences(3), 100).size, 0);
  t.same(lengths(speculation(5).choose(sequences(3), 100)), [5, 5, 5]);
  t.same(lengths(speculation(5).choose(sequences(3), 12)), [5, 5, 2]);
  t.same(lengths(speculation(5).choose(sequences(3), 0)), []);
  const many = lengths(speculation(MAX_DRAFT_TOKENS).choose(sequences(9), 1000));
  t.same(many, [16, 16, 16, 16], `${MAX_DRAFT_ROWS} rows together`);
  // One of the tokens that are left is drawn behind the draft.
  const left = [1, 2, 3, 4].flatMap((maxTokens) => sequences(1, { maxTokens }));
  t.same(lengths(speculation(5).choose(left, 100)), [1, 2]);
  const [leader, follower] = sequences(2) as [Sequence, Sequence];
  leader.followers.add(follower);
  t.equal(speculation(5).choose([leader], 100).size, 0, 'others wait for its last row');
  t.end();
});

t.test('lists of draws have room for those of drafts', (t) => {
  const ids = Int32Array.from({ length: 9000 }, (_, i) => i);
  const sampling = { repetitionPenalty: 1.1 };
  const [first, second, third] = sequences(3, { prompt: ids, sampling });
  const chosen = new Speculation(5, eager, Infinity).choose([first!, second!, third!], 100);
  const entries = [...chosen].reduce(
    (sum, [sequence, { tokens }]) =>
      sum + tokens.length * (sequence.mostDrawEntries + tokens.length),
    0,
  );
  t.ok(entries <= DRAFT_LIST_ENTRIES);
  t.same(lengths(chosen), [5, 2]);
  t.end();
});

/** Seconds of steps by their rows. */
type Machine = (rows: number) => number;
/** Reading the weights is most of it, as on one core with a small model. */
const WAITING: Machine = (rows) => 0.003 + 0.0003 * rows;
/** Every row costs the same: a draft must be right nearly always. */
const COMPUTING: Machine = (rows) => 0.003 * rows;

/**
 * Lets some sequences decode for `steps` steps, of which each drafted token is drawn with the
 * probability that `right` gives for its sequence. Tokens a second, by those without drafts.
 */
function decode(
  machine: Machine,
  count: number,
  right: (sequence: number, step: number) => number,
  steps = 2000,
): { speedup: number; drafted: number; perStep: number[] } {
  const random = randomSource(7);
  const speculation = new Speculation('auto', eager, Infinity);
  const all = sequences(count, { maxTokens: 10 ** 6 });
  const gained = all.map(() => 0);
  let [seconds, drafted] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const chosen = speculation.choose(all, 500);
    let [accepted, draftRows] = [0, 0];
    for (const [i, sequence] of all.entries()) {
      const draft = chosen.get(sequence);
      let agreed = 0;
      while (draft !== undefined && agreed < draft.tokens.length && random() < right(i, step))
        agreed++;
      if (draft !== undefined) {
        const drawn = [...draft.tokens.slice(0, agreed), -1];
        speculation.learn(sequence, draft, drawn);
        draftRows += draft.tokens.length;
      }
      accepted += agreed;
      gained[i]! += 1 + agreed;
    }
    const took = machine(count + draftRows);
    seconds += took;
    drafted += draftRows;
    speculation.record({
      ...{ decodeRows: count, draftRows, prefillRows: 0, accepted },
      seconds: took,
    });
  }
  const plain = seconds / machine(count);
  return {
    speedup: gained.reduce((sum, tokens) => sum + tokens / plain, 0) / count,
    drafted,
    perStep: gained.map((tokens) => tokens / plain),
  };
}

t.test('drafts that are right make answers faster, by what rows cost', (t) => {
  const right = decode(WAITING, 1, () => 0.95);
  t.ok(right.speedup > 3.5, `${right.speedup} times as fast`);
  const half = decode(WAITING, 1, () => 0.5);
  t.ok(half.speedup > 1.3 && half.speedup < 2, `${half.speedup} times as fast`);
  t.ok(half.drafted < right.drafted / 2, 'shorter drafts');
  const eight = decode(WAITING, 8, () => 0.95);
  t.ok(eight.speedup > 1.5, `${eight.speedup} times as fast, eight together`);
  t.end();
});

t.test('what is wrong, or costs what it brings, is given up', (t) => {
  for (const [name, machine, right] of [
    ['always wrong', WAITING, 0],
    ['nearly always wrong', WAITING, 0.05],
    ['rows cost what they bring', COMPUTING, 0.9],
    ['rows cost more than they bring', COMPUTING, 0.3],
  ] as const) {
    for (const count of [1, 8]) {
      const { speedup } = decode(machine, count, () => right);
      t.ok(speedup > 0.985, `${name}, ${count} together: ${speedup}`);
    }
  }
  // A text that begins to repeat itself is noticed nevertheless.
  const turns = decode(WAITING, 1, (_, step) => (step > 3000 ? 0.95 : 0), 6000);
  t.ok(turns.speedup > 2, `${turns.speedup} times as fast`);
  t.end();
});

t.test('one that quotes does not slow down those that do not', (t) => {
  const { perStep } = decode(COMPUTING, 8, (i) => (i === 0 ? 0.99 : 0));
  t.ok(Math.min(...perStep) > 0.97, `${perStep.join(' ')}`);
  const cheap = decode(WAITING, 4, (i) => (i === 0 ? 0.95 : 0));
  t.ok(cheap.perStep[0]! > 1.3, `${cheap.perStep.join(' ')}`);
  t.ok(Math.min(...cheap.perStep) > 0.7);
  const mean = cheap.perStep.reduce((product, speed) => product * speed, 1);
  t.ok(mean > 1, 'the geometric mean grows');
  t.end();
});

t.test('steps with prompts, and without anything, say nothing about drafts', (t) => {
  const speculation = new Speculation('auto', eager, Infinity);
  const [one] = sequences(1) as [Sequence];
  t.equal(speculation.choose([one], 9).size, 0, 'what a step costs is not known yet');
  const step = { draftRows: 0, accepted: 0, seconds: 1 };
  speculation.record({ ...step, decodeRows: 1, prefillRows: 8 });
  speculation.record({ ...step, decodeRows: 0, prefillRows: 0 });
  t.equal(speculation.choose([one], 9).size, 0);
  speculation.record({ ...step, decodeRows: 1, prefillRows: 0 });
  t.equal(speculation.choose([one], 9).size, 1);
  t.end();
});

t.test('a step with drafts is not longer than a step may be', (t) => {
  const [one] = sequences(1) as [Sequence];
  const step = { decodeRows: 1, draftRows: 0, prefillRows: 0, accepted: 0, seconds: 0.1 };
  for (const [most, rows] of [
    [1, MAX_DRAFT_TOKENS],
    [0.151, 2],
    [0.09, 0],
  ] as const) {
    const speculation = new Speculation('auto', eager, most);
    speculation.record(step);
    for (let i = 0; i < 40; i++) {
      speculation.learn(one, { tokens: [1], matched: 20 }, [1]);
      speculation.learn(one, { tokens: [1], matched: 40 }, [1]);
    }
    const drafted = lengths(speculation.choose([one], 99));
    t.same(drafted, rows === 0 ? [] : [rows], `within ${most} s`);
  }
  t.end();
});

t.test('what rows cost', (t) => {
  const cost = new RowCost();
  t.equal(cost.of(1), null);
  cost.record(2, 0.5);
  t.same([cost.of(2), cost.of(1), cost.of(7)], [0.5, 0.4, 1], 'by the first guess');
  cost.record(6, 0.9);
  t.same([cost.of(2), cost.of(6)], [0.5, 0.9]);
  t.ok(Math.abs((cost.of(3) ?? 0) - 0.6) < 1e-9, 'between its neighbours');
  cost.record(2, 0.7);
  t.ok(Math.abs((cost.of(2) ?? 0) - 0.55) < 1e-9, 'a quarter of what is new');
  cost.record(2, 50);
  t.ok((cost.of(2) ?? 1) < 0.63, 'a step that was held up counts little');
  cost.record(9, 0);
  t.ok((cost.of(9) ?? 0) > 0, 'a clock that stood still');
  for (let i = 0; i < 300; i++) cost.record(4, 0.8);
  t.ok(Math.abs((cost.of(2) ?? 0) - (0.8 * 5) / 7) < 1e-9, 'what is old is forgotten');
  t.end();
});

t.test('how likely drafted tokens are', (t) => {
  const acceptance = new Acceptance();
  const [one, other] = [new OwnAcceptance(), new OwnAcceptance()];
  const before = [2, 3, 4, 6, 9, 15, 30, 40].map((common) => acceptance.likelihood(one, common));
  t.same(
    before,
    [...before].sort((a, b) => a - b),
    'more in common, more likely',
  );
  for (let i = 0; i < 30; i++) acceptance.learn(one, 3, true);
  t.ok(acceptance.likelihood(one, 3) > 0.9);
  const told = acceptance.likelihood(other, 3);
  t.ok(told > before[1]! && told < acceptance.likelihood(one, 3), 'others learn of it too, less');
  t.equal(acceptance.likelihood(other, 2), before[0], 'of the same kind alone');
  for (let i = 0; i < 30; i++) acceptance.learn(one, 3, false);
  t.ok(acceptance.likelihood(one, 3) < 0.35, 'the newest count most');
  for (let i = 0; i < 10_000; i++) acceptance.step();
  t.ok(Math.abs(acceptance.likelihood(one, 3) - before[1]!) < 1e-3, 'all is forgotten with time');
  t.end();
});
