/** The flags of `kinglet eval`, and what they may hold. */
import { Option, type Command } from 'commander';
import { longName, SERVE_FLAGS, type Flag, type ServeConfig } from '../config.js';
import { invalidFlag } from '../errors/starting.js';
import { integer, oneOf, secret, text } from '../flag-values.js';
import { isObject } from '../eval/fields.js';
import { addServeOptions } from './serve-options.js';

/** Flags of `kinglet serve` that mean the same to a model that is evaluated here. */
const SHARED: readonly (keyof ServeConfig)[] = [
  'maxModelLen',
  'maxNumSeqs',
  'maxNumBatchedTokens',
  'speculate',
  'threads',
  'pin',
  'kvMemory',
  'kvCacheType',
  'quantize',
  'compute',
  'isa',
  'packedCache',
  'packedCacheBytes',
  'reasoningParser',
  'reasoningBudget',
  'maxReasoningBudget',
  'reasoningBudgetMessage',
  'effortShares',
  'answerTokens',
  'repetitionMaxPatternSize',
  'repetitionMinCount',
  'repetitionMinTokens',
  'logLevel',
];

/** As `serve` has them, but that the log is quiet unless it has something to say. */
export const SHARED_FLAGS: readonly Flag[] = SERVE_FLAGS.filter(({ key }) =>
  SHARED.includes(key),
).map((flag) => (flag.key === 'logLevel' ? { ...flag, default: 'warn' } : flag));

/** What the flags of the command hold once they are parsed. */
export interface EvalFlags {
  readonly kind?: string;
  readonly n: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK?: number;
  readonly seed: number;
  readonly maxTokens?: number;
  readonly limit?: number;
  readonly system?: string;
  readonly prompt?: 'boxed' | 'plain';
  readonly template?: string;
  readonly gold?: string;
  readonly stop: readonly string[];
  readonly completions: boolean;
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly answer?: string;
  readonly by?: string;
  readonly output?: string;
  readonly concurrency?: number;
  readonly url?: string;
  readonly apiKey?: string;
  readonly model?: string;
  readonly perplexity: boolean;
  readonly kl?: string;
  readonly window?: number;
  readonly stride?: number;
  readonly compare?: readonly string[];
  readonly json: boolean;
}

type Parse = (value: string, name: string) => unknown;

/** A number between two others, both included. */
function decimal(least: number, most: number): Parse {
  return (value, name) => {
    const number = value.trim() === '' ? NaN : Number(value);
    if (number >= least && number <= most) return number;
    throw invalidFlag(name, `a number between ${least} and ${most}`, value);
  };
}

/** Members of requests that evaluations set themselves. */
const OWN = ['model', 'messages', 'prompt', 'n', 'seed', 'stream', 'temperature', 'top_p'];

/** An object of JSON that adds to requests. */
function jsonObject(value: string, name: string): Record<string, unknown> {
  const expected = `an object of JSON without ${OWN.join(', ')}`;
  let object: unknown;
  try {
    object = JSON.parse(value);
  } catch {
    throw invalidFlag(name, expected, value);
  }
  if (!isObject(object) || OWN.some((member) => Object.hasOwn(object, member))) {
    throw invalidFlag(name, expected, value);
  }
  return object;
}

function notEmpty(value: string, name: string): string {
  if (value === '') throw invalidFlag(name, 'a text', value);
  return value;
}

const tokens = integer(1, 2 ** 31 - 1);

type Row = readonly [flags: string, help: string, parse: Parse | null, initial?: unknown];

const ROWS: readonly Row[] = [
  ['--n <answers>', 'answers to each question', integer(1, 1024), 1],
  ['--temperature <number>', 'of sampling; 0: the likeliest token', decimal(0, 2), 0.6],
  ['--top-p <number>', 'of sampling', decimal(0, 1), 0.95],
  ['--top-k <tokens>', "of sampling; without it the model's own", integer(0, 2 ** 31 - 1)],
  ['--seed <number>', 'question i is answered with this plus i', integer(0, 2 ** 31 - 1), 0],
  [
    '--max-tokens <tokens>',
    'longest answer; without it chats go on to the end of the context, and --completions for 512 tokens',
    tokens,
  ],
  ['--limit <questions>', "only the file's first", tokens],
  ['--kind <kind>', "gsm8k, math, choices or exact; without it as the file's fields tell", text],
  [
    '--template <jinja2>',
    "makes a question of an entry's fields, such as 'Question: {{question}} Answer:'",
    text,
  ],
  ['--gold <field>', 'field that holds the right answer', text],
  ['--by <field>', 'field by which accuracy is told too', text],
  [
    '--prompt <kind>',
    'boxed: a system message asks for steps and a \\boxed{} answer; plain: the question alone; without it ' +
      'boxed for gsm8k and math, unless --system, --template or --completions says what to ask',
    oneOf('boxed', 'plain'),
  ],
  ['--system <text>', 'system message', text],
  ['--completions', 'questions as plain documents, without a chat template', null],
  [
    '--extra-body <json>',
    'more of every request, such as \'{"reasoning_effort": "low"}\'',
    jsonObject,
    {},
  ],
  ['--stop <text>', 'text that ends an answer; again for more', text],
  [
    '--answer <form>',
    'how answers are found: auto (\\boxed{}, else behind ####), boxed, number (the last one), text (all), ' +
      'regex:PATTERN or json:/POINTER; without it auto, and text for exact',
    text,
  ],
  ['--perplexity', 'perplexity of a text file; what a .txt is taken for', null],
  ['--kl <reference>', 'KL divergence of MODEL from this model over a text file, here only', text],
  [
    '--window <tokens>',
    'of a text, computed at once; without it the context',
    integer(2, 2 ** 31 - 1),
  ],
  ['--stride <tokens>', 'from one window to the next; without it half a window', tokens],
  ['--url <address>', 'asks a server of the OpenAI API instead of loading a model', text],
  ['--model <name>', "the model's name there; without it the first that the server lists", text],
  ['--api-key <key>', 'key for --url (env: KINGLET_API_KEY)', secret],
  [
    '--concurrency <questions>',
    'at a time; without it as many as make 64 answers',
    integer(1, 1024),
  ],
  [
    '--output <file>',
    'answers, a line each, from which a stopped evaluation goes on; without it a name made of file, model and ' +
      'settings',
    text,
  ],
  ['--json', 'print JSON', null],
];

export function addEvalOptions(command: Command): Command {
  for (const row of ROWS) command.addOption(optionOf(row));
  command.option(
    '--compare <files...>',
    "two evaluations' files: the difference, question by question",
  );
  return addServeOptions(command, SHARED_FLAGS);
}

function optionOf([flags, help, parse, initial]: Row): Option {
  const option = new Option(flags, help);
  if (parse === null) return option.default(false, 'off');
  const name = longName(flags);
  if (name === '--stop') {
    // White space ends answers too.
    const add = (value: string, before: readonly string[]) => [...before, notEmpty(value, name)];
    return option.argParser(add).default([], 'none');
  }
  option.argParser((value: string) => parse(value, name));
  if (initial === undefined) return option;
  return typeof initial === 'object' ? option.default(initial, 'none') : option.default(initial);
}
