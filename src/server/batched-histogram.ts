import { Histogram, type HistogramConfiguration, type LabelValues } from 'prom-client';

/** Values that are kept until they are sorted into buckets. */
const BATCH = 1024;

/**
 * A histogram of what happens with every token. Values are only written down, and sorted into the
 * buckets at a scrape or when there are many: one at a time, each would fetch prom-client's code and
 * tables into caches that the model's weights have just filled.
 */
export class BatchedHistogram<Label extends string = string> {
  readonly #histogram: Histogram<Label>;
  readonly #labels: () => LabelValues<Label>;
  readonly #values = new Float64Array(BATCH);
  #count = 0;

  /** `labels`: those of all values, asked for when they are sorted. */
  constructor(
    options: Omit<HistogramConfiguration<Label>, 'collect'>,
    labels: () => LabelValues<Label>,
  ) {
    this.#labels = labels;
    this.#histogram = new Histogram({ ...options, collect: () => this.#sort() });
  }

  observe(value: number): void {
    if (this.#count === BATCH) this.#sort();
    this.#values[this.#count++] = value;
  }

  #sort(): void {
    const labels = this.#labels();
    for (const value of this.#values.subarray(0, this.#count)) {
      this.#histogram.observe(labels, value);
    }
    this.#count = 0;
  }
}
