import type { Rendered, RenderOptions } from '../jinja/template.js';
import { chatContext } from './chat-context.js';
import type { ChatInput, ChatMessage, RenderedChat, TextRange } from './chat-types.js';
import { type ChatTemplate, templateFailure } from './chat-template.js';
import { checkChat } from './check-chat.js';
import { continuedEnd, MARK } from './continue-final-message.js';
import { checkWhole, type ShownMessage } from './missing-content.js';
import { gapsOf, movedTo, unionOf } from './text-ranges.js';

/**
 * Renders a chat, synchronously and without any state. Throws `invalid_value` for contradictory
 * input and, with `requireWhole`, for a message that the prompt lacks; `template_failed` where the
 * template refuses the messages (its own words are the message) or fails; and what
 * `options.checkpoint` throws.
 */
export function renderChat(
  chatTemplate: ChatTemplate,
  chat: ChatInput,
  options: RenderOptions,
): RenderedChat {
  checkChat(chat);
  const messages = chat.messages.map((message): ChatMessage => {
    // A message never vanishes: few templates know the role, and most would drop it.
    if (message.role !== 'developer' || chatTemplate.knowsDeveloper) return message;
    return { ...message, role: 'system' };
  });
  const last = messages.length - 1;
  const continued = chat.continueFinalMessage ? messages[last] : undefined;
  const mark = continued === undefined ? '' : MARK;
  const context = chatContext({ ...chat, messages }, chatTemplate.tokens, mark);
  let rendered: Rendered;
  try {
    rendered = chatTemplate.template.render(context, options);
  } catch (error) {
    throw templateFailure(error);
  }
  const { text, runs } = rendered;
  if (chat.requireWhole) {
    checkWhole(shownMessages(rendered, chat.messages), chatTemplate.reasoningTags);
  }
  if (continued === undefined) {
    const plain = unionOf(runs);
    return { text, plain, reasoningOpen: chatTemplate.opensThought(text, plain) };
  }

  const { length } = continued.content;
  const marks: TextRange[] = [];
  let lastMark: number | null = null;
  for (const { start, end, origin, source, per } of runs) {
    const begin = start + Math.max(0, length - source) * per;
    if (origin !== last || begin >= end) continue;
    if (source <= length) lastMark = begin;
    marks.push({ start: begin, end });
  }
  const end = continuedEnd(text, lastMark);
  const kept = gapsOf(
    [...unionOf(marks).filter((m) => m.start < end), { start: end, end: text.length }],
    text.length,
  );
  const plainOf = (ofRuns: Rendered['runs']): TextRange[] => movedTo(kept, unionOf(ofRuns));
  const keptText = kept.map(({ start, end }) => text.slice(start, end)).join('');
  return {
    text: keptText,
    plain: plainOf(runs),
    // The message that is continued may have begun a thought itself.
    reasoningOpen: chatTemplate.opensThought(
      keptText,
      plainOf(runs.filter((run) => run.origin !== last)),
    ),
  };
}

/**
 * The messages with what of them is shown. Origins after those of the messages belong to tools and
 * arguments, which need not be shown.
 */
function shownMessages(
  { runs, consumed }: Rendered,
  messages: readonly ChatMessage[],
): ShownMessage[] {
  const all = messages.map((message) => ({ message, shown: new Array<TextRange>() }));
  for (const { start, end, origin, source, per } of runs) {
    all[origin]?.shown.push({ start: source, end: source + Math.ceil((end - start) / per) });
  }
  for (const { origin, start, end } of consumed) {
    all[origin]?.shown.push({ start, end });
  }
  return all;
}
