import type { ChatInput, ChatMessage } from '../../src/chat/chat-types.js';
import type { Conversation } from './conversations.js';

/**
 * By the short hash of a template: for each of CONVERSATIONS the short hash of the text, the text
 * itself, or null where rendering raises.
 */
export type ExpectedRenderings = Record<string, (string | { text: string } | null)[]>;

/** A conversation as JSON source of render_jinja_template's arguments. */
export function chatJson(
  { messages, tools, kwargs, addGenerationPrompt, continueFinalMessage }: Conversation,
  tokens: Readonly<Record<string, string>>,
): string {
  const rows = messages.map((message) => {
    const { tool_calls: calls, ...rest } = message;
    const row = JSON.stringify(rest);
    if (calls === undefined) return row;
    const list = calls.map(
      (call) =>
        `{"id":${JSON.stringify(call.id)},"type":"function","function":` +
        `{"name":${JSON.stringify(call.function.name)},"arguments":${call.function.arguments}}}`,
    );
    return `${row.slice(0, -1)},"tool_calls":[${list.join(',')}]}`;
  });
  const fields = [
    ...Object.entries(tokens).map(([name, token]) => `"${name}":${JSON.stringify(token)}`),
    ...(kwargs === undefined || kwargs === '{}' ? [] : [kwargs.trim().slice(1, -1)]),
    `"messages":[${rows.join(',')}]`,
    `"tools":${tools ?? 'null'}`,
    `"add_generation_prompt":${addGenerationPrompt}`,
    `"continue_final_message":${continueFinalMessage ?? false}`,
  ];
  return `{${fields.join(',')}}`;
}

/** The same conversation as Kinglet's renderer takes it. */
export function chatInputOf(conversation: Conversation, requireWhole = false): ChatInput {
  return {
    messages: conversation.messages.map((message): ChatMessage => ({
      role: message.role,
      content: message.content,
      ...(message.reasoning_content !== undefined && {
        reasoningContent: message.reasoning_content,
      }),
      ...(message.name !== undefined && { name: message.name }),
      ...(message.tool_call_id !== undefined && { toolCallId: message.tool_call_id }),
      ...(message.tool_calls !== undefined && { toolCalls: message.tool_calls }),
    })),
    addGenerationPrompt: conversation.addGenerationPrompt,
    continueFinalMessage: conversation.continueFinalMessage ?? false,
    templateKwargsJson: conversation.kwargs ?? null,
    toolsJson: conversation.tools ?? null,
    requireWhole,
  };
}
