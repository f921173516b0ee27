import type { TextRange } from '../tokenizer/encoder.js';

export type { TextRange };

export interface ChatToolCall {
  /** Absent in the calls of old, which had none. */
  readonly id?: string;
  readonly type: 'function';
  /** `arguments`: JSON, as OpenAI's API carries it, or any text; templates get the object. */
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  /** The thought of an earlier answer. */
  readonly reasoningContent?: string;
  readonly name?: string;
  readonly toolCalls?: readonly ChatToolCall[];
  /** On a tool's message: the call that it answers. */
  readonly toolCallId?: string;
}

export interface ChatInput {
  readonly messages: readonly ChatMessage[];
  /** Ends the prompt with the header of an assistant's turn. */
  readonly addGenerationPrompt: boolean;
  /** Ends the prompt inside the last message, which the model continues. */
  readonly continueFinalMessage: boolean;
  /**
   * The object of further variables as the request wrote it, in JSON: 1.0 stays a float, a large
   * integer whole, the keys in their order. Strings in it are text, as in messages.
   */
  readonly templateKwargsJson: string | null;
  /** The list of tools in JSON, each {"type": "function", "function": …}. */
  readonly toolsJson: string | null;
  /** Refuse the chat where the rendered text lacks the content of a message, or a part of it. */
  readonly requireWhole: boolean;
}

/** A chat as the template wrote it. */
export interface RenderedChat {
  readonly text: string;
  /**
   * What came from the request, ascending and disjoint: special-token strings that reach into it
   * are text.
   */
  readonly plain: readonly TextRange[];
  /** The text ends inside a thought: the model's first token belongs to it. */
  readonly reasoningOpen: boolean;
}

export interface ReasoningTagPair {
  readonly start: string;
  readonly end: string;
}
