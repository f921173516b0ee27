import type { RenderState } from '../render-state.js';
import type { Expression } from '../syntax/nodes.js';
import type { Value } from '../values/value.js';

/** The variables of a scope while it runs; undefined is what isn't assigned yet. */
export class Frame {
  readonly variables: (Value | undefined)[];

  constructor(
    readonly state: RenderState,
    readonly parent: Frame | null,
    size: number,
  ) {
    this.variables = new Array<Value | undefined>(size);
  }
}

export type Evaluate = (frame: Frame) => Value;

/** Compiles a part of an expression, in the context of the whole. */
export type CompileExpression = (part: Expression) => Evaluate;

/** How a statement ended. */
export const NORMAL = 0;
export const BREAK = 1;
export const CONTINUE = 2;
export type Ending = typeof NORMAL | typeof BREAK | typeof CONTINUE;

export type Execute = (frame: Frame) => Ending;
