import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Milliseconds between two looks at the clock: each costs an event loop at work some 60 µs. */
const PERIOD_MS = 50;
/** prom-client's period, which is in every delay that it tells: dashboards know 10 ms as none. */
const BASE_MS = 10;
/** The event loop is watched for so long after it was last said to have work. */
const LINGER_MS = 1000;
/** As long as a timer can be set. */
const NEVER_MS = 2 ** 31 - 1;
const NS_PER_MS = 1e6;

const PREFIX = 'nodejs_eventloop_lag_';

/** What of the delays since the last scrape is told, in nanoseconds. */
const STATISTICS: readonly (readonly [
  name: string,
  help: string,
  value: (delays: RecordableHistogram) => number,
])[] = [
  ['min', 'The minimum recorded event loop delay.', ({ min }) => min],
  ['max', 'The maximum recorded event loop delay.', ({ max }) => max],
  ['mean', 'The mean of the recorded event loop delays.', ({ mean }) => mean],
  ['stddev', 'The standard deviation of the recorded event loop delays.', ({ stddev }) => stddev],
  ...[50, 90, 99].map(
    (percent) =>
      [
        `p${percent}`,
        `The ${percent}th percentile of the recorded event loop delays.`,
        (delays: RecordableHistogram) => delays.percentile(percent),
      ] as const,
  ),
];

/**
 * The process's own metrics, as prom-client names them. Its way of measuring the event loop's delay
 * would wake an idle process a hundred times a second: `EventLoopLag` takes its place.
 */
export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: NEVER_MS });
  for (const name of ['seconds', ...STATISTICS.map(([name]) => `${name}_seconds`)]) {
    register.removeSingleMetric(PREFIX + name);
  }
}

/**
 * prom-client's metrics of the event loop's delay, measured while there is work alone. Without any
 * since the last scrape they are 0.
 */
export class EventLoopLag {
  readonly #delays = createHistogram();
  readonly #working: () => boolean;
  #timer: NodeJS.Timeout | null = null;
  #last = 0;
  #until = 0;

  /** `working`: whether to go on, asked at every look. */
  constructor(registry: Registry, working: () => boolean) {
    this.#working = working;
    const registers = [registry];
    const delays = this.#delays;
    const setters: (() => void)[] = [];
    // The registry asks in the order of registration: this one fills in the others.
    new Gauge({
      name: `${PREFIX}seconds`,
      help: 'Lag of event loop in seconds.',
      registers,
      async collect() {
        const began = performance.now();
        for (const set of setters) set();
        delays.reset();
        await setImmediate();
        this.set((performance.now() - began) / 1000);
      },
    });
    for (const [name, help, value] of STATISTICS) {
      const gauge = new Gauge({ name: `${PREFIX}${name}_seconds`, help, registers });
      setters.push(() => gauge.set(delays.count === 0 ? 0 : value(delays) / NS_PER_MS / 1000));
    }
  }

  /** Whether it looks at the clock now. */
  get watching(): boolean {
    return this.#timer !== null;
  }

  /** There is work: watches until a second after there is none. */
  watch(): void {
    const now = performance.now();
    this.#until = now + LINGER_MS;
    if (this.#timer !== null) return;
    this.#last = now;
    this.#timer = setInterval(() => this.#look(), PERIOD_MS).unref();
  }

  #look(): void {
    const now = performance.now();
    const delay = now - this.#last - PERIOD_MS + BASE_MS;
    this.#delays.record(Math.max(1, Math.round(delay * NS_PER_MS)));
    this.#last = now;
    if (this.#working()) {
      this.#until = now + LINGER_MS;
    } else if (now >= this.#until && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}
