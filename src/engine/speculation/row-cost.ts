/** How much is believed of a step; an error counts at most as if it were half of what was expected. */
const WEIGHT = 0.25;
const MOST_ERROR = 0.5;
/** What was not seen for so many steps is forgotten: contexts have grown, or the machine is busier. */
const REMEMBERED_STEPS = 256;
/** Before a number of rows was seen, reading the weights is thought to cost as much as so many rows. */
const STEP_ROWS = 3;
/** Of a clock that stood still. */
const LEAST_SECONDS = 1e-9;

interface Seen {
  seconds: number;
  at: number;
}

/**
 * An online estimate of what a step costs that decodes alone, by its number of rows. By the number
 * and not by a rate: kernels take rows in tiles, so a third row may cost four times what a second
 * does.
 */
export class RowCost {
  readonly #seen = new Map<number, Seen>();
  #steps = 0;

  record(rows: number, seconds: number): void {
    this.#steps++;
    const measured = Math.max(seconds, LEAST_SECONDS);
    const seen = this.#known(rows);
    if (seen === null) {
      this.#seen.set(rows, { seconds: measured, at: this.#steps });
      return;
    }
    const most = MOST_ERROR * seen.seconds;
    const error = Math.min(most, Math.max(-most, measured - seen.seconds));
    seen.seconds += WEIGHT * error;
    seen.at = this.#steps;
  }

  /**
   * Seconds of a step of `rows` rows; null where nothing was seen yet. What was not seen is between
   * its neighbours, or as much dearer or cheaper than its only neighbour as the first guess says.
   */
  of(rows: number): number | null {
    let [below, above] = [0, Infinity];
    for (const known of this.#seen.keys()) {
      if (this.#known(known) === null) continue;
      if (known <= rows && known > below) below = known;
      if (known >= rows && known < above) above = known;
    }
    const least = this.#known(below);
    const most = this.#known(above);
    if (least !== null && most !== null) {
      if (above === below) return least.seconds;
      return least.seconds + ((most.seconds - least.seconds) * (rows - below)) / (above - below);
    }
    if (least !== null) return (least.seconds * (STEP_ROWS + rows)) / (STEP_ROWS + below);
    if (most !== null) return (most.seconds * (STEP_ROWS + rows)) / (STEP_ROWS + above);
    return null;
  }

  #known(rows: number): Seen | null {
    const seen = this.#seen.get(rows);
    if (seen === undefined || this.#steps - seen.at > REMEMBERED_STEPS) return null;
    return seen;
  }
}
