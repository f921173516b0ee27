/** One start of a server, or of llama.cpp, timed from outside. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../test/support/reference.js';
import { ServerProcess } from '../../test/support/server-process.js';
import type { Checkout } from '../serving/checkout.js';
import { marksOf } from './marks.js';

/** How often /ready is asked for. */
const POLL_MS = 5;
const PATIENCE_MS = 120_000;
/** The last mark; llama.cpp's is that model and context are there. */
export const ANSWERS = '/ready answers 200';
/** llama.cpp's first mark: its own code is there. */
export const LIBRARY = 'library loaded';

/** Milliseconds from the start of a process to each mark. */
export type Marks = ReadonlyMap<string, number>;

/** Starts `kinglet serve`, waits for /ready and until the log says `last`, and ends it. */
export async function startServer(
  { kinglet }: Checkout,
  model: string,
  flags: readonly string[],
  last = '"ready: ',
): Promise<Marks> {
  const server = await ServerProcess.spawn(model, flags, {}, kinglet);
  const agent = new Agent({ keepAlive: true });
  let exited = false;
  void server.exited.then(() => (exited = true));
  try {
    while ((await status(`${server.origin}/ready`, agent)) !== 200) {
      const late = Date.now() - server.spawnedAt > PATIENCE_MS;
      if (exited || late) throw new Error(`the server did not become ready:\n${server.output}`);
      await pause(POLL_MS);
    }
    const answered = Date.now() - server.spawnedAt;
    await server.until(`the log says ${last}`, () => server.output.includes(last));
    return new Map([...marksOf(server.output, server.spawnedAt), [ANSWERS, answered]]);
  } finally {
    agent.destroy();
    await server.stop();
  }
}

/** 0 where nobody listens. */
function status(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', () => resolve(0));
  });
}

/** Loads the same file with llama.cpp. Throws with its message where llama.cpp refuses the file. */
export async function startLlamaCpp(peers: string, model: string): Promise<Marks> {
  const script = fileURLToPath(new URL('bench/peer-engines/llama-cpp-load.mjs', REPOSITORY));
  const started = performance.now();
  const child = spawn(process.execPath, [script, peers, model], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const marks = new Map<string, number>();
  let problem = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const now = performance.now() - started;
    for (const line of text.trim().split('\n')) marks.set(line === 'ready' ? ANSWERS : line, now);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text));
  await once(child, 'close');
  if (!marks.has(ANSWERS)) throw new Error(problem.trim());
  return marks;
}

/** Whether `kinglet serve` has a flag. */
export async function hasFlag(
  { kinglet: [command, main] }: Checkout,
  flag: string,
): Promise<boolean> {
  const { stdout } = await promisify(execFile)(command, [main, 'serve', '--help']);
  return stdout.includes(` ${flag} `);
}
