import t from 'tap';
import { majorityAtK, VoteTally } from '../../../src/statistics/majority.js';

type Answer = string | undefined;

function tallyOf(answers: readonly Answer[]): VoteTally {
  const tally = new VoteTally();
  for (const answer of answers) tally.add(answer);
  return tally;
}

/** Every list of so many of the answers. */
function* lists(length: number, answers: readonly Answer[]): Generator<Answer[]> {
  if (length === 0) return yield [];
  for (const rest of lists(length - 1, answers)) {
    for (const answer of answers) yield [...rest, answer];
  }
}

/** The answer that stands most often, of several the one that stands first. */
function leaderOf(answers: readonly Answer[]): Answer {
  const votes = (answer: Answer) => answers.filter((each) => each === answer).length;
  const given = answers.filter((answer) => answer !== undefined);
  return given.find((answer) => given.every((other) => votes(other) <= votes(answer)));
}

t.test('answers by votes, and by who came first', async (t) => {
  const tally = tallyOf(['7', undefined, '12', '9', '12', '9', undefined, '3']);
  t.strictSame(tally.counts(), [
    { answer: '12', votes: 2, first: 2, indices: [2, 4] },
    { answer: '9', votes: 2, first: 3, indices: [3, 5] },
    { answer: '7', votes: 1, first: 0, indices: [0] },
    { answer: '3', votes: 1, first: 7, indices: [7] },
  ]);
  t.equal(tally.leader(), '12');
  tally.add('9');
  t.equal(tally.leader(), '9');
});

t.test('counts are of their moment', async (t) => {
  const tally = tallyOf(['a']);
  const before = tally.counts();
  tally.add('a');
  t.strictSame(before, [{ answer: 'a', votes: 1, first: 0, indices: [0] }]);
});

t.test('answers are texts like any other', async (t) => {
  const answers = ['', '__proto__', 'constructor', '', '__proto__', '__proto__'];
  t.equal(tallyOf(answers).leader(), '__proto__');
  t.equal(tallyOf(['', undefined]).leader(), '');
  t.ok(tallyOf(['', undefined]).decided(0), 'an empty answer is an answer');
});

t.test('nobody voted', async (t) => {
  for (const answers of [[], [undefined, undefined]]) {
    const tally = tallyOf(answers);
    t.equal(tally.leader(), undefined);
    t.strictSame(tally.counts(), []);
    t.notOk(tally.decided(0));
    t.notOk(tally.decided(1));
  }
});

t.test('leader and decision beside every way in which samples can go on', async (t) => {
  const undecided: Answer[][] = [];
  let decided = 0;
  for (let given = 0; given <= 5; given++) {
    for (const answers of lists(given, ['a', 'b', 'c', undefined])) {
      const tally = tallyOf(answers);
      const leader = leaderOf(answers);
      if (tally.leader() !== leader) undecided.push(answers);
      for (let remaining = 0; remaining <= 7 - given && remaining <= 3; remaining++) {
        // One answer that nobody gave yet is as good as any other.
        const stays = [...lists(remaining, ['a', 'b', 'c', 'new', undefined])].every(
          (rest) => leaderOf([...answers, ...rest]) === leader,
        );
        const wanted = leader !== undefined && stays;
        if (wanted) decided++;
        if (tally.decided(remaining) !== wanted) undecided.push(answers);
      }
    }
  }
  t.strictSame(undecided, []);
  t.ok(decided > 500, 'many are decided early');
});

t.test('the rule of ties decides', async (t) => {
  t.ok(tallyOf(['a', 'a', 'b']).decided(1), 'b can only tie, and came later');
  t.notOk(tallyOf(['b', 'a', 'a']).decided(1), 'b would tie, and came first');
  t.ok(tallyOf(['a']).decided(1), 'a new answer comes later');
  t.notOk(tallyOf(['a']).decided(2));
});

t.test('so many cannot remain', async (t) => {
  for (const remaining of [-1, 0.5, NaN, Infinity]) {
    t.throws(() => tallyOf(['a']).decided(remaining), RangeError, `${remaining}`);
  }
});

t.test('maj@k', async (t) => {
  const answers = ['5', '4', '4', '5', undefined, '5', '4', undefined, undefined, '5'];
  const isRight = (answer: string) => answer === '5';
  t.equal(majorityAtK(answers, isRight, 1), 4 / 10, 'the mean accuracy');
  t.equal(majorityAtK(answers, isRight, 3), 1 / 3, '4, 5, 4; the last is left out');
  t.equal(majorityAtK(answers, isRight, 2), 3 / 5, 'ties go to the first');
  t.equal(majorityAtK(answers, isRight, 10), 1, 'the plain majority');
  t.equal(
    majorityAtK([undefined, undefined], () => true, 2),
    0,
    'all abstain',
  );
  for (const k of [0, -1, 1.5, 11, NaN]) {
    t.throws(() => majorityAtK(answers, isRight, k), RangeError, `${k}`);
  }
  t.throws(() => majorityAtK([], isRight, 1), RangeError);
});
