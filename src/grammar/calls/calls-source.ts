/** A tool that may be called. */
export interface CallTool {
  readonly name: string;
  /** The text of the arguments' JSON Schema; null: any object. */
  readonly schema: string | null;
  /** A schema that can't be kept is an error; of other tools it is left. */
  readonly strict: boolean;
}

/** Calls, and the texts of the format in which a family of models writes them. */
export interface CallsSource {
  /** Up to the first call's name: all of it, or what follows the text that announces calls. */
  readonly begin: string;
  readonly beforeArguments: string;
  readonly afterArguments: string;
  /** Between a call's end and the next one's name; null: there is one call. */
  readonly between: string | null;
  readonly end: string;
  readonly tools: readonly CallTool[];
  /** The schema of an answer that calls nothing; null: the answer calls. */
  readonly answer: string | null;
}
