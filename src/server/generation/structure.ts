/** What a request holds its answer to, whichever field says so. */
import type { GrammarUse } from '../../engine/types.js';
import { invalidValue, missingParameter } from '../../errors/requests.js';
import type { GrammarSource } from '../../grammar/grammar-source.js';
import { MAX_GRAMMAR_TEXT_BYTES } from '../../grammar/limits.js';
import { isObject, parseSchemaText } from '../../grammar/schema/schema-document.js';
import { jsonSourceOf } from '../json/source.js';
import type { ServedModel } from '../served-model.js';
import type { StructureFields, TextFormat } from '../schemas/structure.js';

interface Source {
  /** The request field that says it. */
  readonly field: string;
  readonly source: GrammarSource;
}

const ANY_OBJECT: GrammarSource = { kind: 'schema', text: '{"type":"object"}' };

/** The grammar that a request asks for, compiled; null: none. */
export async function grammarOf(
  model: ServedModel,
  sources: readonly Source[],
  fields: { readonly ignore_eos?: boolean },
  signal: AbortSignal,
): Promise<GrammarUse | null> {
  const [first, second] = sources;
  if (first === undefined) return null;
  if (second !== undefined) {
    throw invalidValue(second.field, `the answer is held to '${first.field}' already`);
  }
  if (fields.ignore_eos === true) {
    throw invalidValue('ignore_eos', `an answer that is held to '${first.field}' ends with it`);
  }
  checkSize(first);
  return model.prompts.grammar(first.source, first.field, signal);
}

/** What `response_format`, `structured_outputs` and the older `guided_*` say. */
export function structureSources(body: StructureFields): Source[] {
  const { response_format: format, structured_outputs: structured } = body;
  const sources: Source[] = [];
  const add = (field: string, source: GrammarSource | null): void => {
    if (source !== null) sources.push({ field, source });
  };
  if (format?.type === 'json_object') add('response_format', ANY_OBJECT);
  if (format?.type === 'json_schema') {
    if (format.json_schema === undefined) throw missingParameter('response_format.json_schema');
    const text = schemaText(format, 'json_schema', 'schema');
    add('response_format', text === null ? ANY_OBJECT : { kind: 'schema', text });
  }
  if (structured !== undefined) {
    const at = (name: string): string => `structured_outputs.${name}`;
    const { json, regex, choice, grammar } = structured;
    if (json !== undefined) add(at('json'), schemaSource(json, structured, 'json'));
    if (structured.json_object === true) add(at('json_object'), ANY_OBJECT);
    if (regex !== undefined) add(at('regex'), { kind: 'regex', text: regex });
    if (choice !== undefined) add(at('choice'), { kind: 'choice', choices: choice });
    if (grammar !== undefined) add(at('grammar'), { kind: 'ebnf', text: grammar });
  }
  const { guided_json: json, guided_regex: regex } = body;
  if (json !== undefined) add('guided_json', schemaSource(json, json));
  if (body.guided_json_object === true) add('guided_json_object', ANY_OBJECT);
  if (regex !== undefined) add('guided_regex', { kind: 'regex', text: regex });
  if (body.guided_choice !== undefined) {
    add('guided_choice', { kind: 'choice', choices: body.guided_choice });
  }
  if (body.guided_grammar !== undefined) {
    add('guided_grammar', { kind: 'ebnf', text: body.guided_grammar });
  }
  return sources;
}

/** What Responses' `text.format` says. */
export function textFormatSources(text: { readonly format?: TextFormat } | undefined): Source[] {
  const format = text?.format;
  if (text === undefined || format === undefined || format.type === 'text') return [];
  if (format.type === 'json_object') return [{ field: 'text.format', source: ANY_OBJECT }];
  const schema = schemaText(text, 'format', 'schema');
  if (schema === null) throw missingParameter('text.format.schema');
  return [{ field: 'text.format', source: { kind: 'schema', text: schema } }];
}

function schemaSource(
  schema: string | Record<string, unknown>,
  container: object | string,
  ...path: string[]
): GrammarSource | null {
  if (typeof schema === 'string') return { kind: 'schema', text: schema };
  const text = typeof container === 'string' ? container : schemaText(container, ...path);
  return text === null ? null : { kind: 'schema', text };
}

/** The JSON of a part of a request's member, its properties in the client's order. */
function schemaText(member: object, ...path: string[]): string | null {
  let value: unknown = parseSchemaText(jsonSourceOf(member) ?? JSON.stringify(member));
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return value === undefined ? null : JSON.stringify(value);
}

function checkSize({ field, source }: Source): void {
  const text = source.kind === 'choice' ? source.choices.join('') : source.text;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_GRAMMAR_TEXT_BYTES) {
    throw invalidValue(
      field,
      `it has ${bytes} bytes, and at most ${MAX_GRAMMAR_TEXT_BYTES} are taken`,
    );
  }
}
