export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  /** `arguments`: JSON, as OpenAI's API carries it; templates get the object. */
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
  /** Ends the prompt inside the last message, to be gone on with. */
  readonly continueFinalMessage: boolean;
  /** What the template sees besides; strings in it are text, as in messages. */
  readonly templateKwargs: Readonly<Record<string, unknown>>;
}

export interface ChatPrompt {
  readonly ids: Int32Array;
  readonly text: string;
  /** The prompt ends inside a thought: the model's first token belongs to it. */
  readonly reasoningOpen: boolean;
}

export interface ReasoningTagPair {
  readonly start: string;
  readonly end: string;
}
