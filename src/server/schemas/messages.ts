import { Type, type Static } from './type.js';
import { invalidValue, missingParameter } from '../../errors/requests.js';
import { CLOSED, NO_TOOLS, onlyEmptyList, refused, TEXT_ONLY, TEXT_OR_PARTS } from './fields.js';

/** Anthropic's and OpenAI's marks of what is worth caching: the prefix cache finds that by itself. */
export const cacheHints = () => ({
  cache_control: Type.Optional(Type.Unknown()),
  prompt_cache_breakpoint: Type.Optional(Type.Unknown()),
});

const TextPart = Type.Object(
  {
    type: Type.Literal('text', { unsupported: TEXT_ONLY }),
    text: Type.String(),
    ...cacheHints(),
  },
  CLOSED,
);

/** An empty list is no text, as '' is. */
const Content = Type.Union([Type.String(), Type.Array(TextPart)], {
  expected: TEXT_OR_PARTS,
});

export const Message = Type.Object(
  {
    role: Type.Enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: Type.Optional(Content),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    tool_call_id: Type.Optional(Type.String({ maxLength: 1024 })),
    refusal: Type.Optional(Type.String()),
    /** A thought of an earlier turn, as answers carry it; the template decides what becomes of it. */
    reasoning_content: Type.Optional(Type.String()),
    reasoning: Type.Optional(Type.String()),
    tool_calls: onlyEmptyList(NO_TOOLS),
    annotations: onlyEmptyList(TEXT_ONLY),
    function_call: refused(NO_TOOLS),
    audio: refused(TEXT_ONLY),
    ...cacheHints(),
  },
  CLOSED,
);

export type Message = Static<typeof Message>;

/** What a schema cannot say about messages: which role needs which field. */
export function checkMessages(messages: readonly Message[]): void {
  messages.forEach((message, i) => {
    const path = `messages[${i}]`;
    if (message.content === undefined && message.role !== 'assistant') {
      throw missingParameter(`${path}.content`);
    }
    if (message.role === 'tool' && message.tool_call_id === undefined) {
      throw missingParameter(`${path}.tool_call_id`);
    }
    for (const field of ['reasoning_content', 'reasoning', 'refusal', 'annotations'] as const) {
      if (message[field] !== undefined && message.role !== 'assistant') {
        throw invalidValue(`${path}.${field}`, "only an assistant's message has one");
      }
    }
  });
}

/** A message's text, its parts joined. */
export function contentText(
  content: string | readonly { readonly text: string }[] | undefined,
): string {
  if (content === undefined) return '';
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}
