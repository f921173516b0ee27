import type { ChatMessage, ChatToolCall } from '../../chat/chat-types.js';
import { checkContinuation } from '../../chat/check-chat.js';
import type { ReasoningTags } from '../../engine/types.js';
import { invalidValue } from '../../errors/requests.js';
import { presetNamed } from '../../presets.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import { jsonSourceOf } from '../json/source.js';
import { checkMessages, contentText, type Message } from '../schemas/messages.js';

export interface TemplateFields {
  chat_template_kwargs?: Record<string, unknown>;
  add_generation_prompt?: boolean;
  continue_final_message?: boolean;
}

export interface ChatPrompt {
  readonly ids: Int32Array;
  /** Empty unless prompts are logged. */
  readonly text: string;
  /** null: the answer is not split. */
  readonly reasoning: ReasoningTags | null;
}

/** What a prompt is made for. */
export interface ChatPromptScope {
  /** Aborted when the client goes. */
  readonly signal: AbortSignal;
  /** It is to be answered: it must fit into the context, and no message may be missing in it. */
  readonly answered: boolean;
  /** The tools that the model is told of, in JSON; null: none. */
  readonly toolsJson: string | null;
  /** Whether the template is to open a thought, where it can be told; null: as it likes. */
  readonly thinks: boolean | null;
}

/** Messages rendered through the model's template, as token ids. */
export async function chatPrompt(
  context: ServerContext,
  model: ServedModel,
  messages: readonly Message[],
  fields: TemplateFields,
  { signal, answered, toolsJson, thinks }: ChatPromptScope,
): Promise<ChatPrompt> {
  checkMessages(messages);
  const continueFinalMessage = fields.continue_final_message ?? false;
  const addGenerationPrompt = fields.add_generation_prompt ?? !continueFinalMessage;
  checkContinuation({ addGenerationPrompt, continueFinalMessage });
  if (continueFinalMessage && messages.at(-1)?.role !== 'assistant') {
    throw invalidValue('continue_final_message', "the final message is not the assistant's");
  }
  const { ids, text, reasoningOpen } = await model.prompts.chat(
    {
      messages: withPreset(context.config.preset, messages).map(chatMessage),
      addGenerationPrompt,
      continueFinalMessage,
      templateKwargsJson: templateArguments(fields, thinks, model.prompts.thinkingSwitches),
      toolsJson,
      requireWhole: answered,
    },
    {
      signal,
      contextLength: answered ? model.contextLength : null,
      withText: context.config.logPrompts,
    },
  );
  const tags = context.config.reasoningParser === 'none' ? null : model.prompts.reasoningTags;
  return { ids, text, reasoning: tags && { ...tags, open: reasoningOpen } };
}

/** The template's arguments in JSON, with the switches of thoughts that the request doesn't set itself. */
function templateArguments(
  { chat_template_kwargs: kwargs = {} }: TemplateFields,
  thinks: boolean | null,
  switches: readonly string[],
): string | null {
  const names = thinks === null ? [] : switches.filter((name) => !Object.hasOwn(kwargs, name));
  const own = jsonSourceOf(kwargs) ?? JSON.stringify(kwargs);
  const members = names.map((name) => `${JSON.stringify(name)}:${thinks}`);
  const rest = own.trim().slice(1, -1).trim();
  if (rest !== '') members.push(rest);
  return members.length === 0 ? null : `{${members.join(',')}}`;
}

/** The preset's system message stands before chats that have none. */
function withPreset(name: string, messages: readonly Message[]): readonly Message[] {
  const preset = presetNamed(name);
  const first = messages[0]?.role;
  if (preset === null || first === 'system' || first === 'developer') return messages;
  return [{ role: 'system', content: preset.system }, ...messages];
}

/**
 * A message under the names that templates know: clients send a thought back under either name, and
 * functions of old are tools.
 */
function chatMessage(message: Message): ChatMessage {
  const { content, name, tool_call_id: toolCallId } = message;
  const reasoningContent = message.reasoning_content ?? message.reasoning;
  const toolCalls = chatCalls(message);
  return {
    role: message.role === 'function' ? 'tool' : message.role,
    content: contentText(content),
    ...(name !== undefined && { name }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(reasoningContent !== undefined && { reasoningContent }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function chatCalls({ tool_calls: calls = [], function_call: old }: Message): ChatToolCall[] {
  const called: Omit<ChatToolCall, 'type'>[] = [
    ...calls,
    ...(old === undefined ? [] : [{ function: old }]),
  ];
  return called.map(({ id, function: { name, arguments: text } }) => ({
    ...(id !== undefined && { id }),
    type: 'function',
    function: { name, arguments: text },
  }));
}
