import { spellCalls } from '../tools/call-format.js';
import { RESULT_END, RESULT_START, type ToolFamily } from '../tools/family.js';
import type { ChatMessage, ChatToolCall } from './chat-types.js';

/** A message as the template gets it, and which message of the request it comes from. */
export interface PlacedMessage {
  readonly message: ChatMessage;
  /** null: Kinglet's own. */
  readonly index: number | null;
}

/**
 * Calls and results in a chat as a family's template takes them: spelled out where it knows none,
 * one call a message where it takes no more. Without a family nothing is changed.
 */
export function withToolMessages(
  messages: readonly PlacedMessage[],
  family: ToolFamily | null,
): PlacedMessage[] {
  if (family === null) return [...messages];
  const placed = family.calls === 'alone' ? withCallsAlone(messages) : [...messages];
  const spelled =
    family.calls === 'text' ? placed.map((each) => withSpelledCalls(each, family)) : placed;
  return family.results === 'text' ? withResultsAsText(spelled) : spelled;
}

/** Each call in a message of its own, its result behind it; words come first. */
function withCallsAlone(messages: readonly PlacedMessage[]): PlacedMessage[] {
  const out: PlacedMessage[] = [];
  for (let i = 0; i < messages.length; i++) {
    const placed = messages[i];
    if (placed === undefined) break;
    const { toolCalls = [], ...message } = placed.message;
    const words = message.content.trim() !== '';
    if (toolCalls.length === 0 || (toolCalls.length === 1 && !words)) {
      out.push(placed);
      continue;
    }
    const results = resultsBehind(messages, i);
    i += results.length;
    if (words) out.push({ ...placed, message });
    out.push(...eachAlone(placed, toolCalls, results, !words));
  }
  return out;
}

function resultsBehind(messages: readonly PlacedMessage[], at: number): PlacedMessage[] {
  const end = messages.findIndex(({ message }, i) => i > at && message.role !== 'tool');
  return messages.slice(at + 1, end < 0 ? messages.length : end);
}

function eachAlone(
  placed: PlacedMessage,
  toolCalls: readonly ChatToolCall[],
  results: readonly PlacedMessage[],
  withThought: boolean,
): PlacedMessage[] {
  const { reasoningContent, ...message } = placed.message;
  const left = new Set(results);
  const out = toolCalls.flatMap((call, i): PlacedMessage[] => {
    const own = [...left].filter(
      (result) => call.id !== undefined && result.message.toolCallId === call.id,
    );
    for (const result of own) left.delete(result);
    const thought =
      withThought && i === 0 && reasoningContent !== undefined ? { reasoningContent } : {};
    return [
      { ...placed, message: { ...message, ...thought, content: '', toolCalls: [call] } },
      ...own,
    ];
  });
  return [...out, ...left];
}

function withSpelledCalls(placed: PlacedMessage, { format }: ToolFamily): PlacedMessage {
  const { toolCalls = [], ...message } = placed.message;
  if (toolCalls.length === 0) return placed;
  const calls = spellCalls(
    format,
    toolCalls.map((call) => call.function),
  );
  const content = message.content === '' ? calls : `${message.content}\n${calls}`;
  return { ...placed, message: { ...message, content } };
}

/** Results as a user's message; those that follow each other are one. */
function withResultsAsText(messages: readonly PlacedMessage[]): PlacedMessage[] {
  const out: PlacedMessage[] = [];
  let joined = false;
  for (const placed of messages) {
    const isResult = placed.message.role === 'tool';
    const last = out.at(-1);
    const text = `${RESULT_START}${placed.message.content}${RESULT_END}`;
    if (!isResult) out.push(placed);
    else if (!joined || last === undefined) {
      out.push({ ...placed, message: { role: 'user', content: text } });
    } else {
      const content = `${last.message.content}\n${text}`;
      out[out.length - 1] = { ...last, message: { ...last.message, content } };
    }
    joined = isResult;
  }
  return out;
}
