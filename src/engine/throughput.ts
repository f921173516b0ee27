import type { Clock } from './clock.js';

const WEIGHT = 0.2;
const UNKNOWN_SECONDS = 5;
const MAX_SECONDS = 120;

/** How fast requests leave the engine, to tell a refused client when to come back. */
export class Throughput {
  readonly #clock: Clock;
  #lastFinish: number | null = null;
  /** Moving average of the seconds between two requests that end. */
  #interval: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  finished(): void {
    const now = this.#clock();
    if (this.#lastFinish !== null) {
      const interval = now - this.#lastFinish;
      this.#interval = (this.#interval ?? interval) * (1 - WEIGHT) + interval * WEIGHT;
    }
    this.#lastFinish = now;
  }

  /** Whole seconds in which this many requests should be through, at least 1. */
  secondsFor(requests: number): number {
    if (this.#interval === null) return UNKNOWN_SECONDS;
    return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(requests * this.#interval)));
  }
}
