import { KingletError } from '../errors.js';
import type { ChatInput, ChatMessage } from './chat-types.js';

/** Names that a request may not give to the template. */
const RESERVED = new Set(['messages', 'add_generation_prompt', 'chat_template']);
const MAX_DEPTH = 64;

/** Throws `invalid_value` for a chat that no template can render as asked, or nested too deep. */
export function checkChat(input: ChatInput): void {
  if (input.messages.length === 0) {
    throw new KingletError('invalid_value', 'messages is empty', { param: 'messages' });
  }
  if (input.addGenerationPrompt && input.continueFinalMessage) {
    throw new KingletError(
      'invalid_value',
      'continue_final_message needs add_generation_prompt false: the prompt ends either inside ' +
        'the last message or after the header of a new one',
      { param: 'continue_final_message' },
    );
  }
  for (const name of Object.keys(input.templateKwargs)) {
    if (!RESERVED.has(name)) continue;
    throw new KingletError('invalid_value', `chat_template_kwargs may not set ${name}`, {
      param: 'chat_template_kwargs',
    });
  }
  mapStrings(input.templateKwargs, (text) => text, 'chat_template_kwargs', 0);
}

/**
 * What the template sees. `guard` goes over every string of the request, `mark` is put at the end
 * of a message that is to be continued. The template's own tokens (bos_token …) stay as they are.
 */
export function templateContext(
  input: ChatInput,
  templateTokens: Readonly<Record<string, string>>,
  guard: (text: string) => string,
  mark: string,
): Record<string, unknown> {
  const messages = input.messages.map((message, i) => {
    const last = i === input.messages.length - 1;
    const row = mapStrings(messageContext(message), guard, 'messages', 0) as { content: string };
    if (last && input.continueFinalMessage) row.content += mark;
    return row;
  });
  return {
    ...templateTokens,
    ...(mapStrings(input.templateKwargs, guard, 'chat_template_kwargs', 0) as object),
    messages,
    add_generation_prompt: input.addGenerationPrompt,
  };
}

/** A message under the names that templates use; what is absent is undefined to them. */
function messageContext(message: ChatMessage): Record<string, unknown> {
  const { role, content, reasoningContent, name, toolCalls, toolCallId } = message;
  return {
    role,
    content,
    ...(reasoningContent === undefined ? {} : { reasoning_content: reasoningContent }),
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            id: call.id,
            type: call.type,
            function: { name: call.function.name, arguments: parsed(call.function.arguments) },
          })),
        }),
  };
}

/** Templates are written for the object; what isn't JSON is left as the model wrote it. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function mapStrings(
  value: unknown,
  map: (text: string) => string,
  param: string,
  depth: number,
): unknown {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) {
    throw new KingletError('invalid_value', `${param} is nested more than ${MAX_DEPTH} deep`, {
      param,
    });
  }
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map, param, depth + 1));
  // fromEntries defines its properties: a key "__proto__" stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      depth === 0 ? key : map(key),
      mapStrings(item, map, param, depth + 1),
    ]),
  );
}
