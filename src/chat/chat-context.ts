import { invalidValue } from '../errors/requests.js';
import { userString, type Value, valueFromJson, valueOf } from '../jinja/template.js';
import { Dict } from '../jinja/values/value.js';
import { textOf, isStr } from '../jinja/text/text.js';
import type { ChatInput, ChatMessage } from './chat-types.js';
import { checkNames, isTooDeep } from './check-chat.js';

/**
 * What the template sees. Strings know where they come from: the content of message i has origin
 * i, all else that the request wrote the origin after the last message's; the template's own
 * tokens (bos_token …) have none. `mark` goes after the content of the last message. `shownTools`:
 * the template describes the tools.
 * Throws `invalid_value` for names that a request may not set, and for text that is not JSON.
 */
export function chatContext(
  input: ChatInput,
  tokens: Readonly<Record<string, string>>,
  mark: string,
  shownTools: boolean,
): [name: string, value: Value][] {
  const { messages, toolsJson } = input;
  const other = messages.length;
  const rows = messages.map((message, i) => {
    const content = message.content + (i === other - 1 ? mark : '');
    return messageValue(message, userString(content, i), other);
  });
  return [
    ...Object.entries(tokens),
    // As transformers passes them where there are none.
    ['tools', toolsJson === null || !shownTools ? null : fromJson(toolsJson, other, 'tools')],
    ['documents', null],
    ...kwargsOf(input, other),
    ['messages', valueOf(rows)],
    ['add_generation_prompt', input.addGenerationPrompt],
  ];
}

function kwargsOf(input: ChatInput, origin: number): [name: string, value: Value][] {
  if (input.templateKwargsJson === null) return [];
  const kwargs = fromJson(input.templateKwargsJson, origin, 'chat_template_kwargs');
  if (!(kwargs instanceof Dict)) throw invalidValue('chat_template_kwargs', 'it is no object');
  const entries = kwargs
    .entries()
    .map(([name, value]): [string, Value] => [isStr(name) ? textOf(name) : '', value]);
  checkNames(
    entries.map(([name]) => name),
    input,
  );
  return entries;
}

/**
 * A message under the names that templates use; what is absent is undefined to them. A thought
 * goes by two names, as transformers has it.
 */
function messageValue(message: ChatMessage, content: Value, origin: number): Value {
  const { role, reasoningContent, name, toolCalls, toolCallId } = message;
  const text = (value: string | undefined): Value | undefined =>
    value === undefined ? undefined : userString(value, origin);
  return valueOf({
    thinking: text(reasoningContent),
    role: text(role),
    content,
    reasoning_content: text(reasoningContent),
    name: text(name),
    tool_call_id: text(toolCallId),
    tool_calls: toolCalls?.map((call) => ({
      id: text(call.id),
      type: call.type,
      function: {
        name: text(call.function.name),
        arguments: argumentsOf(call.function.arguments, origin),
      },
    })),
  });
}

/**
 * Templates are written for the object; what isn't JSON, or too deep for them, is left as the model
 * wrote it.
 */
function argumentsOf(json: string, origin: number): Value {
  if (isTooDeep(json)) return userString(json, origin);
  try {
    return valueFromJson(json, () => origin);
  } catch (error) {
    if (error instanceof SyntaxError) return userString(json, origin);
    throw error;
  }
}

/**
 * A value that a request wrote in JSON, with the origin of its strings. Throws `invalid_value` for
 * text that is no JSON.
 */
export function fromJson(json: string, origin: number, param: string): Value {
  try {
    return valueFromJson(json, () => origin);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidValue(param, `it is no JSON: ${error.message}`);
    throw error;
  }
}
