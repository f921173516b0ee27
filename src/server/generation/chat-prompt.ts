import type { ChatMessage } from '../../chat/chat-renderer.js';
import type { ReasoningTags } from '../../engine/types.js';
import { KingletError } from '../../errors.js';
import type { ServedModel, ServerContext } from '../context.js';
import { checkMessages, contentText, type Message } from '../schemas/messages.js';

export interface TemplateFields {
  chat_template_kwargs?: Record<string, unknown>;
  add_generation_prompt?: boolean;
  continue_final_message?: boolean;
}

export interface ChatPrompt {
  readonly ids: Int32Array;
  readonly text: string;
  /** null: the answer is not split. */
  readonly reasoning: ReasoningTags | null;
}

/**
 * Messages rendered through the model's template, as token ids. `requireWhole`: the prompt is to be
 * answered, so no message may be missing in it.
 */
export async function chatPrompt(
  context: ServerContext,
  model: ServedModel,
  messages: readonly Message[],
  fields: TemplateFields,
  requireWhole = true,
): Promise<ChatPrompt> {
  checkMessages(messages);
  const { chat_template_kwargs: kwargs } = fields;
  const continueFinalMessage = fields.continue_final_message ?? false;
  const addGenerationPrompt = fields.add_generation_prompt ?? !continueFinalMessage;
  if (continueFinalMessage && addGenerationPrompt) {
    throw invalid(
      'continue_final_message',
      'the final message cannot be continued after a generation prompt; set add_generation_prompt to false',
    );
  }
  if (continueFinalMessage && messages.at(-1)!.role !== 'assistant') {
    throw invalid('continue_final_message', "the final message is not the assistant's");
  }
  const { ids, text, reasoningOpen } = await model.chat.prompt({
    messages: messages.map(chatMessage),
    addGenerationPrompt,
    continueFinalMessage,
    templateKwargsJson: kwargs === undefined ? null : JSON.stringify(kwargs),
    toolsJson: null,
    requireWhole,
  });
  const tags = context.config.reasoningParser === 'none' ? null : model.chat.reasoningTags;
  return { ids, text, reasoning: tags && { ...tags, open: reasoningOpen } };
}

/** Clients send a thought back under either name. */
function chatMessage(message: Message): ChatMessage {
  const { role, content, name, tool_call_id: toolCallId } = message;
  const reasoningContent = message.reasoning_content ?? message.reasoning;
  return {
    role,
    content: contentText(content),
    ...(name !== undefined && { name }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(reasoningContent !== undefined && { reasoningContent }),
  };
}

function invalid(field: string, what: string): KingletError {
  return new KingletError('invalid_value', `Invalid '${field}': ${what}.`, { param: field });
}
