import { templateFailed } from '../errors/requests.js';
import { clientGone } from '../errors/availability.js';
import { tooComplex } from '../grammar/grammar-error.js';
import { MAX_COMPILE_MS } from '../grammar/limits.js';
import { CANCELLED, HEARTBEAT } from './jobs.js';
import type { JobGuard } from './prompt-maker.js';

/** The CPU clock is a file of /proc: it is read no more often than this, in milliseconds. */
const CLOCK_EVERY_MS = 5;

/** Holds a thread's jobs to what the server says: given up, or out of time. */
export class ThreadGuard implements JobGuard {
  readonly #words: Int32Array;
  readonly #cpuMs: () => number;
  readonly #maxRenderMs: number;
  #job = 0;
  #startedAt = 0;
  #lookedAt = 0;

  /** `words`: shared with the server (jobs.ts). `cpuMs`: the thread's clock of CPU time. */
  constructor(words: Int32Array, cpuMs: () => number, maxRenderMs: number) {
    this.#words = words;
    this.#cpuMs = cpuMs;
    this.#maxRenderMs = maxRenderMs;
  }

  begin(job: number): void {
    this.#job = job;
    this.#startedAt = this.#cpuMs();
    this.#lookedAt = performance.now();
  }

  checkpoint(): void {
    Atomics.add(this.#words, HEARTBEAT, 1);
    if (Atomics.load(this.#words, CANCELLED) === this.#job) {
      throw clientGone();
    }
  }

  renderCheckpoint(): void {
    if (!this.#isTimeToLook()) return;
    if (this.#usedMs <= this.#maxRenderMs) return;
    throw templateFailed(
      `the chat template took more than ${this.#maxRenderMs} ms of CPU time (--max-render-ms)`,
    );
  }

  compileCheckpoint(): void {
    if (!this.#isTimeToLook() || this.#usedMs <= MAX_COMPILE_MS) return;
    throw tooComplex(`it takes more than ${MAX_COMPILE_MS} ms of CPU time to compile`);
  }

  /** As `checkpoint`; whether it is time to look at the clock again. */
  #isTimeToLook(): boolean {
    this.checkpoint();
    const now = performance.now();
    if (now - this.#lookedAt < CLOCK_EVERY_MS) return false;
    this.#lookedAt = now;
    return true;
  }

  get #usedMs(): number {
    return this.#cpuMs() - this.#startedAt;
  }
}
