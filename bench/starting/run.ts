/** bench/start: see USAGE, and bench/README.md. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../src/cli/bench.js';
import { integer } from '../../src/flag-values.js';
import { checkouts } from '../serving/checkout.js';
import { measuresTable, type Measure } from '../serving/table.js';
import { MARK_NAMES } from './marks.js';
import { ANSWERS, hasFlag, LIBRARY, startLlamaCpp, startServer, type Marks } from './start.js';

const USAGE = `usage: bench/start MODEL [flags] [-- flags of kinglet serve]
  --rounds N      starts of each, whose medians are printed (5)
  --against DIR   another checkout, built, in turn with this one
  --peers DIR     where node-llama-cpp is installed; without it llama.cpp is left out`;
const CACHE_FLAG = '--packed-cache';
const CACHE_WRITTEN = '"packed cache: wrote ';
const CACHE_READ = '"packed cache: the weights come from ';

/** What is started in turn, and the counted starts of it. */
interface Contender {
  readonly head: string;
  /** The first start, which is not counted; as `start` where there is none. */
  readonly prepare?: () => Promise<Marks>;
  readonly start: () => Promise<Marks>;
  readonly starts: Marks[];
}

function readFlags(argv: readonly string[]) {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { values, positionals } = parseArgs({
    args: argv.slice(0, end),
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      against: { type: 'string' },
      peers: { type: 'string' },
    },
  });
  const [model, ...others] = positionals;
  if (model === undefined || others.length > 0) throw new Error(USAGE);
  const rounds = integer(1, 1000)(values.rounds, '--rounds');
  return { ...values, model, rounds, serveFlags: argv.slice(end + 1) };
}

type Flags = ReturnType<typeof readFlags>;

/** `folder` takes the caches of packed weights. */
async function contendersOf(flags: Flags, folder: string): Promise<Contender[]> {
  const { model, serveFlags, against, peers } = flags;
  const contenders: Contender[] = [];
  for (const checkout of checkouts(against)) {
    const start = (): Promise<Marks> => startServer(checkout, model, serveFlags);
    contenders.push({ head: checkout.name, start, starts: [] });
    if (await hasFlag(checkout, CACHE_FLAG)) {
      const flags = [CACHE_FLAG, join(folder, checkout.name), ...serveFlags];
      contenders.push({
        head: `${checkout.name}, cache`,
        prepare: () => startServer(checkout, model, flags, CACHE_WRITTEN),
        start: () => startServer(checkout, model, flags, CACHE_READ),
        starts: [],
      });
    }
  }
  if (peers !== undefined) {
    contenders.push({ head: 'llama.cpp', start: () => startLlamaCpp(peers, model), starts: [] });
  }
  return contenders;
}

/** The first start reads the file into memory and writes the cache; it is not counted. */
async function runRounds(contenders: readonly Contender[], rounds: number): Promise<Contender[]> {
  const running: Contender[] = [];
  for (const contender of contenders) {
    try {
      await (contender.prepare ?? contender.start)();
      running.push(contender);
    } catch (error) {
      if (contender.head !== 'llama.cpp') throw error;
      console.log(`llama.cpp does not load this file: ${(error as Error).message}`);
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const { start, starts } of running) starts.push(await start());
  }
  return running;
}

function measuresOf(contenders: readonly Contender[]): Measure<readonly Marks[]>[] {
  const middle = (starts: readonly Marks[], mark: string): number =>
    median(starts.map((marks) => marks.get(mark) ?? NaN));
  const [here] = contenders;
  const seen = (mark: string): boolean =>
    contenders.some(({ starts }) => starts.some((marks) => marks.has(mark)));
  return [
    ...[LIBRARY, ...MARK_NAMES, ANSWERS].filter(seen).map((mark) => ({
      name: `${mark}, ms`,
      digits: 0,
      of: (starts: readonly Marks[]) => middle(starts, mark),
    })),
    {
      name: "here's last row by this column's",
      digits: 2,
      of: (starts) => middle(here?.starts ?? [], ANSWERS) / middle(starts, ANSWERS),
    },
  ];
}

async function main(flags: Flags): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kinglet-start-'));
  try {
    const { model, rounds } = flags;
    console.log(
      `${model}; ${cpus()[0]?.model}, ${cpus().length} CPUs, Node ${process.version}; from the ` +
        `start of the process, file in memory, medians of ${rounds}`,
    );
    const contenders = await runRounds(await contendersOf(flags, folder), rounds);
    const columns = contenders.map(({ head, starts }) => ({ head, measured: starts }));
    console.log(`\n${measuresTable(measuresOf(contenders), columns, { ratio: false })}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  await main(readFlags(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
