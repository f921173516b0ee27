import { Type, type Static } from '../schemas/type.js';
import {
  CACHE_IN_MEMORY,
  CLOSED,
  label,
  LABEL_CHARACTERS,
  MODEL_CALLS,
  modelName,
  NO_MODERATION,
  NO_PADDING,
  NO_VERBOSITY,
  ONE_TIER,
  onlyEmptyList,
  onlyNothing,
  refused,
  samplingFields,
  switchField,
  TEXT_ONLY,
  TEXT_OR_PARTS,
  tokenCount,
} from '../schemas/fields.js';
import { cacheHints } from '../schemas/cache-hints.js';
import { responseToolChoice, responseTools } from '../schemas/tools.js';
import { textFormat } from '../schemas/structure.js';
import { effort, thinkingFields } from '../schemas/thinking.js';
import { voteField } from '../schemas/vote.js';
import { refuseUnbuiltItems } from '../schemas/unbuilt.js';
import { validator } from '../validation/validate.js';

/** Samples that may vote over one response. */
const MAX_VOTING_SAMPLES = 128;

const NO_SUMMARIES = 'thoughts are not summarized';

const itemStatus = () => Type.Optional(Type.Enum(['in_progress', 'completed', 'incomplete']));

const InputTextPart = Type.Object(
  { type: Type.Literal('input_text'), text: Type.String(), ...cacheHints() },
  CLOSED,
);

/** As an answer carried it: annotations and log-probabilities are taken and not looked at. */
const OutputTextPart = Type.Object(
  {
    type: Type.Literal('output_text'),
    text: Type.String(),
    annotations: Type.Optional(Type.Array(Type.Unknown())),
    logprobs: Type.Optional(Type.Array(Type.Unknown())),
    ...cacheHints(),
  },
  CLOSED,
);

const MessageItem = Type.Object(
  {
    type: Type.Optional(Type.Literal('message')),
    role: Type.Enum(['system', 'developer', 'user', 'assistant']),
    content: Type.Union([Type.String(), Type.Array(Type.Union([InputTextPart, OutputTextPart]))], {
      expected: TEXT_OR_PARTS,
      unsupported: TEXT_ONLY,
    }),
    id: label(),
    status: itemStatus(),
    phase: Type.Optional(Type.Enum(['commentary', 'final_answer'])),
  },
  CLOSED,
);

/** A thought of an earlier turn; it belongs to the assistant's message that follows. */
const ReasoningItem = Type.Object(
  {
    type: Type.Literal('reasoning'),
    id: label(),
    summary: onlyEmptyList('summaries of thoughts are not read'),
    content: Type.Optional(
      Type.Array(
        Type.Object({ type: Type.Literal('reasoning_text'), text: Type.String() }, CLOSED),
      ),
    ),
    status: itemStatus(),
  },
  CLOSED,
);

const NO_NAMESPACES = 'tools have no namespaces';

/** A call of an earlier turn; those that follow each other are one message's. */
const FunctionCallItem = Type.Object(
  {
    type: Type.Literal('function_call'),
    call_id: Type.String({ maxLength: LABEL_CHARACTERS }),
    name: Type.String({ maxLength: LABEL_CHARACTERS }),
    /** Any text: a model wrote it. */
    arguments: Type.String(),
    id: label(),
    status: itemStatus(),
    namespace: refused(NO_NAMESPACES),
    caller: refused(MODEL_CALLS),
  },
  CLOSED,
);

const FunctionCallOutputItem = Type.Object(
  {
    type: Type.Literal('function_call_output'),
    call_id: Type.String({ maxLength: LABEL_CHARACTERS }),
    output: Type.Union([Type.String(), Type.Array(InputTextPart)], {
      expected: TEXT_OR_PARTS,
      unsupported: TEXT_ONLY,
    }),
    name: label(),
    id: label(),
    status: itemStatus(),
    namespace: refused(NO_NAMESPACES),
    caller: refused(MODEL_CALLS),
  },
  CLOSED,
);

const Item = Type.Union([MessageItem, ReasoningItem, FunctionCallItem, FunctionCallOutputItem]);

export type InputItem = Static<typeof Item>;

/** The one message that a client may send: CreateResponse and what the websocket adds to it. */
export const ResponseCreate = Type.Object(
  {
    type: Type.Literal('response.create'),
    /** The lane. Checked apart: its error has a code of its own. */
    stream_id: Type.Optional(Type.String()),
    /** false warms the prefix cache up: an id, and no output. */
    generate: switchField(),

    model: modelName(),
    input: Type.Optional(
      Type.Union([Type.String(), Type.Array(Item)], {
        expected: 'a string or a list of messages, thoughts, function calls and their outputs',
      }),
    ),
    instructions: Type.Optional(Type.String()),
    previous_response_id: Type.Optional(Type.String()),
    max_output_tokens: tokenCount(1),
    ...samplingFields(),
    // Additive, with vLLM's names.
    seed: Type.Optional(Type.Integer({ minimum: -(2 ** 63), maximum: 2 ** 63 })),
    chat_template_kwargs: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { maxProperties: 64 }),
    ),

    ...thinkingFields(),
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_VOTING_SAMPLES })),
    vote: voteField(),

    tools: responseTools(),
    tool_choice: responseToolChoice(),
    parallel_tool_calls: switchField(),

    // Labels, and values that ask for nothing.
    user: label(),
    safety_identifier: label(),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String(), { maxProperties: 16 })),
    prompt_cache_key: label(),
    include: onlyEmptyList('nothing can be added to answers'),
    text: Type.Optional(
      Type.Object(
        {
          format: Type.Optional(textFormat()),
          verbosity: onlyNothing(NO_VERBOSITY, 'medium'),
        },
        CLOSED,
      ),
    ),
    reasoning: Type.Optional(
      Type.Object(
        {
          effort: effort(),
          summary: refused(NO_SUMMARIES),
          generate_summary: refused(NO_SUMMARIES),
        },
        CLOSED,
      ),
    ),
    truncation: onlyNothing('nothing is cut to make it fit', 'disabled'),
    /** The API's default is true; answers say false, since nothing outlives the socket. */
    store: switchField(),
    service_tier: onlyNothing(ONE_TIER, 'auto', 'default'),
    top_logprobs: onlyNothing('log-probabilities are not part of this mode', 0),
    background: onlyNothing('nothing runs without its socket', false),
    context_management: onlyEmptyList('nothing is cut or compacted'),
    prompt_cache_retention: onlyNothing(CACHE_IN_MEMORY, 'in_memory', 'in-memory'),
    /** Over a websocket there are events whatever it says. */
    stream: switchField(),
    stream_options: Type.Optional(
      Type.Object({ include_obfuscation: onlyNothing(NO_PADDING, false) }, CLOSED),
    ),

    conversation: refused('use previous_response_id'),
    prompt: refused('there are no stored prompts'),
    max_tool_calls: refused('the server itself runs no tools'),
    moderation: refused(NO_MODERATION),
    prompt_cache_options: refused(CACHE_IN_MEMORY),
  },
  CLOSED,
);

export type ResponseCreate = Static<typeof ResponseCreate>;

const validate = validator(ResponseCreate);

/** Checks a message of the websocket; throws a KingletError whose `param` is what was wrong. */
export function responseCreate(message: unknown): ResponseCreate {
  refuseUnbuiltItems(message);
  return validate(message);
}
