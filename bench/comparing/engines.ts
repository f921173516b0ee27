/** Engines that run a work on a file, each run a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult } from '../../src/cli/bench.js';
import { REPOSITORY } from '../../test/support/reference.js';
import type { Work } from './works.js';

/** A run that takes longer is lost. */
const LONGEST_RUN_MS = 30 * 60e3;

/** Tokens a second, all sequences together. */
export interface Speeds {
  /** Absent where the prompt was not computed. */
  readonly prefill?: number;
  readonly decode: number;
}

export interface Engine {
  readonly name: string;
  /** The program with its own arguments, as reports show it. */
  readonly command: string;
  readonly run: (file: string, work: Work, threads: number) => Promise<Speeds>;
}

function workArguments({ prompt, generate, batch }: Work, threads: number): string[] {
  const values = { prompt, generate, batch, threads };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** `kinglet bench` of this checkout, as JSON. `what` begins the message of an error. */
export async function kingletBench(
  file: string,
  flags: readonly string[],
  what: string,
): Promise<BenchResult> {
  const main = fileURLToPath(new URL('dist/bundle/main.js', REPOSITORY));
  const command = [process.execPath, main, 'bench', file];
  return (await jsonOf(what, command, ['--repeats', '1', '--json', ...flags])) as BenchResult;
}

/** `flags` are more of `kinglet bench`'s. */
export function kinglet(flags: readonly string[]): Engine {
  return {
    name: 'kinglet',
    command: ['kinglet bench', ...flags].join(' '),
    run: async (file, work, threads) => {
      const what = lost('kinglet', file, work);
      const fill = work.long ? ['--fill-kv'] : [];
      const all = [...workArguments(work, threads), ...fill, ...flags];
      const { prefillMedian, decodeMedian } = await kingletBench(file, all, what);
      return checked(what, work, { prefill: prefillMedian, decode: decodeMedian });
    },
  };
}

/** An engine behind a command for the shell: bench/README.md says what is asked of it. */
export function peer(name: string, command: string): Engine {
  const shell = ['/bin/sh', '-c', `exec ${command} "$@"`, name];
  return {
    name,
    command,
    run: async (file, work, threads) => {
      const what = lost(name, file, work);
      const result = await jsonOf(what, shell, ['--model', file, ...workArguments(work, threads)]);
      return checked(what, work, result as Partial<Speeds>);
    },
  };
}

const lost = (engine: string, file: string, work: Work): string =>
  `${engine} was lost on ${file}, work ${work.name}`;

/** What a program prints in its last line, which is JSON; lines before it are its own business. */
export async function jsonOf(
  what: string,
  [program = '', ...first]: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const run = promisify(execFile)(program, [...first, ...args], {
    // libuv's pool competes with llama.cpp's threads for the cores.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    timeout: LONGEST_RUN_MS,
  });
  try {
    const { stdout } = await run;
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    throw new Error(`${what}: ${message}\n${stderr.slice(-2000)}`.trim(), { cause: error });
  }
}

function checked(
  what: string,
  work: Work,
  { prefill, decode }: { prefill?: unknown; decode?: unknown },
): Speeds {
  const isSpeed = (value: unknown): value is number => Number.isFinite(value) && Number(value) > 0;
  if (!isSpeed(decode)) throw new Error(`${what}: decode is ${String(decode)}`);
  if (isSpeed(prefill)) return { prefill, decode };
  if (work.rows.prefill === undefined) return { decode };
  throw new Error(`${what}: prefill is ${String(prefill)}`);
}
