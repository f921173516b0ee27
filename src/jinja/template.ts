import { RenderLimitError, TemplateSyntaxError } from './errors.js';
import { compileBody } from './compile/statement.js';
import { type Execute, Frame } from './compile/frame.js';
import { mentions } from './compile/names.js';
import { Scope } from './compile/scope.js';
import { GLOBALS } from './functions/globals.js';
import type { Consumed, RenderOptions } from './render-budget.js';
import { RenderState } from './render-state.js';
import { parseStatements } from './syntax/statement-parser.js';
import { RUN, type Runs } from './text/runs.js';
import type { Value } from './values/value.js';

export { RenderLimitError, TemplateError, TemplateRefusal, TemplateSyntaxError } from './errors.js';
export type { RenderOptions } from './render-budget.js';
export type { Value } from './values/value.js';
export { userString, valueOf } from './values/from-javascript.js';
export { valueFromJson } from './values/from-json.js';

/**
 * The units [start, end) of the text show the source `origin` from unit `source` on. A unit of the
 * source fills `per` units of the text: 1 where it is written as it is, more where it is escaped.
 */
export interface OriginRun {
  readonly start: number;
  readonly end: number;
  readonly origin: number;
  readonly source: number;
  readonly per: number;
}

export interface Rendered {
  readonly text: string;
  /** Ascending and disjoint. */
  readonly runs: readonly OriginRun[];
  /**
   * Source text that was taken off on purpose: separators of split and partition, what replace
   * replaced, what strip stripped. Ascending by origin and start, without overlaps.
   */
  readonly consumed: readonly Consumed[];
}

/** A chat template, ready to render as jinja2 does in transformers' environment. */
export class Template {
  readonly #execute: Execute;
  readonly #root: Scope;
  readonly #mentioned: (name: string) => boolean;

  /** Throws TemplateSyntaxError. */
  constructor(readonly source: string) {
    try {
      const statements = parseStatements(source);
      this.#root = new Scope(null);
      this.#root.body(statements);
      this.#execute = compileBody(statements, {
        scope: this.#root,
        root: this.#root,
        lenient: false,
        mayEscape: false,
        inLoop: false,
      });
      this.#mentioned = (name) => mentions(statements, name);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new TemplateSyntaxError(`nested too deep (${error.message})`, 1);
    }
  }

  /** Whether the template reads a variable of this name. */
  reads(name: string): boolean {
    return this.#mentioned(name);
  }

  /** Whether the word stands anywhere in the source: as a name, in a string, in its text. */
  mentions(word: string): boolean {
    const escaped = word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    return new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'u').test(this.source);
  }

  /**
   * Renders with the variables of `context`. Throws TemplateError where jinja2 raises,
   * TemplateRefusal where the template calls raise_exception, RenderLimitError where a bound is
   * passed, and what `options.checkpoint` throws.
   */
  render(context: Iterable<readonly [string, Value]>, options: RenderOptions): Rendered {
    const state = new RenderState(options, new Map([...GLOBALS, ...context]));
    const { out } = state;
    try {
      this.#execute(new Frame(state, null, this.#root.size));
    } catch (error) {
      // Deeper than the bounds allow for: the stack of this thread is smaller than most.
      if (!(error instanceof RangeError)) throw error;
      throw new RenderLimitError('depth', `is nested too deep (${error.message})`);
    }
    return { text: out.text, runs: originRuns(out.runs), consumed: state.consumedRanges() };
  }
}

function originRuns(runs: Runs): OriginRun[] {
  const result: OriginRun[] = [];
  for (let i = 0; i < runs.length; i += RUN) {
    result.push({
      start: runs[i]!,
      end: runs[i + 1]!,
      origin: runs[i + 2]!,
      source: runs[i + 3]!,
      per: runs[i + 4]!,
    });
  }
  return result;
}

/** Parses a template. Throws TemplateSyntaxError, which names the line. */
export function parseTemplate(source: string): Template {
  return new Template(source);
}
