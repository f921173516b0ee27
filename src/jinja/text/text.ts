import { clipRuns, NO_RUNS, pushRuns, type Runs } from './runs.js';

/** A string of a template: a plain one, or one that knows its origin or is marked safe. */
export type Str = string | Text;

/** A string whose characters come from sources, or that counts as HTML already (`safe`). */
export class Text {
  #runs: Runs | null;
  #parts: readonly Str[] | null;

  private constructor(
    readonly text: string,
    /** Python's Markup. */
    readonly safe: boolean,
    runs: Runs | null,
    parts: readonly Str[] | null,
  ) {
    this.#runs = runs;
    this.#parts = parts;
  }

  static of(text: string, runs: Runs, safe: boolean): Text {
    return new Text(text, safe, runs, null);
  }

  /** `parts` one after the other are `text`; their runs are put together once they are asked for. */
  static joined(text: string, parts: readonly Str[], safe: boolean): Text {
    return new Text(text, safe, null, parts);
  }

  get runs(): Runs {
    if (this.#runs === null) {
      this.#runs = joinedRuns(this.#parts!);
      this.#parts = null;
    }
    return this.#runs;
  }

  /** The parts whose runs were not put together yet. */
  get pending(): readonly Str[] | null {
    return this.#parts;
  }
}

/** Without recursion: a text that a loop built up is as deep as the loop is long. */
function joinedRuns(parts: readonly Str[]): Runs {
  const out: Runs = [];
  const stack: Str[] = [...parts].reverse();
  let at = 0;
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (typeof part === 'string') {
      at += part.length;
    } else if (part.pending !== null) {
      for (let i = part.pending.length - 1; i >= 0; i--) stack.push(part.pending[i]!);
    } else {
      pushRuns(out, part.runs, at);
      at += part.text.length;
    }
  }
  return out;
}

export function isStr(value: unknown): value is Str {
  return typeof value === 'string' || value instanceof Text;
}

export function textOf(value: Str): string {
  return typeof value === 'string' ? value : value.text;
}

function runsOf(value: Str): Runs {
  return typeof value === 'string' ? NO_RUNS : value.runs;
}

export function isSafe(value: unknown): value is Text {
  return value instanceof Text && value.safe;
}

/** A string with these runs, plain where there are none. */
export function strOf(text: string, runs: Runs, safe = false): Str {
  return runs.length === 0 && !safe ? text : Text.of(text, runs, safe);
}

/** The same characters, marked safe or not. */
export function withSafety(value: Str, safe: boolean): Str {
  if (isSafe(value) === safe) return value;
  return strOf(textOf(value), runsOf(value), safe);
}

/** The UTF-16 units [from, to). */
export function sliceStr(value: Str, from: number, to: number): Str {
  if (typeof value === 'string') return value.slice(from, to);
  if (from <= 0 && to >= value.text.length) return value;
  const runs: Runs = [];
  clipRuns(value.runs, from, to, 0, runs);
  return strOf(value.text.slice(from, to), runs, value.safe);
}
