/** `kinglet eval` as a user runs it, on tiny models. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { OpenRecord } from '../../src/eval/records/open-record.js';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { createEncoder } from '../../src/tokenizer/encoder.js';
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.js';
import { KINGLET } from '../support/command.js';
import { logSoftmax, meanKl, REFERENCE } from '../support/reference.js';
import { ModelRunner } from '../support/run-model.js';
import { ServerProcess } from '../support/server-process.js';

const path = (name: string) => fileURLToPath(new URL(name, REFERENCE));
/** As all of these, its tokenizer puts BOS first. */
const LLAMA = path('checkpoints/llama3-rope-scaling');
const F16 = path('gguf/qwen3.F16.gguf');
const Q4_0 = path('gguf/qwen3.Q4_0.gguf');
const TEXT = 'The owl looked at the 12 mice, and none of them moved. '.repeat(6);

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]) {
  const [command, ...first] = KINGLET;
  return spawn(command, [...first, 'eval', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(...args: readonly string[]): Promise<Run> {
  const child = start(args);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await run(...args, '--json');
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const folder = t.testdir({});
const inFolder = (name: string) => join(folder, name);
const questions = inFolder('questions.jsonl');
const entries = Array.from({ length: 24 }, (_, i) => ({
  question: `What is ${i} + ${i}?`,
  answer: `It is ${2 * i}.\n#### ${2 * i}`,
}));
writeFileSync(questions, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
const text = inFolder('text.txt');
writeFileSync(text, TEXT);

/** Answers by question, without what time decides. */
function answersIn(file: string): object[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as OpenRecord)
    .sort((a, b) => a.index - b.index)
    .map(({ elapsed: _elapsed, ...record }) => record);
}

const ASKED = [questions, '--n', '3', '--max-tokens', '200', '--prompt', 'plain'];

let evaluated: Promise<Record<string, unknown>> | null = null;

/** The file of an evaluation that nobody stopped, made once. */
async function whole(): Promise<string> {
  const output = inFolder('whole.jsonl');
  const summary = await (evaluated ??= json(LLAMA, ...ASKED, '--output', output));
  return summary['answers'] as string;
}

t.test('a killed evaluation goes on, and its answers are those of one that was not', async (t) => {
  const killed = inFolder('killed.jsonl');
  const child = start([LLAMA, ...ASKED, '--concurrency', '1', '--output', killed]);
  const closed = once(child, 'close');
  const lines = () =>
    existsSync(killed) ? readFileSync(killed, 'utf8').split('\n').length - 1 : 0;
  while (lines() < 4 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  await closed;
  const kept = lines() - 1;
  t.ok(kept >= 3 && kept < entries.length, `${kept} questions were answered by then`);
  const { status, stdout, stderr } = await run(LLAMA, ...ASKED, '--output', killed);
  t.equal(status, 0, stderr);
  t.match(stderr, `where ${kept} of ${entries.length} are done`);
  t.match(stdout, /^questions +24 \(gsm8k\)$/m);
  t.match(stdout, /^pass@k +1: .*, 2: .*, 3: /m);
  const answers = answersIn(await whole());
  t.equal(answers.length, entries.length);
  t.strictSame(answersIn(killed), answers);
  const summary = (await evaluated)!;
  t.match(summary, { questions: 24, n: 3, kind: 'gsm8k' });
  t.ok((summary['truncated'] as number) > 0.5, 'a random model seldom ends');
});

t.test('two evaluations compared', async (t) => {
  const file = await whole();
  const compared = await run('--compare', file, file);
  t.match(compared.stdout, /^A - B +\+0\.0 points/m);
  t.match(JSON.parse((await run('--compare', file, file, '--json')).stdout), {
    questions: 24,
    difference: { mean: 0 },
  });
});

t.test('a server of the model gives the same answers', async (t) => {
  const server = await ServerProcess.start(LLAMA, ['--api-key', 'secret', '--log-level', 'warn']);
  t.teardown(() => server.stop());
  const output = inFolder('served.jsonl');
  const flags = ['--url', `${server.origin}/v1`, '--api-key', 'secret', '--output', output];
  t.match(await json(...ASKED, ...flags), { questions: 24, model: 'llama3-rope-scaling' });
  t.strictSame(answersIn(output), answersIn(await whole()));
  const refused = await run(...ASKED, '--url', server.origin, '--output', inFolder('no.jsonl'));
  t.match(refused, { status: 1, stderr: /^kinglet: http.*\/v1\/models was answered with 401: / });
});

/** The tokens of the text, and a model's own logits behind each but the last, in one window. */
async function logitsOf(model: string) {
  const source = await openModel(model);
  const tokenizer = await loadTokenizer(source.readTokenizer());
  const encoder = createEncoder(tokenizer.encoding);
  const { ids } = encoder.encode(TEXT, { special: 'parse', maxTokens: Infinity });
  const tokens = [tokenizer.bosId!, ...ids];
  const runner = new ModelRunner(loadAddon(), source);
  const logits = runner.run(tokens, 0).subarray(0, ids.length * runner.vocab);
  runner.close();
  return { tokens, logits, vocab: runner.vocab };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

t.test('perplexity is that of the logits', async (t) => {
  const { tokens, logits, vocab } = await logitsOf(LLAMA);
  const [, ...scored] = tokens;
  const nll = scored.map(
    (next, row) => -logSoftmax(logits.subarray(row * vocab, (row + 1) * vocab))[next]!,
  );
  const summary = await json(LLAMA, text, '-c', '512', '--output', inFolder('perplexity.jsonl'));
  t.match(summary, { tokens: scored.length, window: 512 });
  const off = Math.abs((summary['perplexity'] as number) / Math.exp(mean(nll)) - 1);
  t.ok(off < 1e-5, `${off}`);
  // Smaller windows see less before a token, and score as many.
  const windows = ['--window', '48', '--stride', '12', '--output', inFolder('small.jsonl')];
  const small = await json(LLAMA, text, '--perplexity', ...windows);
  t.match(small, { tokens: scored.length, window: 48, stride: 12 });
  t.not(small['perplexity'], summary['perplexity']);
});

t.test('KL of a quantized model', async (t) => {
  const reference = ['--kl', F16];
  const output = ['--output', inFolder('kl.jsonl')];
  const summary = await json(Q4_0, text, ...reference, ...output, '--window', '512');
  const [p, q] = [await logitsOf(F16), await logitsOf(Q4_0)];
  const expected = meanKl(p.logits, q.logits, p.vocab);
  const kl = summary['kl'] as { mean: number; low: number; high: number };
  t.ok(Math.abs(kl.mean / expected - 1) < 1e-4, `${kl.mean} and ${expected}`);
  t.ok(kl.low < kl.mean && kl.mean < kl.high);
  t.match(summary, { model: 'qwen3.Q4_0', reference: 'qwen3.F16', tokens: p.tokens.length - 1 });
  t.ok((summary['p99'] as number) >= (summary['median'] as number));
  const pieces = ['--window', '40', '--stride', '10', '--output', inFolder('pieces.jsonl')];
  const same = await json(F16, text, ...reference, ...pieces);
  t.match(same, { kl: { mean: 0 }, largest: 0, topOneAgreement: 1, tokens: summary['tokens'] });
  t.equal(same['perplexity'], same['referencePerplexity']);
  const foreign = inFolder('foreign');
  cpSync(path('checkpoints/qwen3'), foreign, { recursive: true });
  const tokenizer = join(foreign, 'tokenizer.json');
  const cut = JSON.parse(readFileSync(tokenizer, 'utf8')) as { model: { merges: unknown[] } };
  cut.model.merges = cut.model.merges.slice(0, 40);
  writeFileSync(tokenizer, JSON.stringify(cut));
  t.match(await run(foreign, text, ...reference), {
    status: 1,
    stderr: /^kinglet: --kl .*: its tokens are not those of .*foreign/,
  });
});

t.test('multiple choice, and the name of the file where none is given', async (t) => {
  const choices = inFolder('choices.jsonl');
  const lines = ['Rome', 'Oslo'].map((city) => ({
    query: 'A city is',
    choices: ['Rome', city],
    answer: 'A',
  }));
  writeFileSync(choices, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { stdout, stderr } = await run(F16, choices);
  const [, output = ''] =
    /^answers +(eval-choices-qwen3\.F16-[0-9a-f]{8}\.jsonl)$/m.exec(stdout) ?? [];
  t.ok(output, stdout + stderr);
  t.match(stdout, /^acc +\d/m);
  // In the current folder.
  const [, line = ''] = readFileSync(output, 'utf8').split('\n');
  rmSync(output);
  const { logprobs } = JSON.parse(line) as { logprobs: number[] };
  t.equal(logprobs[0], logprobs[1], 'the same text has the same score');
});

t.test('what is wrong is told in a line', async (t) => {
  const wrong: [args: string[], message: RegExp][] = [
    [[], /^kinglet: Name a file of questions, or a text\.\n$/],
    [[F16, inFolder('none.jsonl')], /^kinglet: .*none\.jsonl: it can't be read .*\n$/],
    [['/nowhere.gguf', questions], /^kinglet: \/nowhere\.gguf: cannot be read .*\n$/],
    [
      [F16, questions, '--n', '0'],
      /^kinglet: --n: expected an integer between 1 and 1024, .*'0'\.\n$/,
    ],
    [
      [F16, questions, '--temperature', 'hot'],
      /^kinglet: --temperature: expected a number between 0 and 2, .*\n$/,
    ],
    [
      [F16, questions, '--n', '2', '--temperature', '0'],
      /^kinglet: --n 2 with --temperature 0 gives the same .*\n$/,
    ],
    [
      [F16, questions, '--answer', 'boxes'],
      /^kinglet: --answer: expected one of auto .*'boxes'\.\n$/,
    ],
    [[F16, questions, '--template', '{{'], /^kinglet: --template can't be parsed: .*\n$/],
    [[F16, questions, '--stop', ''], /^kinglet: --stop: expected a text, but got ''\.\n$/],
    [
      [F16, questions, '--extra-body', '{"n": 2}'],
      /^kinglet: --extra-body: expected an object of JSON .*\n$/,
    ],
    [
      [F16, questions, '--extra-body', '[]'],
      /^kinglet: --extra-body: expected an object .*'\[\]'\.\n$/,
    ],
    [
      [F16, questions, '--completions', '--system', 'x'],
      /^kinglet: --completions has no --system message\.\n$/,
    ],
    [[F16, questions, '--url', 'http://127.0.0.1:1'], /^kinglet: --url has its own model: .*\n$/],
    [[questions, '--url', 'localhost'], /^kinglet: --url: expected an address .*'localhost'\.\n$/],
    [
      [text, '--kl', F16, '--url', 'http://127.0.0.1:1'],
      /^kinglet: --kl needs whole logits, .*\n$/,
    ],
    [
      [F16, text, '--kl', LLAMA, '--quantize', 'q3'],
      /^kinglet: --quantize: expected one of .*'q3'\.\n$/,
    ],
    [
      ['--compare', questions],
      /^kinglet: --compare takes two files of answers, and nothing else\.\n$/,
    ],
    [
      ['--compare', questions, questions],
      /^kinglet: .*questions\.jsonl:1: this is no file of `kinglet eval`/,
    ],
    [[F16, questions, 'more'], /^error: too many arguments .*\n$/],
  ];
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = await run(...args);
    const name = args.slice(-2).join(' ');
    t.equal(status, 1, name);
    t.match(stderr, message, name);
    t.equal(stdout, '', name);
  }
});
