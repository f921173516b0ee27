/** A built checkout of Kinglet: its server, its `kinglet bench`, and loads on its server. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult } from '../../src/cli/bench.js';
import { REPOSITORY } from '../../test/support/reference.js';
import { ServerProcess } from '../../test/support/server-process.js';
import type { EngineSpeed } from './figures.js';
import type { LoadJob } from './load-job.js';
import { MODEL_NAME } from './stream-chat.js';

const LOAD = fileURLToPath(new URL('load.js', import.meta.url));
const preload = (name: string): string =>
  `--require "${fileURLToPath(new URL(name, import.meta.url))}"`;
const NAME_THREADS = preload('name-threads.cjs');
const TELL_HEAPS = preload('tell-heaps.cjs');
/** What a report may have: a gap for each token. */
const MAX_REPORT_BYTES = 1 << 28;
const run = promisify(execFile);

export interface Checkout {
  /** What tables call it. */
  readonly name: string;
  readonly folder: string;
  readonly kinglet: readonly [command: string, main: string];
}

/** As package.json names it, and as checkouts did that had no bundle. */
const MAINS = ['dist/bundle/main.js', 'dist/src/cli/main.js'];

/** Throws where nothing is built in `folder`. */
function checkoutIn(path: string, name: string): Checkout {
  const folder = resolve(path);
  const main = MAINS.map((place) => resolve(folder, place)).find((place) => existsSync(place));
  if (main === undefined) throw new Error(`${path} is not built: run script/bootstrap there.`);
  return { name, folder, kinglet: [process.execPath, main] };
}

/** This checkout, and the one in `against`. */
export function checkouts(against: string | undefined): Checkout[] {
  const here = checkoutIn(fileURLToPath(REPOSITORY), 'here');
  return against === undefined ? [here] : [here, checkoutIn(against, 'against')];
}

/** A server that is ready, and whose threads tell which they are. */
export interface MeasuredServer {
  readonly process: ServerProcess;
  readonly threadsFile: string;
  /** Where they tell what their heaps take, once they are asked. */
  readonly heapsFile: string;
}

/** Runs `work` on a server of its own, which ends with it; `tellHeaps`: whose heaps can be asked for. */
export async function withServer<T>(
  checkout: Checkout,
  model: string,
  flags: readonly string[],
  work: (server: MeasuredServer) => Promise<T>,
  { tellHeaps = false }: { readonly tellHeaps?: boolean } = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kinglet-bench-'));
  const threadsFile = join(folder, 'threads');
  const heapsFile = join(folder, 'heaps');
  const process = await ServerProcess.spawn(
    model,
    ['--served-model-name', MODEL_NAME, ...flags],
    {
      // As `kinglet bench` decodes, and as versions did that this one is compared with; a flag wins.
      KINGLET_SPECULATE: 'off',
      NODE_OPTIONS: tellHeaps ? `${NAME_THREADS} ${TELL_HEAPS}` : NAME_THREADS,
      BENCH_THREADS_FILE: threadsFile,
      BENCH_HEAPS_FILE: heapsFile,
    },
    checkout.kinglet,
  );
  try {
    await process.ready();
    return await work({ process, threadsFile, heapsFile });
  } finally {
    await process.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Runs the load generator in a process of its own. */
export async function load<Report>(
  { process: server, threadsFile }: MeasuredServer,
  job: Omit<LoadJob, 'origin' | 'pid' | 'threadsFile'>,
): Promise<Report> {
  const { origin, pid } = server;
  const whole: LoadJob = { ...job, origin, pid, threadsFile };
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify(whole)], {
    maxBuffer: MAX_REPORT_BYTES,
  });
  return JSON.parse(stdout) as Report;
}

/** One round of `kinglet bench`. */
export async function engineSpeed(
  { kinglet: [command, main] }: Checkout,
  model: string,
  flags: readonly string[],
): Promise<EngineSpeed> {
  const { stdout } = await run(command, [
    ...[main, 'bench', model, '--repeats', '1', '--json'],
    ...flags,
  ]);
  const { prefillMedian = NaN, decodeMedian } = JSON.parse(stdout) as BenchResult;
  return { prefill: prefillMedian, decode: decodeMedian };
}
