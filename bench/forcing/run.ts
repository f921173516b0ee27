/** bench/forced-calls: a strict tool after the other, called because it must be; see bench/README.md. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { integer } from '../../src/flag-values.js';
import { REPOSITORY } from '../../test/support/reference.js';
import { checkouts, withServer } from '../serving/checkout.js';
import { MODEL_NAME } from '../serving/stream-chat.js';
import { readTools, type Tool } from './tools.js';

const USAGE = `usage: bench/forced-calls FILE [flags] [-- flags of kinglet serve]
  --count N        tools, spread evenly over the file's function schemas (200)
  --max-tokens N   most tokens of an answer (512)
  --json           a line of the counts in JSON`;

/** Of an answer that went wrong, characters that are printed. */
const SHOWN = 200;

const number = integer(1, 1_000_000);

function readSettings(argv: readonly string[]) {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { values, positionals } = parseArgs({
    args: argv.slice(0, end),
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '200' },
      'max-tokens': { type: 'string', default: '512' },
      json: { type: 'boolean', default: false },
    },
  });
  const [model, file, ...others] = positionals;
  if (model === undefined || file === undefined || others.length > 0) throw new Error(USAGE);
  return {
    ...{ model, file, json: values.json },
    count: number(values.count, '--count'),
    maxTokens: number(values['max-tokens'], '--max-tokens'),
    serveFlags: argv.slice(end + 1),
  };
}

/** What came of one tool: the arguments of its call, or why there is none. */
interface Called {
  readonly tool: Tool;
  readonly outcome: 'called' | 'cut' | 'refused' | 'failed';
  /** The arguments, or what was said instead. */
  readonly text: string;
}

interface Answer {
  readonly choices: readonly {
    readonly finish_reason: string;
    readonly message: {
      readonly content: string | null;
      readonly tool_calls?: readonly {
        readonly function: { readonly name: string; readonly arguments: string };
      }[];
    };
  }[];
}

interface Refusal {
  readonly error: { readonly code: string; readonly message: string };
}

/** Tools have names of their own in requests: those of the file are none that an API takes. */
const NAME = 'call';

async function callOf(
  origin: string,
  tool: Tool,
  seed: number,
  maxTokens: number,
): Promise<Called> {
  const messages = [{ role: 'user', content: 'Call the function with arguments of your choice.' }];
  const body = JSON.stringify({
    ...{ model: MODEL_NAME, messages, temperature: 0.8, seed, max_tokens: maxTokens },
    tool_choice: { type: 'function', function: { name: NAME } },
    parallel_tool_calls: false,
  });
  // The schema goes as the file has it: numbers and keys in their order.
  const tools = `[{"type":"function","function":{"name":"${NAME}","strict":true,"parameters":${tool.schema}}}]`;
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `${body.slice(0, -1)},"tools":${tools}}`,
  });
  const text = await response.text();
  if (response.status === 400) {
    const { code, message } = (JSON.parse(text) as Refusal).error;
    return { tool, outcome: 'refused', text: `${code}: ${message}` };
  }
  if (!response.ok) return { tool, outcome: 'failed', text: `${response.status}: ${text}` };
  const [choice] = (JSON.parse(text) as Answer).choices;
  const calls = choice?.message.tool_calls ?? [];
  if (choice?.finish_reason === 'length') {
    return { tool, outcome: 'cut', text: calls[0]?.function.arguments ?? '' };
  }
  const right = choice?.finish_reason === 'tool_calls' && choice.message.content === null;
  const [call] = calls;
  if (!right || call?.function.name !== NAME || calls.length > 1) {
    return { tool, outcome: 'failed', text };
  }
  return { tool, outcome: 'called', text: call.function.arguments };
}

/** Of each call, what Python's jsonschema has against its arguments; null: nothing. */
function judge(called: readonly Called[]): { version: string; wrong: (string | null)[] } {
  const script = fileURLToPath(new URL('bench/forcing/fits.py', REPOSITORY));
  const { status, stdout, stderr } = spawnSync('python3', [script], {
    input: called.map(({ tool, text }) => JSON.stringify([tool.schema, text])).join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`jsonschema failed: ${stderr.slice(-2000)}`);
  const [version, ...lines] = stdout.trim().split('\n');
  return {
    version: JSON.parse(version!) as string,
    wrong: lines.map((line) => JSON.parse(line) as string | null),
  };
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const { model, file, count, maxTokens, json, serveFlags } = readSettings(process.argv.slice(2));
  const tools = readTools(file, count);
  const [here] = checkouts(undefined);
  if (here === undefined) return;
  const results: Called[] = [];
  await withServer(here, model, ['--kv-memory', '512M', ...serveFlags], async (server) => {
    for (const [i, tool] of tools.entries()) {
      results.push(await callOf(server.process.origin, tool, i, maxTokens));
      if ((i + 1) % 50 === 0) console.error(`${i + 1} of ${tools.length}`);
    }
  });
  const of = (outcome: Called['outcome']): Called[] =>
    results.filter((result) => result.outcome === outcome);
  const called = of('called');
  const { version, wrong } = judge(called);
  const counts = {
    tools: tools.length,
    refused: of('refused').length,
    cut: of('cut').length,
    failed: of('failed').length,
    calls: called.length,
    parsed: called.filter(({ text }) => parses(text)).length,
    valid: wrong.filter((each) => each === null).length,
  };
  console.log(`| function schemas, judged by jsonschema ${version} | |\n| --- | --: |`);
  for (const [name, value] of Object.entries(counts)) console.log(`| ${name} | ${value} |`);
  for (const { tool, outcome, text } of results) {
    const shown = outcome === 'cut' ? `… ${text.slice(-SHOWN)}` : text.slice(0, SHOWN);
    if (outcome !== 'called') console.log(`${outcome}: ${tool.name}, ${shown}`);
  }
  called.forEach(({ tool, text }, i) => {
    if (wrong[i] !== null)
      console.log(`invalid: ${tool.name}, ${wrong[i]}: ${text.slice(0, SHOWN)}`);
  });
  if (json) console.log(JSON.stringify(counts));
  const { failed, calls, parsed, valid } = counts;
  if (failed > 0 || parsed < calls || valid < calls) process.exitCode = 1;
}

await main();
