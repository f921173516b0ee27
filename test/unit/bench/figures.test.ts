import t from 'tap';
import {
  allowedRate,
  largest,
  meanSpeed,
  percentile,
  serverShare,
  shareWithin,
} from '../../../bench/serving/figures.js';

t.test('percentiles are values, whatever the order', async (t) => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  t.equal(percentile(values, 0.5), 101);
  t.equal(percentile(values, 0.99), 199);
  t.equal(percentile(values, 1), 200);
  t.equal(percentile([7], 0.99), 7);
  t.equal(percentile([30, 9, 100], 0.5), 30, 'by number, not by text');
  t.ok(Number.isNaN(percentile([], 0.5)));
});

t.test('the largest of more values than a call takes arguments', async (t) => {
  const values = Array.from({ length: 500_000 }, (_, i) => -i - 1);
  t.equal(largest(values), -1);
  t.equal(largest([1, 5, 2]), 5);
  t.ok(Number.isNaN(largest([])));
});

t.test('a value at the limit is within it', async (t) => {
  t.equal(shareWithin([100, 250, 251, 600], 250), 0.5);
  t.ok(Number.isNaN(shareWithin([], 250)));
});

t.test('the engine alone: time of prefill and time of decode add up', async (t) => {
  // 128 tokens of each: 0.128 s and 0.256 s.
  const speed = { prefill: 1000, decode: 500 };
  t.equal(allowedRate(speed, 1).toFixed(6), (128 / (0.128 + 0.256)).toFixed(6));
  t.equal(allowedRate(speed, 0), 500, 'all of the prompt came from the prefix cache');
});

t.test('speeds before and after: the mean is that of their times', async (t) => {
  const speeds = [
    { prefill: 1000, decode: 400 },
    { prefill: 1000, decode: 600 },
  ];
  t.same(meanSpeed(speeds), { prefill: 1000, decode: 480 });
});

t.test('the generator took CPUs from the server', async (t) => {
  const speed = { prefill: 1000, decode: 500 };
  const arrivals = { rate: 300, promptTokens: 1, generatorCpus: 0 };
  t.equal(serverShare(speed, arrivals, 2).toFixed(6), (0.9).toFixed(6));
  t.equal(
    serverShare(speed, { ...arrivals, generatorCpus: 0.2 }, 2).toFixed(6),
    (0.9 / (1.8 / 2)).toFixed(6),
  );
  t.equal(
    serverShare(speed, { ...arrivals, generatorCpus: 0.2 }, 8).toFixed(6),
    (0.9 / (7.8 / 8)).toFixed(6),
  );
});
