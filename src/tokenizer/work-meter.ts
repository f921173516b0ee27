/** Calls a function each time that a certain amount of work was done. */
export class WorkMeter {
  /** Bytes, or steps that take about as long as a byte does. */
  static readonly EVERY = 16 << 10;

  #left = WorkMeter.EVERY;
  #checkpoint: (() => void) | null = null;

  /** What to call from now on; it may throw to end the work. */
  begin(checkpoint: (() => void) | null): void {
    this.#checkpoint = checkpoint;
    this.#left = WorkMeter.EVERY;
  }

  spend(amount: number): void {
    this.#left -= amount;
    if (this.#left > 0) return;
    this.#left = WorkMeter.EVERY;
    this.#checkpoint?.();
  }
}
