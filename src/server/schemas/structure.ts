/** Request fields that say what an answer is held to. */
import { MAX_CHOICES } from '../../grammar/limits.js';
import { CLOSED, refused } from './fields.js';
import { Type, type Static } from './type.js';

const NO_STRUCTURAL_TAG = 'there are no structural tags; tools call functions';
const NO_WHITESPACE_PATTERN = 'whitespace is none or one space, as the model chooses';
const KNOWN_FORMATS = 'answers are held to "text", "json_object" or "json_schema"';
const FORMATS = ['text', 'json_object', 'json_schema'] as const;

const schemaObject = () => Type.Record(Type.String(), Type.Unknown());

/** OpenAI's `response_format`. */
const responseFormat = () =>
  Type.Object(
    {
      type: Type.Unsafe<(typeof FORMATS)[number]>({
        enum: FORMATS,
        unsupported: KNOWN_FORMATS,
      }),
      /** Beside "json_object", as llama.cpp and Together have it. */
      schema: Type.Optional(schemaObject()),
      json_schema: Type.Optional(
        Type.Object(
          {
            name: Type.Optional(Type.String({ maxLength: 64 })),
            description: Type.Optional(Type.String()),
            schema: Type.Optional(schemaObject()),
            strict: Type.Optional(Type.Boolean()),
          },
          CLOSED,
        ),
      ),
    },
    CLOSED,
  );

/** The same in Responses: `text.format`. */
export const textFormat = () =>
  Type.Object(
    {
      type: Type.Unsafe<(typeof FORMATS)[number]>({
        enum: FORMATS,
        unsupported: KNOWN_FORMATS,
      }),
      name: Type.Optional(Type.String({ maxLength: 64 })),
      description: Type.Optional(Type.String()),
      schema: Type.Optional(schemaObject()),
      strict: Type.Optional(Type.Boolean()),
    },
    CLOSED,
  );

const choices = () =>
  Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: MAX_CHOICES });
const schemaOrText = () =>
  Type.Union([Type.String(), schemaObject()], { expected: 'a JSON Schema' });

/** vLLM's `structured_outputs`, and what it was called before. */
export function structureFields() {
  return {
    response_format: Type.Optional(responseFormat()),
    structured_outputs: Type.Optional(
      Type.Object(
        {
          json: Type.Optional(schemaOrText()),
          json_object: Type.Optional(Type.Boolean()),
          regex: Type.Optional(Type.String()),
          choice: Type.Optional(choices()),
          grammar: Type.Optional(Type.String()),
          whitespace_pattern: refused(NO_WHITESPACE_PATTERN),
          structural_tag: refused(NO_STRUCTURAL_TAG),
        },
        CLOSED,
      ),
    ),
    guided_json: Type.Optional(schemaOrText()),
    guided_json_object: Type.Optional(Type.Boolean()),
    guided_regex: Type.Optional(Type.String()),
    guided_choice: Type.Optional(choices()),
    guided_grammar: Type.Optional(Type.String()),
    guided_whitespace_pattern: refused(NO_WHITESPACE_PATTERN),
    structural_tag: refused(NO_STRUCTURAL_TAG),
  };
}

type Fields = ReturnType<typeof structureFields>;

export type TextFormat = Static<ReturnType<typeof textFormat>>;
export type StructureFields = { [Field in keyof Fields]?: Static<Fields[Field]> };
