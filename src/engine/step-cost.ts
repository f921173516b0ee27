// A new measurement's weight where it says that rows got cheaper; a dearer one counts at once.
const WEIGHT = 0.5;
/** Prefill rows of a step as long as nothing is known of their cost. */
const COLD_ROWS = 32;
/** Rows that a prefill gets in any case: it must come on, and a few rows cost little more than one. */
const MIN_ROWS = 8;

/**
 * An online estimate of what a step costs: the decode rows together, and seconds for each prefill
 * row beside them. An error in one is made good by the other: a step that was predicted to fill its
 * time and took longer makes the next one shorter by just that ratio.
 */
export class StepCost {
  /** Seconds of a step that only decodes. */
  #decode: number | null = null;
  #prefillRow: number | null = null;

  record(step: { prefillRows: number; decodeRows: number; seconds: number }): void {
    const { prefillRows, decodeRows, seconds } = step;
    if (prefillRows === 0) {
      this.#decode = ((this.#decode ?? seconds) + seconds) / 2;
      return;
    }
    const beside = decodeRows > 0 ? (this.#decode ?? 0) : 0;
    const measured = Math.max(seconds - beside, seconds / 10) / prefillRows;
    const known = this.#prefillRow;
    this.#prefillRow =
      known === null || measured > known ? measured : known + WEIGHT * (measured - known);
  }

  /** How many prefill rows fit into `seconds` beside `decodeRows` decode rows. */
  prefillRowsWithin(seconds: number, decodeRows: number): number {
    const row = this.#prefillRow;
    if (row === null) return COLD_ROWS;
    if (row === 0) return Infinity;
    const beside = decodeRows > 0 ? (this.#decode ?? decodeRows * row) : 0;
    return Math.max(MIN_ROWS, Math.floor((seconds - beside) / row));
  }
}
