import { Type, type Static } from './type.js';
import { invalidValue, missingParameter } from '../../errors/requests.js';
import { cacheHints } from './cache-hints.js';
import {
  CLOSED,
  LABEL_CHARACTERS,
  onlyEmptyList,
  refused,
  TEXT_ONLY,
  TEXT_OR_PARTS,
} from './fields.js';

/** Calls of one message: more than an answer of any model. */
const MAX_CALLS = 128;

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

/**
 * What OpenAI's packages read from an answer and send back in its message: the text that they read
 * it from stands beside it.
 */
const parsedByClient = () => Type.Optional(Type.Unknown());

/** A call as an answer carried it: its arguments are any text. */
const calledFunction = () =>
  Type.Object(
    {
      name: Type.String({ maxLength: LABEL_CHARACTERS }),
      arguments: Type.String(),
      parsed_arguments: parsedByClient(),
    },
    CLOSED,
  );

const ToolCall = Type.Object(
  {
    id: Type.Optional(Type.String({ maxLength: LABEL_CHARACTERS })),
    type: Type.Optional(Type.Literal('function')),
    function: calledFunction(),
    /** Of a stream's delta. */
    index: Type.Optional(Type.Integer()),
    ...cacheHints(),
  },
  CLOSED,
);

export const Message = Type.Object(
  {
    role: Type.Enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
    content: Type.Optional(Content),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    tool_call_id: Type.Optional(Type.String({ maxLength: LABEL_CHARACTERS })),
    refusal: Type.Optional(Type.String()),
    /** A thought of an earlier turn, as answers carry it; the template decides what becomes of it. */
    reasoning_content: Type.Optional(Type.String()),
    reasoning: Type.Optional(Type.String()),
    tool_calls: Type.Optional(Type.Array(ToolCall, { maxItems: MAX_CALLS })),
    annotations: onlyEmptyList(TEXT_ONLY),
    /** What one call was before there were several. */
    function_call: Type.Optional(calledFunction()),
    audio: refused(TEXT_ONLY),
    parsed: parsedByClient(),
    ...cacheHints(),
  },
  CLOSED,
);

export type Message = Static<typeof Message>;

/** Fields that an assistant's message alone has. */
const ASSISTANTS = [
  'reasoning_content',
  'reasoning',
  'refusal',
  'annotations',
  'tool_calls',
  'function_call',
  'parsed',
] as const;

/** What a schema cannot say about messages: which role needs which field. */
export function checkMessages(messages: readonly Message[]): void {
  messages.forEach((message, i) => {
    const path = `messages[${i}]`;
    // A function of old may have returned nothing.
    if (message.content === undefined && !/^(?:assistant|function)$/.test(message.role)) {
      throw missingParameter(`${path}.content`);
    }
    if (message.role === 'tool' && message.tool_call_id === undefined) {
      throw missingParameter(`${path}.tool_call_id`);
    }
    if (message.role === 'function' && message.name === undefined) {
      throw missingParameter(`${path}.name`);
    }
    for (const field of ASSISTANTS) {
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
