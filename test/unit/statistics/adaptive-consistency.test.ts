import t from 'tap';
import { stopsAt } from '../../../src/statistics/adaptive-consistency.js';
import { VoteTally } from '../../../src/statistics/majority.js';

/** So many votes for each of several answers. */
function tallyOf(...votes: readonly number[]): VoteTally {
  const tally = new VoteTally();
  votes.forEach((count, answer) => {
    for (let i = 0; i < count; i++) tally.add(`answer ${answer}`);
  });
  return tally;
}

/**
 * 1 - I_1/2(first + 1, second + 1):
 * more than `second` heads in first + second + 1 tosses (DLMF 8.17.5).
 */
function probability(first: number, second: number): number {
  const tosses = first + second + 1;
  let ways = 1;
  let sum = 0;
  for (let heads = 0; heads <= tosses; heads++) {
    if (heads > second) sum += ways;
    ways = (ways * (tosses - heads)) / (heads + 1);
  }
  return sum / 2 ** tosses;
}

t.test('the confidence at which it stops is the probability of the majority', async (t) => {
  for (let first = 1; first <= 20; first++) {
    for (let second = 0; second <= first; second++) {
      const wanted = probability(first, second);
      const tally = tallyOf(first, second);
      t.ok(stopsAt(wanted - 1e-12, tally), `${first} to ${second}, below ${wanted}`);
      // Above the largest double below 1 there is no confidence.
      if (wanted < 1 - 1e-11) t.notOk(stopsAt(wanted + 1e-12, tally), `${first} to ${second}`);
    }
  }
});

t.test('how many samples agree until it stops', async (t) => {
  const alone = (confidence: number) =>
    Array.from({ length: 20 }, (_, votes) => votes).find((votes) =>
      stopsAt(confidence, tallyOf(votes)),
    );
  // 1 - 2^-(votes + 1)
  t.equal(alone(0.95), 4);
  t.equal(alone(0.99), 6);
  t.equal(alone(0.75), 1, 'as much is enough');
});

t.test('votes for the leader bring the end closer, votes for the second put it off', async (t) => {
  for (const confidence of [0.6, 0.9, 0.95, 0.999]) {
    for (let second = 0; second <= 10; second++) {
      for (let first = second; first <= 30; first++) {
        if (!stopsAt(confidence, tallyOf(first, second))) continue;
        t.ok(stopsAt(confidence, tallyOf(first + 1, second)), `${first + 1} to ${second}`);
        if (second > 0) t.ok(stopsAt(confidence, tallyOf(first, second - 1)), `${first}, fewer`);
      }
    }
  }
});

t.test('the third and those who abstain do not count', async (t) => {
  const tally = tallyOf(6, 1, 1, 1);
  for (let i = 0; i < 9; i++) tally.add(undefined);
  t.equal(stopsAt(0.96, tally), stopsAt(0.96, tallyOf(6, 1)));
  t.ok(stopsAt(0.96, tally), '247 / 256');
  t.notOk(stopsAt(0.97, tally));
});

t.test('a tie does not stop, nor does nothing', async (t) => {
  t.notOk(stopsAt(0.51, tallyOf(500, 500)));
  t.notOk(stopsAt(0.01, new VoteTally()));
});

t.test('what is no confidence is refused', async (t) => {
  for (const confidence of [0, 1, -0.5, 95, NaN]) {
    t.throws(() => stopsAt(confidence, tallyOf(3)), RangeError, `${confidence}`);
  }
});
