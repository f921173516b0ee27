/**
 * The built server in an arm64 Node under qemu-user, asked over HTTP by the official openai package,
 * which runs on this machine. Plain assertions and no test runner. The arguments are the kernel table
 * that this CPU model must choose, the arm64 addon, and the command that runs an arm64 Node.
 *
 * Prints a line a case and ends with "N passed"; a failed check throws.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { VERSION } from '../../src/version.js';
import { REFERENCE, REPOSITORY } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';

/** What a start may take where every instruction is emulated, on a machine that has more to do. */
const PATIENCE_MS = 300_000;
const MODEL = fileURLToPath(new URL('gguf/smollm2.Q4_0.gguf', REFERENCE));
const PROGRAM = fileURLToPath(new URL('dist/bundle/main.js', REPOSITORY));
const QUESTIONS = ['What is gravity?', 'Tell me about the sea.', '1 2 3 4'];
const MAX_TOKENS = 24;

const [, , table, addon, qemu, ...node] = process.argv;
if (table === undefined || addon === undefined || qemu === undefined) {
  throw new Error('usage: serve-arm.js TABLE ADDON COMMAND...');
}

let passed = 0;
const flags = ['--served-model-name', 'tiny'];
// The scalar kernels are what every table is held to, and the same on every CPU.
const here = await ServerProcess.start(MODEL, [...flags, '--isa', 'scalar']);
const expected = await Promise.all(QUESTIONS.map((question) => answer(here, question)));
assert.equal(await here.stop(), 0);

const kinglet = [qemu, ...node, PROGRAM] as const;
const arm = await ServerProcess.spawn(MODEL, flags, { KINGLET_ADDON: addon }, kinglet);
try {
  await arm.ready(PATIENCE_MS);
  passes('the server is ready');
  await chats();
  await streams();
  await metrics();
  assert.equal(await arm.stop(), 0);
  passes('SIGTERM ends it with 0');
} catch (error) {
  arm.kill('SIGKILL');
  console.error(arm.output);
  throw error;
}
console.log(`${passed} passed`);

function client(server: ServerProcess): OpenAI {
  return new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: 'none', maxRetries: 0 });
}

/** The greedy answer to a question. */
function request(question: string) {
  return {
    model: 'tiny',
    messages: [{ role: 'user' as const, content: question }],
    temperature: 0,
    max_tokens: MAX_TOKENS,
  };
}

async function answer(server: ServerProcess, question: string) {
  return client(server).chat.completions.create(request(question));
}

async function chats(): Promise<void> {
  for (const [i, question] of QUESTIONS.entries()) {
    const { choices, usage, system_fingerprint: fingerprint } = await answer(arm, question);
    assert.ok(
      fingerprint?.startsWith(`kinglet-${VERSION}-${table}-`),
      `${fingerprint} is not of the kernel table ${table}`,
    );
    assert.deepEqual(choices, expected[i]?.choices);
    assert.deepEqual(usage, expected[i]?.usage);
    passes(`«${question}» is answered as by scalar kernels on this machine`);
  }
}

async function streams(): Promise<void> {
  const [question = ''] = QUESTIONS;
  const stream = await client(arm).chat.completions.create({
    ...request(question),
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let chunks = 0;
  let finish: string | null | undefined;
  let tokens: number | undefined;
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? '';
    finish = choices[0]?.finish_reason ?? finish;
    tokens = usage?.completion_tokens ?? tokens;
    chunks++;
  }
  const [choice] = expected[0]?.choices ?? [];
  assert.equal(text, choice?.message.content);
  assert.equal(finish, choice?.finish_reason);
  assert.equal(tokens, expected[0]?.usage?.completion_tokens);
  assert.ok(chunks > 2, `${chunks} chunks`);
  passes('streamed, the answer is the same text');
}

async function metrics(): Promise<void> {
  // The stream repeats the first question.
  const answers = [...expected, expected[0]];
  const sum = (of: (usage: OpenAI.CompletionUsage | undefined) => number | undefined) =>
    answers.reduce((total, completion) => total + (of(completion?.usage) ?? 0), 0);
  assert.equal(await arm.metric('kinglet_request_success_total'), answers.length);
  assert.equal(
    await arm.metric('kinglet_prompt_tokens_total'),
    sum((u) => u?.prompt_tokens),
  );
  assert.equal(
    await arm.metric('kinglet_generation_tokens_total'),
    sum((u) => u?.completion_tokens),
  );
  passes('/metrics counts these requests and their tokens');
}

function passes(what: string): void {
  passed += 1;
  console.log(`  ${table}: ${what}`);
}
