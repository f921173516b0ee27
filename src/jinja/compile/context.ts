import type { Statement } from '../syntax/nodes.js';
import type { Execute } from './frame.js';
import type { Scope } from './scope.js';

/** Where an expression stands. */
export interface ExpressionContext {
  readonly scope: Scope;
  /** Unknown filters and tests are errors only where they are reached. */
  readonly lenient: boolean;
  /** jinja2 computes the whole expression beforehand, where slices that can't be taken are undefined. */
  readonly folds?: boolean;
  /** An autoescape tag stands around; whether it is on shows when it runs. */
  readonly mayEscape: boolean;
}

/** Where a statement stands. */
export interface StatementContext extends ExpressionContext {
  /** `break` and `continue` have a loop to end. */
  readonly inLoop: boolean;
  /** The scope of the whole template, which blocks see. */
  readonly root: Scope;
}

/** Compiles statements, for what has a body: it is handed down, since bodies hold loops and macros. */
export type CompileBody = (statements: readonly Statement[], context: StatementContext) => Execute;
