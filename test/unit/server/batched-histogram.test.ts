import { Registry } from 'prom-client';
import t from 'tap';
import { BatchedHistogram } from '../../../src/server/batched-histogram.js';

t.test('values are in the buckets at a scrape, however many there are', async (t) => {
  const registry = new Registry();
  let model = 'first';
  const histogram = new BatchedHistogram(
    { name: 'h', help: 'h', buckets: [1, 2], labelNames: ['model'], registers: [registry] },
    () => ({ model }),
  );
  const counts = async (): Promise<Record<string, number>> => {
    const [metric] = await registry.getMetricsAsJSON();
    return Object.fromEntries(
      (metric?.values ?? []).map(({ value, labels, metricName }: Sample) => [
        `${metricName} ${labels['model']} ${labels['le'] ?? ''}`.trim(),
        value,
      ]),
    );
  };
  for (let i = 0; i < 2500; i++) histogram.observe(i % 3);
  const first = {
    'h_bucket first 1': 1667,
    'h_bucket first 2': 2500,
    'h_bucket first +Inf': 2500,
    'h_sum first': 2499,
    'h_count first': 2500,
  };
  t.strictSame(await counts(), first);
  t.strictSame(await counts(), first, 'none counts twice');
  model = 'second';
  histogram.observe(5);
  t.match(await counts(), { ...first, 'h_bucket second 2': 0, 'h_count second': 1 });
});

interface Sample {
  readonly value: number;
  readonly labels: Partial<Record<string, string | number>>;
  readonly metricName?: string;
}
