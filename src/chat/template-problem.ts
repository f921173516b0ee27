import type { RenderOptions } from '../jinja/template.js';
import { TemplateRefusal } from '../jinja/errors.js';
import { KingletError } from '../errors.js';
import type { ChatInput } from './chat-types.js';
import type { ChatTemplate } from './chat-template.js';
import { renderChat } from './render-chat.js';

/** The least that every template can render. */
const ONE_MESSAGE: ChatInput = {
  messages: [{ role: 'user', content: 'Hi' }],
  addGenerationPrompt: true,
  continueFinalMessage: false,
  templateKwargsJson: null,
  toolsJson: null,
  requireWhole: true,
};

/**
 * Why a template can't render even one message of a user, whole; null where it can, and where the
 * template itself refuses such a chat. Throws what `options.checkpoint` throws.
 */
export function templateProblem(
  template: () => ChatTemplate,
  options: RenderOptions,
): string | null {
  try {
    renderChat(template(), ONE_MESSAGE, options);
    return null;
  } catch (error) {
    if (!(error instanceof KingletError)) throw error;
    return error.cause instanceof TemplateRefusal ? null : error.message;
  }
}
