/**
 * `kinglet serve` with its default flags in a container of 1.5 CPUs and 1 GB, on a model of 950M
 * parameters in Q4_0, whose weights take 587 MB. Where this system lets no cgroup be made, the sizes
 * are given as flags that the server would choose in one.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import t, { type Test } from 'tap';
import { SHAPES } from '../../bench/random-models/shapes.js';
import { writeModel } from '../../bench/random-models/write-model.js';
import { processMemory } from '../../bench/attacks/process-memory.js';
import { serveConfig } from '../../src/config.js';
import { cpuBudget } from '../../src/machine/cpu-budget.js';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { planServing, plannedEngine } from '../../src/server/serving-plan.js';
import { KINGLET } from '../support/command.js';
import { LimitedCgroup } from '../support/limited-cgroup.js';
import { REFERENCE } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';
import { realDocument } from '../support/tokenizer-families.js';

const LIMITS = { cpus: 1.5, memoryBytes: 1e9 };
const PATIENCE_MS = 120_000;
const NAME = '950M';

t.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'kinglet-container-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const model = join(folder, `${NAME}.Q4_0.gguf`);
const template = readFileSync(
  new URL('checkpoints/smollm2/chat_template.jinja', REFERENCE),
  'utf8',
);
const shape = SHAPES.get(NAME)!;
writeModel(model, NAME, shape, 'Q4_0', realDocument(shape.tokenizer), {
  'tokenizer.chat_template': { string: template },
});

let cgroup: LimitedCgroup | null = null;
let reason = '';
try {
  cgroup = new LimitedCgroup(LIMITS);
} catch (error) {
  reason = (error as Error).message;
}
t.teardown(() => cgroup?.remove());

/** What the plan for the container's memory says, as flags. */
async function flagsOfPlan(t: Test): Promise<string[]> {
  const config = serveConfig();
  const source = await openModel(model);
  const engine = plannedEngine(source, {}, config, cpuBudget({ threads: 1 }));
  const plan = planServing(loadAddon(), engine, config, LIMITS.memoryBytes);
  t.ok(plan.boundBytes < LIMITS.memoryBytes, `planned: ${plan.boundBytes} bytes at most`);
  return [
    ...['--threads', '1', '--kv-memory', String(plan.kvPoolBytes)],
    ...['--max-num-batched-tokens', String(plan.maxNumBatchedTokens)],
    ...['--max-pending-bytes', String(plan.maxPendingBytes)],
  ];
}

async function start(t: Test, flags: readonly string[] = []): Promise<ServerProcess> {
  const server =
    cgroup === null
      ? await ServerProcess.spawn(model, [...(await flagsOfPlan(t)), ...flags])
      : await ServerProcess.spawn(model, flags, {}, cgroup.enter(KINGLET));
  t.teardown(() => {
    server.kill('SIGKILL');
    return server.exited;
  });
  await server.ready(PATIENCE_MS);
  return server;
}

/** A prompt of most of the context beside two short ones. */
async function chats(t: Test, server: ServerProcess): Promise<unknown[]> {
  const client = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: 'none', maxRetries: 0 });
  const questions = [`Sum up: ${'the cat sat on the mat. '.repeat(120)}`, 'Hi', 'What is gravity?'];
  const answers = await Promise.all(
    questions.map((content) =>
      client.chat.completions.create({
        model: `${NAME}.Q4_0`,
        messages: [{ role: 'user', content }],
        temperature: 0,
        max_tokens: 16,
      }),
    ),
  );
  t.ok((answers[0]?.usage?.prompt_tokens ?? 0) > 700, 'a long prompt is among them');
  for (const { usage } of answers) t.ok((usage?.completion_tokens ?? 0) > 0, 'an answer');
  return answers.map(({ choices }) => choices);
}

/** Ends a server that has stayed below the limit. */
async function end(t: Test, server: ServerProcess): Promise<void> {
  const { peak } = processMemory(server.pid);
  t.ok(peak < LIMITS.memoryBytes, `it had ${peak} bytes at most`);
  if (cgroup !== null) {
    const bound = server.memoryBound;
    t.ok(peak <= bound && bound < LIMITS.memoryBytes, `it said ${bound} bytes at most`);
    t.equal(cgroup.killed, 0, 'the kernel has ended nothing');
  }
  t.equal(await server.stop(), 0);
}

const limits = cgroup === null ? `limits as flags (${reason})` : 'limits of a cgroup';

t.test(`${limits}: it starts, answers and stays below`, async (t) => {
  const server = await start(t);
  t.test('on one thread', { skip: cgroup === null && reason }, async (t) => {
    t.match(server.output, /"threads: 1: .*, CPU quota 1\.5 \(.*\/kinglet-test-\d+\/cpu\./);
  });
  await chats(t, server);
  await end(t, server);
});

t.test(`${limits}: with --packed-cache, written and read`, async (t) => {
  const flags = ['--packed-cache', join(folder, 'cache')];
  const first = await start(t, flags);
  const answers = await chats(t, first);
  await first.until('the cache is written', () => first.output.includes('"packed cache: wrote '));
  await end(t, first);
  const second = await start(t, flags);
  await second.until('the cache is read', () =>
    second.output.includes('"packed cache: the weights come from '),
  );
  t.strictSame(await chats(t, second), answers);
  await end(t, second);
});
