import { RenderLimitError } from '../errors.js';
import type { RenderBudget } from '../render-budget.js';
import { clipRuns, pushRun, pushRuns, RUN, type Runs, sourceAt } from './runs.js';
import { type Str, strOf } from './text.js';

/** Puts a string together, with the origin of each character, within the render's bounds. */
export class TextBuilder {
  readonly #budget: RenderBudget;
  readonly #limit: 'text' | 'output';
  #text = '';
  #runs: Runs = [];

  constructor(budget: RenderBudget, limit: 'text' | 'output' = 'text') {
    this.#budget = budget;
    this.#limit = limit;
  }

  get length(): number {
    return this.#text.length;
  }

  get text(): string {
    return this.#text;
  }

  get runs(): Runs {
    return this.#runs;
  }

  /** Appends a text without origin. */
  plain(text: string): void {
    this.#grow(text.length);
    this.#text += text;
  }

  append(value: Str): void {
    if (typeof value === 'string') {
      this.plain(value);
      return;
    }
    const { text, runs } = value;
    this.#grow(text.length);
    pushRuns(this.#runs, runs, this.#text.length);
    if (runs.length > RUN) {
      this.#budget.charge(runs.length >>> 4);
      this.#budget.allocateObjects(runs.length >>> 4);
    }
    this.#text += text;
  }

  /** Appends the units [from, to) of `value`. */
  range(value: Str, from: number, to: number): void {
    if (from >= to) return;
    if (typeof value === 'string') {
      this.plain(value.slice(from, to));
      return;
    }
    this.#grow(to - from);
    clipRuns(value.runs, from, to, this.#text.length, this.#runs);
    this.#text += value.text.slice(from, to);
  }

  /** Appends `written`, which stands for the units [from, to) of `value`. */
  rewritten(value: Str, from: number, to: number, written: string): void {
    const { length } = written;
    this.#grow(length);
    const source = typeof value === 'string' || length === 0 ? null : sourceAt(value.runs, from);
    if (source !== null) {
      const at = this.#text.length;
      const width = to - from;
      const per = length % width === 0 ? length / width : length;
      const before = this.#runs.length;
      pushRun(this.#runs, at, at + length, source[0], source[1], per);
      if (this.#runs.length > before) this.#budget.allocateObjects(1);
    }
    this.#text += written;
  }

  #grow(by: number): void {
    const length = this.#text.length + by;
    if (length > this.#budget.maxText) {
      const { maxText } = this.#budget;
      if (this.#limit === 'text') this.#budget.checkText(length);
      throw new RenderLimitError('output', `writes more than ${maxText} UTF-16 units`);
    }
    this.#budget.allocateText(by);
  }

  /** The string so far. */
  finish(safe = false): Str {
    return strOf(this.#text, this.#runs, safe);
  }
}
