/**
 * Finds one string in a stream of UTF-16 code units, in O(1) amortised a unit, and knows at every
 * point how much of the stream's end may be its beginning (Knuth, Morris and Pratt, "Fast pattern
 * matching in strings", SIAM J. Comput. 6(2), 1977).
 */
export class PrefixMatcher {
  readonly pattern: string;
  /** [length + 1] the longest proper border of the pattern's first i units. */
  readonly #border: Int32Array;
  #matched = 0;

  /** `pattern` is not empty. */
  constructor(pattern: string) {
    this.pattern = pattern;
    this.#border = new Int32Array(pattern.length + 1);
    this.#border[0] = -1;
    for (let i = 1, k = -1; i <= pattern.length; i++) {
      while (k >= 0 && pattern.charCodeAt(k) !== pattern.charCodeAt(i - 1)) k = this.#border[k]!;
      this.#border[i] = ++k;
    }
  }

  /** Length of the stream's longest suffix that begins the pattern. */
  get matched(): number {
    return this.#matched;
  }

  /** Takes the next unit; true when it completes the pattern. */
  push(unit: number): boolean {
    // Behind a whole pattern stands NaN, which no unit equals.
    let k = this.#matched;
    while (k >= 0 && this.pattern.charCodeAt(k) !== unit) k = this.#border[k]!;
    this.#matched = k + 1;
    return this.#matched === this.pattern.length;
  }
}
