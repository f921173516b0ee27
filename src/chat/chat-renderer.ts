import { KingletError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ChatInput, ChatPrompt, ReasoningTagPair } from './chat-types.js';
import { findReasoningTags } from './reasoning-tags.js';
import { TemplateThread } from './template-thread.js';

export type {
  ChatInput,
  ChatMessage,
  ChatPrompt,
  ChatToolCall,
  ReasoningTagPair,
} from './chat-types.js';

/** Renders chats with the checkpoint's template and turns them into ids. */
export interface ChatRenderer {
  /** The tags around a thought, where the template or the added tokens have them. */
  readonly reasoningTags: ReasoningTagPair | null;

  /**
   * Renders and encodes a chat. Nothing is added to what the template writes (no second BOS).
   * Throws `invalid_value` for contradictory input and for a message that the prompt lacks,
   * `template_failed` where there is no template, where it refuses the messages (its own words are
   * the message), fails, or takes too long.
   */
  prompt(input: ChatInput): Promise<ChatPrompt>;

  /**
   * What keeps the template from rendering one message of a user: it can't be parsed, fails, or
   * takes too long. null where nothing does, where it refuses such a chat, and without a template.
   */
  problem(): Promise<string | null>;

  /** Ends the template's thread. */
  close(): Promise<void>;
}

export interface ChatRendererOptions {
  /** The date that templates see. */
  readonly now?: () => Date;
  /** Milliseconds that a template may take. */
  readonly deadlineMs?: number;
}

export function createChatRenderer(
  tokenizer: Tokenizer,
  options: ChatRendererOptions = {},
): ChatRenderer {
  const { now = () => new Date(), deadlineMs = 1000 } = options;
  const { chatTemplate, templateTokens, specialStrings } = tokenizer;
  const reasoningTags = findReasoningTags(tokenizer);
  const source = { source: chatTemplate ?? '', tokens: templateTokens, specialStrings };
  const thread = new TemplateThread({ ...source, reasoningTags }, deadlineMs);

  async function prompt(input: ChatInput): Promise<ChatPrompt> {
    if (chatTemplate === null) {
      throw new KingletError(
        'template_failed',
        'this model has no chat template; render the prompt yourself and send it to /v1/completions',
        { param: 'messages' },
      );
    }
    const { text, plain, reasoningOpen } = await thread.render(input, now());
    return { ids: await tokenizer.encodeRendered(text, plain), text, reasoningOpen };
  }

  async function problem(): Promise<string | null> {
    if (chatTemplate === null) return null;
    try {
      return await thread.problem(now());
    } catch (error) {
      if (error instanceof KingletError && error.code === 'template_failed') return error.message;
      throw error;
    }
  }

  return { reasoningTags, prompt, problem, close: () => thread.close() };
}
