import type { ToolFamily } from './family.js';

/** A tool that may be called. */
export interface PlannedTool {
  readonly name: string;
  /** The arguments must fit the schema. */
  readonly strict: boolean;
  /** The JSON schema of the arguments, as the request wrote it; null: none was given. */
  readonly parametersJson: string | null;
  /** The request field of the tool, for errors: tools[0].function. */
  readonly field: string;
}

/** What a request lets the model call, and how. */
export interface ToolPlan {
  readonly family: ToolFamily;
  /** `required`: the answer must begin with a call; `auto`: the model may call, or answer in words. */
  readonly choice: 'auto' | 'required';
  /** Of the request's tools all, those of allowed_tools, or the one that is named; never none. */
  readonly callable: readonly PlannedTool[];
  /** An answer may have more than one call. */
  readonly parallel: boolean;
}
