import { RenderBudget, type RenderOptions } from './render-budget.js';
import { TextBuilder } from './text/text-builder.js';
import type { Value } from './values/value.js';

/** One render: its budget, the variables of the request, and where its output goes. */
export class RenderState extends RenderBudget {
  readonly variables: ReadonlyMap<string, Value>;
  /** What strftime_now tells. */
  readonly now: Date;
  autoescape = false;
  out: TextBuilder = new TextBuilder(this, 'output');

  constructor(options: RenderOptions, variables: ReadonlyMap<string, Value>) {
    super(options);
    this.variables = variables;
    this.now = options.now;
  }
}
