/** How much is believed of an error that makes steps cheaper; one that makes them dearer counts whole. */
const WEIGHT = 0.5;
/** Prefill rows of a step as long as nothing is known of their cost and nobody waits for a token. */
const COLD_ROWS = 32;
/** Rows that a prefill gets in any case: it must come on, and a few rows cost little more than one. */
const MIN_ROWS = 8;
/**
 * What the parts of a step cost before anything is known, in rows of a prompt that has just begun:
 * the step itself, in which the weights are read; a decode row, which has logits; a prefill row; and
 * a token that a prefill row attends to.
 */
const FIRST_GUESS = [4, 1.5, 1, 1 / 16000] as const;
/** No part is thought cheaper than this, by what the guess makes of a step: it could hardly rise. */
const LEAST_OF_GUESS = 1 / 16;
/** Of a clock that stood still. */
const LEAST_SECONDS = 1e-9;

/** What a step computed, and how long it took. */
export interface StepMeasure {
  readonly prefillRows: number;
  /** Sum over the prefill rows of the tokens that each attends to. */
  readonly prefillContext: number;
  readonly decodeRows: number;
  readonly seconds: number;
}

/** One number for each part of a step: the step itself, decode rows, prefill rows, context. */
type Parts = readonly [step: number, decode: number, prefill: number, context: number];

/**
 * An online estimate of what a step costs: so much for the step, for each decode row, for each
 * prefill row and for each token that a prefill row attends to. After each step the parts share its
 * error by the squares of what they were thought to cost in it (normalized least mean squares whose
 * step sizes follow the coefficients, as in Duttweiler 2000), so that steps which only decode tell of
 * decoding, and steps of large chunks of prefill; and a step that took longer than its time makes the
 * next one shorter, whatever it was due to.
 */
export class StepCost {
  /** Seconds; null until there was a step. */
  #cost: Parts | null = null;

  record(step: StepMeasure): void {
    const counts = countsOf(step);
    const seconds = Math.max(step.seconds, LEAST_SECONDS);
    const guess = scaled(FIRST_GUESS, seconds / total(product(FIRST_GUESS, counts)));
    const cost = this.#cost ?? guess;
    const parts = product(cost, counts);
    const expected = total(parts);
    const error = Math.max(seconds - expected, WEIGHT * (seconds - expected), -expected / 4);
    const squares = total(product(parts, parts));
    const learnt = (i: 0 | 1 | 2 | 3): number =>
      Math.max(cost[i] * (1 + (error * parts[i]) / squares), guess[i] * LEAST_OF_GUESS);
    this.#cost = [learnt(0), learnt(1), learnt(2), learnt(3)];
  }

  /**
   * How many rows of `prompts` prompts that have just begun fit into a step of `seconds` beside
   * `decodeRows` decode rows. They take no longer than those, so that a prompt at most doubles the
   * time between two tokens of the others; where more prompts wait for their first token than
   * sequences for their next, as many times longer, or a few that decode would starve the many.
   */
  prefillRowsWithin(seconds: number, decodeRows: number, prompts: number): number {
    if (this.#cost === null) return decodeRows > 0 ? MIN_ROWS : COLD_ROWS;
    const [step, decodeRow, prefillRow] = this.#cost;
    const beside = step + decodeRows * decodeRow;
    const fair = decodeRows > 0 ? beside * Math.max(1, prompts / decodeRows) : Infinity;
    return Math.max(MIN_ROWS, Math.floor(Math.min(fair, seconds - beside) / prefillRow));
  }

  /** What a row costs that attends to `context` tokens, in rows of a prompt that has just begun. */
  priceAt(context: number): number {
    const [, , prefillRow, attended] = this.#cost ?? FIRST_GUESS;
    return 1 + (attended * context) / prefillRow;
  }
}

function countsOf({ decodeRows, prefillRows, prefillContext }: StepMeasure): Parts {
  return [1, decodeRows, prefillRows, prefillContext];
}

function product(a: Parts, b: Parts): Parts {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]];
}

function scaled(parts: Parts, factor: number): Parts {
  return [parts[0] * factor, parts[1] * factor, parts[2] * factor, parts[3] * factor];
}

function total([step, decode, prefill, context]: Parts): number {
  return step + decode + prefill + context;
}
