/** From items of the Responses API to the messages that a chat template renders, and back. */
import { contentText, type Message } from '../schemas/messages.js';
import type { InputItem } from './schema.js';

/** The messages of an `input`: a string is one user message; a thought goes with what follows it. */
export function inputMessages(input: string | readonly InputItem[] | undefined): Message[] {
  if (input === undefined) return [];
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  const messages: Message[] = [];
  let thought: string | null = null;
  for (const item of input) {
    if (item.type === 'reasoning') {
      thought = (thought ?? '') + contentText(item.content);
      continue;
    }
    const content = contentText(item.content);
    messages.push(
      item.role === 'assistant' ? assistantMessage(content, thought) : { role: item.role, content },
    );
    thought = null;
  }
  return messages;
}

/** An assistant's turn, as an input of items and as a continued response alike give it. */
export function assistantMessage(content: string, thought: string | null): Message {
  return thought === null || thought === ''
    ? { role: 'assistant', content }
    : { role: 'assistant', content, reasoning_content: thought };
}
