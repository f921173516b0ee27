import Type, { type Static } from 'typebox';
import { CLOSED, label, refused, switchField, tokenCount } from '../schemas/fields.js';

const NO_TOOLS = 'tool calling is not built yet';
const TEXT_ONLY = 'messages may hold text only';

const InputTextPart = Type.Object(
  { type: Type.Literal('input_text'), text: Type.String() },
  CLOSED,
);

/** As an answer carried it: annotations and log-probabilities are taken and not looked at. */
const OutputTextPart = Type.Object(
  {
    type: Type.Literal('output_text'),
    text: Type.String(),
    annotations: Type.Optional(Type.Array(Type.Unknown())),
    logprobs: Type.Optional(Type.Array(Type.Unknown())),
  },
  CLOSED,
);

const MessageItem = Type.Object(
  {
    type: Type.Optional(Type.Literal('message')),
    role: Type.Enum(['system', 'developer', 'user', 'assistant']),
    content: Type.Union(
      [Type.String(), Type.Array(Type.Union([InputTextPart, OutputTextPart]), { minItems: 1 })],
      { expected: 'a string or a list of text parts', unsupported: TEXT_ONLY },
    ),
    id: label(),
    status: Type.Optional(Type.Enum(['in_progress', 'completed', 'incomplete'])),
    phase: Type.Optional(Type.Enum(['commentary', 'final_answer'])),
  },
  CLOSED,
);

/** A thought of an earlier turn; it belongs to the assistant's message that follows. */
const ReasoningItem = Type.Object(
  {
    type: Type.Literal('reasoning'),
    id: label(),
    summary: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
    content: Type.Optional(
      Type.Array(
        Type.Object({ type: Type.Literal('reasoning_text'), text: Type.String() }, CLOSED),
      ),
    ),
    status: Type.Optional(Type.Enum(['in_progress', 'completed', 'incomplete'])),
  },
  CLOSED,
);

export type MessageItem = Static<typeof MessageItem>;
export type ReasoningItem = Static<typeof ReasoningItem>;
export type InputItem = MessageItem | ReasoningItem;

/** The one message that a client may send: CreateResponse and what the websocket adds to it. */
export const ResponseCreate = Type.Object(
  {
    type: Type.Literal('response.create'),
    /** The lane. Checked apart: its error has a code of its own. */
    stream_id: Type.Optional(Type.String()),
    /** false warms the prefix cache up: an id, and no output. */
    generate: switchField(),

    model: Type.Optional(Type.String()),
    input: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.Union([MessageItem, ReasoningItem]))], {
        expected: 'a string or a list of message and reasoning items',
      }),
    ),
    instructions: Type.Optional(Type.String()),
    previous_response_id: Type.Optional(Type.String()),
    max_output_tokens: tokenCount(1),
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
    top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    // Additive, with vLLM's names.
    top_k: Type.Optional(Type.Integer({ minimum: -1, maximum: 2 ** 31 - 1 })),
    min_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    repetition_penalty: Type.Optional(Type.Number({ minimum: 0.01, maximum: 100 })),
    seed: Type.Optional(Type.Integer({ minimum: -(2 ** 63), maximum: 2 ** 63 })),
    chat_template_kwargs: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { maxProperties: 64 }),
    ),

    // Labels, and values that ask for nothing.
    user: label(),
    safety_identifier: label(),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String(), { maxProperties: 16 })),
    prompt_cache_key: label(),
    parallel_tool_calls: switchField(),
    tools: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0, unsupported: NO_TOOLS })),
    tool_choice: Type.Optional(Type.Literal('none', { unsupported: NO_TOOLS })),
    include: Type.Optional(
      Type.Array(Type.Unknown(), { maxItems: 0, unsupported: 'nothing can be added to answers' }),
    ),
    text: Type.Optional(
      Type.Object(
        {
          format: Type.Optional(
            Type.Object(
              { type: Type.Literal('text') },
              { ...CLOSED, unsupported: 'structured output is not built yet' },
            ),
          ),
          verbosity: refused('the length of answers cannot be set'),
        },
        CLOSED,
      ),
    ),
    truncation: Type.Optional(
      Type.Literal('disabled', { unsupported: 'nothing is cut to make it fit' }),
    ),
    /** The API's default is true; answers say false, since nothing outlives the socket. */
    store: switchField(),
    service_tier: Type.Optional(
      Type.Enum(['auto', 'default'], { unsupported: 'there is one tier' }),
    ),
    top_logprobs: Type.Optional(
      Type.Literal(0, { unsupported: 'log-probabilities are not part of this mode' }),
    ),

    reasoning: refused('the effort of a thought cannot be set yet'),
    stream: refused('streaming is implied over a websocket'),
    stream_options: refused('streaming is implied over a websocket'),
    background: refused('nothing runs without its socket'),
    conversation: refused('use previous_response_id'),
    prompt: refused('there are no stored prompts'),
    max_tool_calls: refused(NO_TOOLS),
    context_management: refused('nothing is cut or compacted'),
    moderation: refused('there is no moderation'),
    prompt_cache_retention: refused('the prefix cache keeps what fits'),
    prompt_cache_options: refused('the prefix cache keeps what fits'),
  },
  CLOSED,
);

export type ResponseCreate = Static<typeof ResponseCreate>;
