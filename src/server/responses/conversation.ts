/** From items of the Responses API to the messages that a chat template renders, and back. */
import { contentText, type Message } from '../schemas/messages.js';
import type { InputItem } from './schema.js';

/**
 * The messages of an `input`: a string is one user message; a thought goes with what follows it, and
 * calls with the words that they follow.
 */
export function inputMessages(input: string | readonly InputItem[] | undefined): Message[] {
  if (input === undefined) return [];
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  const messages: Message[] = [];
  let thought: string | null = null;
  for (const item of input) {
    switch (item.type) {
      case 'reasoning':
        thought = (thought ?? '') + contentText(item.content);
        continue;
      case 'function_call': {
        const last = thought === null ? messages.at(-1) : undefined;
        const call = { id: item.call_id, name: item.name, arguments: item.arguments };
        if (last?.role === 'assistant') messages[messages.length - 1] = withCall(last, call);
        else messages.push(withCall(assistantMessage('', thought), call));
        break;
      }
      case 'function_call_output': {
        const { call_id: id, name } = item;
        const content = contentText(item.output);
        messages.push({
          role: 'tool',
          tool_call_id: id,
          content,
          ...(name !== undefined && { name }),
        });
        break;
      }
      case 'message':
      case undefined: {
        const content = contentText(item.content);
        messages.push(
          item.role === 'assistant'
            ? assistantMessage(content, thought)
            : { role: item.role, content },
        );
      }
    }
    thought = null;
  }
  return messages;
}

/** A call as items and answers carry it. */
interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

function withCall(message: Message, { id, name, arguments: text }: Call): Message {
  const call = { id, type: 'function' as const, function: { name, arguments: text } };
  return { ...message, tool_calls: [...(message.tool_calls ?? []), call] };
}

/** An assistant's turn, as an input of items and as a continued response alike give it. */
export function assistantMessage(
  content: string,
  thought: string | null,
  calls: readonly Call[] = [],
): Message {
  const message: Message =
    thought === null || thought === ''
      ? { role: 'assistant', content }
      : { role: 'assistant', content, reasoning_content: thought };
  return calls.reduce(withCall, message);
}
