/** What a request holds its answer to, whichever field says so. */
import type { FastifyReply } from 'fastify';
import type { GrammarTrigger, GrammarUse } from '../../engine/types.js';
import { checkBytes, invalidValue, missingParameter } from '../../errors/requests.js';
import type { UnenforcedTool } from '../../grammar/calls/compile-calls.js';
import { sourceText, type GrammarSource } from '../../grammar/grammar-source.js';
import { MAX_GRAMMAR_TEXT_BYTES } from '../../grammar/limits.js';
import { openingOf, spellingOf } from '../../tools/call-format.js';
import type { ToolPlan } from '../../tools/tool-plan.js';
import { objectMembers } from '../json/slices.js';
import { jsonSourceOf } from '../json/source.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import type { StructureFields, TextFormat } from '../schemas/structure.js';
import { checkSpelled } from './spelled-calls.js';

interface Source {
  /** The request field that says it. */
  readonly field: string;
  readonly source: GrammarSource;
  /** What announces that the answer is held to it; from the beginning where it isn't there. */
  readonly trigger?: GrammarTrigger;
}

const ANY_OBJECT: GrammarSource = { kind: 'schema', text: '{"type":"object"}' };

/** What a request holds its answer to. */
export interface HeldTo {
  readonly sources: readonly Source[];
  /** What the model may call; null: nothing. */
  readonly tools: ToolPlan | null;
  readonly ignoreEos: boolean;
}

/** A grammar, and which tools' schemas it leaves. */
export interface AnswerGrammar {
  /** null: the answer is held to nothing. */
  readonly use: GrammarUse | null;
  readonly unenforced: readonly UnenforcedTool[];
}

/** The grammar that a request asks for, compiled. */
export async function grammarOf(
  model: ServedModel,
  { sources, tools, ignoreEos }: HeldTo,
  signal: AbortSignal,
): Promise<AnswerGrammar> {
  const [first, second] = sources;
  if (second !== undefined && first !== undefined) {
    throw invalidValue(second.field, `the answer is held to '${first.field}' already`);
  }
  if (first !== undefined) checkSize(first);
  if (tools !== null) checkSpelled(model.speller, tools);
  const held = tools === null ? first : callsOf(tools, first);
  if (held === undefined) return { use: null, unenforced: [] };
  if (ignoreEos) {
    throw invalidValue('ignore_eos', `an answer that is held to '${held.field}' ends with it`);
  }
  const { key, program, unenforced } = await model.prompts.grammar(held.source, held.field, signal);
  return { use: { key, program, trigger: held.trigger ?? null }, unenforced };
}

/** Calls of tools, and beside them the answer that the request's other field asks for. */
function callsOf(plan: ToolPlan, answer: Source | undefined): Source {
  const { family, choice, callable, parallel } = plan;
  if (answer !== undefined && answer.source.kind !== 'schema') {
    throw invalidValue(answer.field, "the answer may be calls of 'tools' already");
  }
  const spelling = spellingOf(family.format);
  const opening = openingOf(family.format);
  const begin = spelling.begin + spelling.beforeName;
  // Words are free up to what announces a call; a schema leaves no words.
  const announced = choice === 'auto' && answer === undefined;
  const at = begin.indexOf(opening.text);
  const calls = {
    begin: announced && at >= 0 ? begin.slice(at + opening.text.length) : begin,
    beforeArguments: spelling.beforeArguments,
    afterArguments: spelling.afterArguments,
    between: parallel ? spelling.between + spelling.beforeName : null,
    end: spelling.end,
    tools: callable.map(({ name, strict, parametersJson }) => ({
      ...{ name, strict, schema: parametersJson },
    })),
    answer: choice === 'auto' && answer?.source.kind === 'schema' ? answer.source.text : null,
  };
  return {
    field: 'tools',
    source: { kind: 'calls', calls },
    ...(announced && { trigger: { text: opening.text, starts: startsOf(plan) } }),
  };
}

/**
 * What an answer is a call by, from its beginning: with a strict tool any object, else one whose first
 * member names a tool, so that an answer may be another object.
 */
function startsOf({ family, callable }: ToolPlan): string[] {
  if (!openingOf(family.format).bare) return [];
  if (callable.some(({ strict }) => strict)) return ['{'];
  const { begin, beforeName, beforeArguments } = spellingOf(family.format);
  return callable.map(({ name }) => begin + beforeName + name + beforeArguments.charAt(0));
}

/** What a body and its tools hold the answer to. */
export function heldTo(
  body: StructureFields & { readonly ignore_eos?: boolean },
  tools: ToolPlan | null,
): HeldTo {
  return { sources: structureSources(body), tools, ignoreEos: body.ignore_eos === true };
}

/** Names tools whose arguments may be any object. */
const UNENFORCED_HEADER = 'x-kinglet-unenforced-tools';

/** Says in the log, and in a header where there is one, which tools' schemas aren't kept. */
export function tellUnenforced(
  { log }: Pick<ServerContext, 'log'>,
  unenforced: readonly UnenforcedTool[],
  reply: FastifyReply | null,
): void {
  for (const { tool, why } of unenforced) {
    log.warn({ tool }, `the schema of a tool is not kept: ${why}`);
  }
  if (unenforced.length === 0) return;
  reply?.header(UNENFORCED_HEADER, unenforced.map(({ tool }) => tool).join(', '));
}

/** What `response_format`, `structured_outputs` and the older `guided_*` say. */
function structureSources(body: StructureFields): Source[] {
  const { response_format: format, structured_outputs: structured } = body;
  const sources: Source[] = [];
  const add = (field: string, source: GrammarSource | null): void => {
    if (source !== null) sources.push({ field, source });
  };
  if (format !== undefined && format.type !== 'text') {
    const named = format.type === 'json_schema';
    if (named && format.json_schema === undefined) {
      throw missingParameter('response_format.json_schema');
    }
    const text = schemaText(format, ...(named ? ['json_schema', 'schema'] : ['schema']));
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

/** The JSON of a part of a request's member, as the client wrote it; null means absent. */
function schemaText(member: object, ...path: string[]): string | null {
  let text = jsonSourceOf(member) ?? JSON.stringify(member);
  for (const name of path) text = objectMembers(text).get(name) ?? 'null';
  return text === 'null' ? null : text;
}

function checkSize({ field, source }: Source): void {
  checkBytes(field, Buffer.byteLength(sourceText(source)), MAX_GRAMMAR_TEXT_BYTES);
}
