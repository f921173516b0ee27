/** When a text counts as stuck; the first three are vLLM's. */
export interface RepetitionLimits {
  /** Tokens of the longest pattern that is looked for, up to MAX_PATTERN_TOKENS; 0: nothing is. */
  readonly maxPatternSize: number;
  readonly minPatternSize: number;
  /** So many times in a row a pattern may not occur … */
  readonly minCount: number;
  /** … if all of that is so many tokens at least. */
  readonly minTokens: number;
}

/** Tokens of the longest pattern that can be looked for. */
export const MAX_PATTERN_TOKENS = 512;

/** Tokens that are written before those further back than a pattern are dropped. */
const HISTORY = 8 * MAX_PATTERN_TOKENS;

/**
 * Notices a text whose end repeats a pattern. For each length of a pattern one number is enough: how
 * many of the last tokens are what stood that far before them. A token costs a comparison for each
 * length, whatever the text (0.4 us for 512).
 */
export class RepetitionWatch {
  readonly #limits: RepetitionLimits;
  /** The last tokens, the newest at #length - 1. */
  readonly #history = new Int32Array(HISTORY);
  #length = 0;
  /** [pattern's length] */
  readonly #runs: Int32Array;
  /** [pattern's length] The run at which the text is stuck. */
  readonly #enough: Int32Array;

  constructor(limits: RepetitionLimits) {
    this.#limits = limits;
    const { maxPatternSize, minCount, minTokens } = limits;
    this.#runs = new Int32Array(maxPatternSize + 1);
    // The pattern's first occurrence repeats nothing.
    this.#enough = this.#runs.map((_, size) => Math.max(minCount * size, minTokens) - size);
  }

  /** Takes the next token; whether the text is stuck with it. */
  push(token: number): boolean {
    if (this.#length === HISTORY) {
      this.#history.copyWithin(0, HISTORY - MAX_PATTERN_TOKENS);
      this.#length = MAX_PATTERN_TOKENS;
    }
    const history = this.#history;
    const runs = this.#runs;
    const enough = this.#enough;
    const at = this.#length++;
    history[at] = token;
    const { minPatternSize, maxPatternSize } = this.#limits;
    const longest = Math.min(maxPatternSize, at);
    let stuck = false;
    for (let size = minPatternSize; size <= longest; size++) {
      const run = history[at - size] === token ? runs[size]! + 1 : 0;
      runs[size] = run;
      if (run >= enough[size]! && run > 0) stuck = true;
    }
    return stuck;
  }
}
