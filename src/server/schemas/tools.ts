/** Tools in requests: what may be offered, and what a request may say of their use. */
import { Type } from './type.js';
import { cacheHints } from './cache-hints.js';
import { CLOSED, MODEL_CALLS, onlyNothing, refused } from './fields.js';

/** As OpenAI has it. */
const MAX_TOOLS = 128;

const FUNCTIONS_ONLY = 'tools are functions';

/** A JSON schema. It reaches the template as it was written. */
const parameters = () => Type.Optional(Type.Record(Type.String(), Type.Unknown()));

const functionFields = () => ({
  name: Type.String(),
  description: Type.Optional(Type.String()),
  parameters: parameters(),
});

/** A tool of a chat. */
const ChatTool = Type.Object(
  {
    type: Type.Literal('function', { unsupported: FUNCTIONS_ONLY }),
    function: Type.Object({ ...functionFields(), strict: Type.Optional(Type.Boolean()) }, CLOSED),
    ...cacheHints(),
  },
  CLOSED,
);

export const chatTools = () => Type.Optional(Type.Array(ChatTool, { maxItems: MAX_TOOLS }));

/** What tools were called before there were others. */
export const oldFunctions = () =>
  Type.Optional(Type.Array(Type.Object(functionFields(), CLOSED), { maxItems: MAX_TOOLS }));

const CHOICES = '"none", "auto", "required", a function or allowed_tools';
const MODES = ['none', 'auto', 'required'] as const;
const allowedMode = () => Type.Enum(['auto', 'required']);

/** A function by its name; other fields of it are not looked at. */
const NamedFunction = Type.Object({ name: Type.String() });
const NamedTool = Type.Object({ type: Type.Literal('function'), function: NamedFunction });

export const chatToolChoice = () =>
  Type.Optional(
    Type.Union(
      [
        Type.Enum([...MODES]),
        NamedTool,
        Type.Object(
          {
            type: Type.Literal('allowed_tools'),
            allowed_tools: Type.Object(
              { mode: allowedMode(), tools: Type.Array(NamedTool, { maxItems: MAX_TOOLS }) },
              CLOSED,
            ),
          },
          CLOSED,
        ),
      ],
      { expected: CHOICES },
    ),
  );

export const oldFunctionCall = () =>
  Type.Optional(
    Type.Union([Type.Enum(['none', 'auto']), NamedFunction], {
      expected: '"none", "auto" or a function',
    }),
  );

/** A tool of a response: the same, without a level. */
const ResponseTool = Type.Object(
  {
    type: Type.Literal('function', { unsupported: FUNCTIONS_ONLY }),
    ...functionFields(),
    strict: Type.Optional(Type.Boolean()),
    defer_loading: onlyNothing('there is no search among tools', false),
    output_schema: refused("a tool's output is text"),
    allowed_callers: refused(MODEL_CALLS),
  },
  CLOSED,
);

export const responseTools = () => Type.Optional(Type.Array(ResponseTool, { maxItems: MAX_TOOLS }));

const FlatNamedTool = Type.Object({ type: Type.Literal('function'), name: Type.String() });

export const responseToolChoice = () =>
  Type.Optional(
    Type.Union(
      [
        Type.Enum([...MODES]),
        FlatNamedTool,
        Type.Object(
          {
            type: Type.Literal('allowed_tools'),
            mode: allowedMode(),
            tools: Type.Array(FlatNamedTool, { maxItems: MAX_TOOLS }),
          },
          CLOSED,
        ),
      ],
      { expected: CHOICES },
    ),
  );
