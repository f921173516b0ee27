// A new measurement's weight where it says that rows got cheaper; a dearer one counts at once.
const WEIGHT = 0.5;
/** Prefill rows of a step as long as nothing is known of their cost and nobody waits for a token. */
const COLD_ROWS = 32;
/** Rows that a prefill gets in any case: it must come on, and a few rows cost little more than one. */
const MIN_ROWS = 8;
/** Mean context, in tokens, up to which a chunk tells of its rows, and above it of attention. */
const SHORT_CONTEXT = 512;
/** Sizes of chunks that are told apart: from 2^k rows to less than 2^(k + 1). */
const SIZES = 16;

/** What a step computed, and how long it took. */
export interface StepMeasure {
  readonly prefillRows: number;
  /** Sum over the prefill rows of the tokens that each attends to. */
  readonly prefillContext: number;
  readonly decodeRows: number;
  readonly seconds: number;
}

/**
 * An online estimate of what a step costs: the decode rows together, each prefill row beside them,
 * and for a prefill row each token that it attends to. An error in one is made good by the others: a
 * step that was predicted to fill its time and took longer makes the next one shorter.
 */
export class StepCost {
  /** A step that only decodes; with other numbers of rows each costs what a prefill row does. */
  #decode: { readonly rows: number; readonly seconds: number } | null = null;
  /**
   * Seconds of each row of a chunk, by its size. They fall with it, since a chunk's rows share the
   * reading of the weights; with one figure for all sizes, small chunks would look too dear to grow.
   */
  #prefillRow: Float64Array | null = null;
  /** Seconds of a prefill row for each token that it attends to. */
  #attention = 0;

  record(step: StepMeasure): void {
    const { prefillRows, prefillContext, decodeRows, seconds } = step;
    if (prefillRows === 0) {
      const expected = this.#decode === null ? seconds : this.#decodeSeconds(decodeRows);
      this.#decode = { rows: decodeRows, seconds: (expected + seconds) / 2 };
      return;
    }
    const size = sizeOf(prefillRows);
    // As long as nothing has only decoded, all rows cost the same.
    const prefill =
      this.#decode === null
        ? (seconds * prefillRows) / (prefillRows + decodeRows)
        : Math.max(seconds - this.#decodeSeconds(decodeRows), seconds / 10);
    if (prefillContext <= SHORT_CONTEXT * prefillRows) {
      const rows = Math.max(prefill - this.#attention * prefillContext, prefill / 4);
      this.#recordRow(size, rows / prefillRows);
    } else {
      const attention = (prefill - this.#rowSeconds(size) * prefillRows) / prefillContext;
      this.#attention = blend(this.#attention, Math.max(0, attention));
    }
  }

  #recordRow(size: number, measured: number): void {
    this.#prefillRow ??= new Float64Array(SIZES).fill(measured);
    const rows = this.#prefillRow;
    const known = rows[size] ?? measured;
    const now = blend(known, measured);
    rows.forEach((other, k) => {
      // What made it dearer, such as a busy machine, no size escapes. Where it got cheaper, what is
      // known of other sizes, perhaps from long ago, mustn't contradict it.
      if (now > known) rows[k] = known > 0 ? (other * now) / known : now;
      else rows[k] = k < size ? Math.max(other, now) : k > size ? Math.min(other, now) : now;
    });
  }

  /**
   * How many rows of `prompts` prompts that have just begun fit into a step of `seconds` beside
   * `decodeRows` decode rows. They take no longer than those, so that a prompt at most doubles the
   * time between two tokens of the others; where more prompts wait for their first token than
   * sequences for their next, as many times longer, or a few that decode would starve the many.
   */
  prefillRowsWithin(seconds: number, decodeRows: number, prompts: number): number {
    if (this.#prefillRow === null) return decodeRows > 0 ? MIN_ROWS : COLD_ROWS;
    if (decodeRows === 0) return Math.max(MIN_ROWS, this.#rowsIn(seconds));
    const beside = this.#decodeSeconds(decodeRows);
    const fair = beside * Math.max(1, prompts / decodeRows);
    return Math.max(MIN_ROWS, this.#rowsIn(Math.min(fair, seconds - beside)));
  }

  /**
   * What a row costs that attends to `context` tokens, in rows of a prompt that has just begun, in
   * a chunk of `rows`.
   */
  priceAt(context: number, rows: number): number {
    const row = this.#rowSeconds(sizeOf(rows));
    return row > 0 ? 1 + (this.#attention * context) / row : 1;
  }

  /** The largest chunk that takes no longer. */
  #rowsIn(seconds: number): number {
    for (let size = SIZES - 1; size >= 0; size--) {
      const rows = Math.floor(seconds / this.#rowSeconds(size));
      if (rows >= 2 ** size) return size === SIZES - 1 ? rows : Math.min(rows, 2 ** (size + 1) - 1);
    }
    return 0;
  }

  #rowSeconds(size: number): number {
    return this.#prefillRow?.[size] ?? 0;
  }

  #decodeSeconds(rows: number): number {
    const row = this.#rowSeconds(sizeOf(rows));
    const known = this.#decode;
    if (rows === 0 || known === null) return rows * row;
    const more = known.seconds + (rows - known.rows) * row;
    // Fewer rows cost less, but never less than their share.
    return Math.max(more, known.seconds * Math.min(1, rows / known.rows));
  }
}

function blend(known: number, measured: number): number {
  return measured > known ? measured : known + WEIGHT * (measured - known);
}

function sizeOf(rows: number): number {
  return Math.min(SIZES - 1, 31 - Math.clz32(Math.max(1, rows)));
}
