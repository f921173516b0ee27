/**
 * The Response object as the Open Responses specification (openresponses.org) demands it, in a JSON
 * schema of our own: its required fields and their types, as far as Kinglet's answers can use them.
 */
import { Ajv } from 'ajv';

const orNull = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });
const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const list = (items: object) => ({ type: 'array', items });
const oneOf = (...values: string[]) => ({ enum: values });

const STRING = { type: 'string' };
const INTEGER = { type: 'integer' };
const NUMBER = { type: 'number' };
const BOOLEAN = { type: 'boolean' };

const message = object({
  type: oneOf('message'),
  id: STRING,
  status: oneOf('in_progress', 'completed', 'incomplete'),
  role: oneOf('assistant'),
  content: list(
    object({
      type: oneOf('output_text'),
      text: STRING,
      annotations: list({}),
      logprobs: list({}),
    }),
  ),
});
const reasoning = object({
  type: oneOf('reasoning'),
  id: STRING,
  content: list(object({ type: oneOf('reasoning_text'), text: STRING })),
  summary: list({}),
});

const functionCall = object({
  type: oneOf('function_call'),
  id: STRING,
  call_id: STRING,
  name: STRING,
  arguments: STRING,
  status: oneOf('in_progress', 'completed', 'incomplete'),
});
const functionTool = object({
  type: oneOf('function'),
  name: STRING,
  description: orNull(STRING),
  parameters: orNull({ type: 'object' }),
  strict: orNull(BOOLEAN),
});
const functionChoice = object({ type: oneOf('function'), name: STRING });
const allowedTools = object({
  type: oneOf('allowed_tools'),
  mode: oneOf('none', 'auto', 'required'),
  tools: list(functionChoice),
});

const response = object({
  id: STRING,
  object: oneOf('response'),
  created_at: INTEGER,
  completed_at: orNull(INTEGER),
  status: STRING,
  incomplete_details: orNull(object({ reason: STRING })),
  model: STRING,
  previous_response_id: orNull(STRING),
  instructions: orNull(STRING),
  output: list({ anyOf: [message, reasoning, functionCall] }),
  error: orNull(object({ code: STRING, message: STRING })),
  tools: list(functionTool),
  tool_choice: { anyOf: [oneOf('none', 'auto', 'required'), functionChoice, allowedTools] },
  truncation: oneOf('auto', 'disabled'),
  parallel_tool_calls: BOOLEAN,
  text: object({ format: object({ type: oneOf('text') }) }),
  top_p: NUMBER,
  presence_penalty: NUMBER,
  frequency_penalty: NUMBER,
  top_logprobs: INTEGER,
  temperature: NUMBER,
  reasoning: orNull(object({ effort: orNull(STRING), summary: orNull(STRING) })),
  user: orNull(STRING),
  usage: orNull(
    object({
      input_tokens: INTEGER,
      output_tokens: INTEGER,
      total_tokens: INTEGER,
      input_tokens_details: object({ cached_tokens: INTEGER }),
      output_tokens_details: object({ reasoning_tokens: INTEGER }),
    }),
  ),
  max_output_tokens: orNull(INTEGER),
  max_tool_calls: orNull(INTEGER),
  store: BOOLEAN,
  background: BOOLEAN,
  service_tier: STRING,
  metadata: { type: 'object' },
  safety_identifier: orNull(STRING),
  prompt_cache_key: orNull(STRING),
});

const validate = new Ajv({ strict: false, allErrors: true }).compile(response);

/** What is wrong with a Response object, one line an error; an empty list when nothing is. */
export function openResponsesErrors(value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
