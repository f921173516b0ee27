import type { Rendered, RenderOptions } from '../jinja/template.js';
import { KingletError } from '../errors.js';
import { chatContext } from './chat-context.js';
import type { ChatInput, RenderedChat, TextRange } from './chat-types.js';
import { type ChatTemplate, templateFailure } from './chat-template.js';
import { checkChat } from './check-chat.js';
import { continuedEnd, MARK } from './continue-final-message.js';
import { checkWhole, type ShownMessage } from './missing-content.js';
import { gapsOf, movedTo, unionOf } from './text-ranges.js';
import { type PlacedMessage, withToolMessages } from './tool-messages.js';
import { toolText, withSystemText, withUserText } from './tool-text.js';

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
  const { family } = chatTemplate;
  const messages = withToolMessages(
    chat.messages.map((message, index): PlacedMessage => {
      // A message never vanishes: few templates know the role, and most would drop it.
      const asSystem = message.role === 'developer' && !chatTemplate.knowsDeveloper;
      return { message: asSystem ? { ...message, role: 'system' } : message, index };
    }),
    family,
  );
  const text = toolText(family, chat.toolsJson, options);
  if (text === null) return renderMessages(chatTemplate, chat, messages, options);
  try {
    return renderMessages(chatTemplate, chat, withSystemText(messages, text), options);
  } catch (error) {
    // Some templates refuse system messages, others leave them out.
    const asUser = error instanceof KingletError ? withUserText(messages, text) : null;
    if (asUser === null) throw error;
    return renderMessages(chatTemplate, chat, asUser, options);
  }
}

/** Renders messages as they are. */
function renderMessages(
  chatTemplate: ChatTemplate,
  chat: ChatInput,
  placed: readonly PlacedMessage[],
  options: RenderOptions,
): RenderedChat {
  const messages = placed.map(({ message }) => message);
  const last = messages.length - 1;
  const continued = chat.continueFinalMessage ? messages[last] : undefined;
  const mark = continued === undefined ? '' : MARK;
  const shownTools = chatTemplate.family === null || chatTemplate.family.tools === 'template';
  const context = chatContext({ ...chat, messages }, chatTemplate.tokens, mark, shownTools);
  let rendered: Rendered;
  try {
    rendered = chatTemplate.template.render(context, options);
  } catch (error) {
    throw templateFailure(error);
  }
  const { text, runs } = rendered;
  checkWhole(
    shownMessages(rendered, placed).filter(({ index }) => chat.requireWhole || index === null),
    chat.messages.length,
    chatTemplate.reasoningTags,
  );
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
  messages: readonly PlacedMessage[],
): ShownMessage[] {
  const all = messages.map((placed) => ({ ...placed, shown: new Array<TextRange>() }));
  for (const { start, end, origin, source, per } of runs) {
    all[origin]?.shown.push({ start: source, end: source + Math.ceil((end - start) / per) });
  }
  for (const { origin, start, end } of consumed) {
    all[origin]?.shown.push({ start, end });
  }
  return all;
}
