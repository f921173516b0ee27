import type { EnergyMeter } from './energy.js';
import type { Elapsed } from './journal/elapsed.js';

/** What an evaluation has taken: what earlier runs did, and this one since it was made. */
export class Stopwatch {
  readonly #before: Elapsed;
  readonly #meter: EnergyMeter | null;
  readonly #now: () => number;
  readonly #startedAt: number;

  /** `meter` counts from now on; `now` in milliseconds. */
  constructor(before: Elapsed, meter: EnergyMeter | null, now = () => performance.now()) {
    this.#before = before;
    this.#meter = meter;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Of this run, in seconds. */
  get running(): number {
    return (this.#now() - this.#startedAt) / 1000;
  }

  /** Energy that was not measured in an earlier run would be missing: there is none then. */
  elapsed(): Elapsed {
    const { seconds, joules } = this.#before;
    const measured = this.#meter !== null && (joules !== null || seconds === 0);
    return {
      seconds: seconds + this.running,
      joules: measured ? (joules ?? 0) + (this.#meter?.joules() ?? 0) : null,
    };
  }
}
