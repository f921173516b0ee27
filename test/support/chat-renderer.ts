/** Chats rendered and encoded as the server does it, whatever their length, with the text. */
import type { ChatInput, ReasoningTagPair } from '../../src/chat/chat-types.js';
import type { ChatResult } from '../../src/prompts/jobs.js';
import { Prompts, type PromptOptions } from '../../src/prompts/prompts.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';

export class ChatRenderer {
  readonly #prompts: Prompts;

  constructor(tokenizer: Tokenizer, options: Partial<PromptOptions> = {}) {
    this.#prompts = new Prompts(tokenizer, {
      maxQueuedBytes: 2 ** 30,
      maxRenderMs: 20_000,
      ...options,
    });
  }

  get reasoningTags(): ReasoningTagPair | null {
    return this.#prompts.reasoningTags;
  }

  prompt(input: ChatInput): Promise<ChatResult> {
    const { signal } = new AbortController();
    return this.#prompts.chat(input, { signal, contextLength: null, withText: true });
  }

  problem(): Promise<string | null> {
    return this.#prompts.templateProblem();
  }

  close(): Promise<void> {
    return this.#prompts.close();
  }
}
