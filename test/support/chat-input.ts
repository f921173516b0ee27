import type { ChatInput, ChatMessage } from '../../src/chat/chat-types.js';

/** A chat as the server hands it on, which the prompt must hold whole. */
export function chatInput(
  messages: readonly ChatMessage[],
  more: Partial<ChatInput> = {},
): ChatInput {
  return {
    messages,
    addGenerationPrompt: !(more.continueFinalMessage ?? false),
    continueFinalMessage: false,
    templateKwargsJson: null,
    toolsJson: null,
    requireWhole: true,
    ...more,
  };
}
