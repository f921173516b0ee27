import { createChatTemplate } from '../../src/chat/chat-template.js';
import type { ChatInput, RenderedChat } from '../../src/chat/chat-types.js';
import { renderChat } from '../../src/chat/render-chat.js';
import { KingletError } from '../../src/errors.js';
import { chatInput } from './chat-input.js';

export const RENDER_OPTIONS = {
  /** The clock of test/jinja-oracle. */
  now: new Date(2024, 6, 26, 15, 4, 5),
  maxOutput: 1 << 22,
  maxSteps: 1 << 24,
};

const TOKENS = { bos_token: '<|bos|>', eos_token: '<|im_end|>' };
const SPECIAL_STRINGS = ['<|bos|>', '<|im_start|>', '<|im_end|>', '</think>', '<think>'];

export function chatOf(
  messages: readonly (readonly [role: string, content: string])[],
  more: Partial<ChatInput> = {},
): ChatInput {
  return chatInput(
    messages.map(([role, content]) => ({ role, content })),
    more,
  );
}

/** Renders in this thread, for a model whose thoughts stand between <think> and </think>. */
export function rendered(source: string, chat: ChatInput, toolFamily?: string): RenderedChat {
  const template = createChatTemplate({
    source,
    tokens: TOKENS,
    specialStrings: SPECIAL_STRINGS,
    reasoningTags: { start: '<think>', end: '</think>' },
    ...(toolFamily !== undefined && { toolFamily }),
  });
  return renderChat(template, chat, RENDER_OPTIONS);
}

/** What renderChat throws. */
export function refusalOf(source: string, chat: ChatInput, toolFamily?: string): KingletError {
  try {
    rendered(source, chat, toolFamily);
  } catch (error) {
    if (error instanceof KingletError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
