import type { CallFormat } from './call-format.js';

/** A family of models: how they are told of tools, and how they call them. */
export interface ToolFamily {
  readonly name: string;
  /** Whether a chat template, without its comments, is of this family. */
  readonly recognizes: (template: string) => boolean;
  readonly format: CallFormat;
  /**
   * Who describes the tools to the model: the chat template, from its variable `tools`, or Kinglet,
   * in a text that this template makes of `tools`.
   */
  readonly tools: 'template' | { readonly text: string };
  /**
   * How the calls of an assistant's message get into the prompt. `template`: by the chat template.
   * `alone`: by the chat template too, which takes one call a message and no words beside it.
   * `text`: spelled out at the end of the message's text.
   */
  readonly calls: 'template' | 'alone' | 'text';
  /** How results do: by the chat template, or as a user's message between tags. */
  readonly results: 'template' | 'text';
}

/** Around a result that is shown as text; `tools.text` of a family names them. */
export const RESULT_START = '<tool_response>\n';
export const RESULT_END = '\n</tool_response>';
