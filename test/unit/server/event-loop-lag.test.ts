import { collectDefaultMetrics, Registry } from 'prom-client';
import t from 'tap';
import { collectProcessMetrics, EventLoopLag } from '../../../src/server/event-loop-lag.js';
import { until } from '../../support/until.js';

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

const described = (registry: Registry): Described[] =>
  registry
    .getMetricsAsArray()
    .map(({ name, help, type }) => ({ name, help, type: String(type) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** A scrape. */
async function scrape(registry: Registry): Promise<(name: string) => number> {
  const metrics = await registry.getMetricsAsJSON();
  return (name) =>
    metrics.find((each) => each.name === `nodejs_eventloop_lag_${name}_seconds`)!.values[0]!.value;
}

t.test('the metrics are those of prom-client', async (t) => {
  const theirs = new Registry();
  collectDefaultMetrics({ register: theirs });
  const ours = new Registry();
  collectProcessMetrics(ours);
  new EventLoopLag(ours, () => false);
  t.strictSame(described(ours), described(theirs));
});

t.test('the delay is measured while there is work', async (t) => {
  const registry = new Registry();
  let working = false;
  const lag = new EventLoopLag(registry, () => working);
  t.notOk(lag.watching, 'an idle process has no timer');
  t.equal((await scrape(registry))('max'), 0, 'nothing was measured');

  working = true;
  lag.watch();
  t.ok(lag.watching);
  const blocked = performance.now() + 150;
  await new Promise((resolve) => setTimeout(resolve, 20));
  while (performance.now() < blocked);
  await new Promise((resolve) => setTimeout(resolve, 130));
  const value = await scrape(registry);
  t.ok(value('max') >= 0.08, `the longest wait was ${value('max')} s`);
  t.ok(value('min') >= 0.009, `none is ${value('min')} s, as prom-client tells it`);
  t.ok(value('min') <= value('p50'));
  t.ok(value('p50') <= value('p99'));
  t.ok(value('p99') <= value('max') * 1.01);
  t.ok(value('mean') > 0 && value('mean') < value('max'));

  await new Promise((resolve) => setTimeout(resolve, 1200));
  t.ok(lag.watching, 'as long as there is work');
  working = false;
  await until(() => !lag.watching);
  await scrape(registry);
  t.equal((await scrape(registry))('mean'), 0, 'a scrape begins anew');
});

t.test('work that is never seen again is watched for a second', async (t) => {
  const lag = new EventLoopLag(new Registry(), () => false);
  lag.watch();
  const began = performance.now();
  await until(() => !lag.watching);
  t.ok(performance.now() - began >= 990);
});
