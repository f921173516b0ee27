/**
 * Validates answers and events against OpenAI's own description of its API
 * (test/golden/openai-openapi.json). Fields beyond it are allowed: what Kinglet adds is additive.
 */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { REPOSITORY } from './reference.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const PLACE = new URL('test/golden/openai-openapi.json', REPOSITORY);

/** Places where OpenAI's servers, vLLM and Kinglet send null though the description has none. */
const NULL_TOO: readonly (readonly [string, ...string[]])[] = [
  // A chunk of a stream has the same schema as the whole completion.
  ['CreateCompletionResponse', 'choices', 'finish_reason'],
  ['CreateCompletionResponse', 'usage'],
  // Open Responses demands these fields, null where nothing applies.
  ['ModelResponseProperties', 'user'],
  ['Response', 'usage'],
  // An echoed prompt's first token has no log-probability.
  ['CreateCompletionResponse', 'choices', 'logprobs', 'token_logprobs', '[]'],
  ['CreateCompletionResponse', 'choices', 'logprobs', 'top_logprobs', '[]'],
];

let compiler: Ajv | null = null;
const compiled = new Map<string, ValidateFunction>();

/**
 * What is wrong with `value` as the schema `name` of OpenAI's description, one line an error;
 * an empty list when nothing is.
 */
export function openaiErrors(name: string, value: unknown): string[] {
  const validate = validatorOf(name);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

function validatorOf(name: string): ValidateFunction {
  compiler ??= loadDescription();
  let validate = compiled.get(name);
  if (validate === undefined) {
    validate = compiler.compile({ $ref: `openai#/components/schemas/${name}` });
    compiled.set(name, validate);
  }
  return validate;
}

function loadDescription(): Ajv {
  const description = JSON.parse(readFileSync(PLACE, 'utf8')) as JsonObject;
  const components = description['components'] as JsonObject;
  const schemas = toJsonSchema(components['schemas']!) as JsonObject;
  for (const path of NULL_TOO) allowNull(schemas, path);
  // The description's formats ("unixtime") are notes.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'openai', components: { schemas } });
  return ajv;
}

/**
 * OpenAPI 3.0's `nullable` in JSON schema's terms; `oneOf` as `anyOf`, because the alternatives of
 * the description overlap; no closed objects.
 */
function toJsonSchema(node: Json): Json {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== 'object') return node;
  const schema: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'nullable' && typeof value === 'boolean') continue;
    if (key === 'additionalProperties' && value === false) continue;
    if (['discriminator', 'example', 'examples', 'default'].includes(key) && !isSchema(value)) {
      continue;
    }
    schema[key === 'oneOf' && Array.isArray(value) ? 'anyOf' : key] = toJsonSchema(value);
  }
  if (node['nullable'] === true) return { anyOf: [schema, { type: 'null' }] };
  return schema;
}

/** A property may be called "default" or "example"; then its value is a schema. */
function isSchema(value: Json): boolean {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    ('type' in value || '$ref' in value || 'anyOf' in value || 'oneOf' in value) &&
    !('propertyName' in value)
  );
}

function allowNull(schemas: JsonObject, [name, ...path]: readonly [string, ...string[]]): void {
  let holder = objectSchema(schemas[name] as JsonObject);
  let key = '';
  for (const step of path) {
    if (key !== '') holder = objectSchema(holder[key] as JsonObject);
    if (step === '[]') key = 'items';
    else {
      holder = holder['properties'] as JsonObject;
      key = step;
    }
  }
  holder[key] = { anyOf: [holder[key]!, { type: 'null' }] };
}

/** The schema itself, its items', its own part of an allOf, or the alternative that is not null. */
function objectSchema(schema: JsonObject): JsonObject {
  if (Array.isArray(schema['anyOf'])) {
    return objectSchema(
      schema['anyOf'].find((s) => (s as JsonObject)['type'] !== 'null') as JsonObject,
    );
  }
  if (Array.isArray(schema['allOf'])) {
    return schema['allOf'].find((s) => 'properties' in (s as JsonObject)) as JsonObject;
  }
  const items = schema['items'] as JsonObject | undefined;
  return items !== undefined && 'properties' in items ? items : schema;
}
