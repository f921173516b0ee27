import { parseTemplate, type RenderOptions } from '../jinja/template.js';
import type { ToolFamily } from '../tools/family.js';
import { fromJson } from './chat-context.js';
import { templateFailure } from './chat-template.js';
import type { PlacedMessage } from './tool-messages.js';

/** Between a text of Kinglet's and the message that it goes to. */
const GAP = '\n\n';

/**
 * The text that describes the tools to a model whose template doesn't; null where the template
 * does, and without tools. Throws `invalid_value` for tools that are no JSON, and
 * `template_failed` where their text passes a bound.
 */
export function toolText(
  family: ToolFamily | null,
  toolsJson: string | null,
  options: RenderOptions,
): string | null {
  if (family === null || toolsJson === null || family.tools === 'template') return null;
  const tools = fromJson(toolsJson, 0, 'tools');
  try {
    return parseTemplate(family.tools.text).render([['tools', tools]], options).text;
  } catch (error) {
    throw templateFailure(error);
  }
}

/** A chat whose system message ends in the text; one is made where there is none. */
export function withSystemText(messages: readonly PlacedMessage[], text: string): PlacedMessage[] {
  const [first, ...rest] = messages;
  if (first === undefined || !/^(?:system|developer)$/.test(first.message.role)) {
    return [{ message: { role: 'system', content: text }, index: null }, ...messages];
  }
  const { content } = first.message;
  const joined = content === '' ? text : `${content}${GAP}${text}`;
  return [{ ...first, message: { ...first.message, content: joined } }, ...rest];
}

/** A chat whose first user's message begins with the text; null where no user speaks. */
export function withUserText(
  messages: readonly PlacedMessage[],
  text: string,
): PlacedMessage[] | null {
  const at = messages.findIndex(({ message }) => message.role === 'user');
  if (at < 0) return null;
  return messages.map((placed, i) =>
    i !== at
      ? placed
      : {
          ...placed,
          message: { ...placed.message, content: `${text}${GAP}${placed.message.content}` },
        },
  );
}
