/** bench/sweep: see USAGE, and bench/README.md. */
import { parseArgs } from 'node:util';
import { median, type BenchResult } from '../../src/cli/bench.js';
import { integer } from '../../src/flag-values.js';
import { cpuBudget } from '../../src/machine/cpu-budget.js';
import { jsonOf, kingletBench } from '../comparing/engines.js';
import { waitForQuiet } from '../comparing/quiet.js';
import { machine } from '../comparing/report.js';
import { given, madeFiles, type Target } from '../comparing/settings.js';
import { measuresTable, type Measure } from '../serving/table.js';
import { bytesPerToken } from './limit.js';

const USAGE = `usage: bench/sweep [FILE.gguf ...] [flags] [-- flags of kinglet bench]
  FILE.gguf ...       files to measure on, instead of random weights in real shapes
  --files LIST        which of those, as bench/peers has them (140M:Q4_0,360M:Q4_0,950M:Q4_0)
  --contexts LIST     lengths of the context at the end (1024,2048,4096,8192,16384,32768)
  --generate TOKENS   the last of them, which are decoded (64)
  --rounds N          runs of each, whose medians are printed (3)
  --threads N         threads of the engine (what kinglet chooses)
  --patience SECONDS  how long to wait for a quiet machine (600); 0: measure at once
  --json              print all figures as JSON
  --bandwidth-command COMMAND   prints how many bytes a second that many threads read`;

/** More than a process may hold at any context. */
const MOST_BYTES = 8e9;

function readFlags(argv: readonly string[]) {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { values, positionals } = parseArgs({
    args: argv.slice(0, end),
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '140M:Q4_0,360M:Q4_0,950M:Q4_0' },
      contexts: { type: 'string', default: '1024,2048,4096,8192,16384,32768' },
      generate: { type: 'string', default: '64' },
      rounds: { type: 'string', default: '3' },
      threads: { type: 'string', default: String(cpuBudget().threads) },
      patience: { type: 'string', default: '600' },
      json: { type: 'boolean', default: false },
      'bandwidth-command': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const bandwidth = values['bandwidth-command'];
  if (values.help || bandwidth === undefined) throw new Error(USAGE);
  const count = integer(1, 1_000_000);
  const generate = count(values.generate, '--generate');
  const longer = integer(generate + 1, 1_000_000);
  return {
    targets: positionals.length > 0 ? positionals.map(given) : madeFiles(values.files),
    contexts: values.contexts.split(',').map((text) => longer(text, '--contexts')),
    ...{ generate, bandwidth, json: values.json, benchFlags: argv.slice(end + 1) },
    rounds: count(values.rounds, '--rounds'),
    threads: count(values.threads, '--threads'),
    patience: integer(0, 86_400)(values.patience, '--patience'),
  };
}

type Flags = ReturnType<typeof readFlags>;

/** One model at one context; a figure for each round. */
interface Point {
  readonly file: string;
  readonly context: number;
  /** Tokens a second. */
  readonly decode: readonly number[];
  /** Bytes a second, measured before each. */
  readonly bandwidth: readonly number[];
  readonly bytesPerToken: number;
  /** The most of all rounds. */
  readonly peakResidentBytes: number;
}

const limitOf = ({ bandwidth, bytesPerToken: bytes }: Point): number => median(bandwidth) / bytes;
const shareOf = (point: Point): number => median(point.decode) / limitOf(point);

async function measure(target: Target, context: number, flags: Flags): Promise<Point> {
  const { generate, rounds, threads, bandwidth: command, benchFlags } = flags;
  const file = target.file();
  const results: BenchResult[] = [];
  const bandwidth: number[] = [];
  for (let round = 0; round < rounds; round++) {
    console.error(`${target.name}, context ${context}: round ${round + 1} of ${rounds}`);
    const shell = ['/bin/sh', '-c', `exec ${command} "$@"`, 'bandwidth'];
    bandwidth.push(Number(await jsonOf('no bandwidth', shell, [String(threads)])));
    const lengths = { prompt: context - generate, generate, threads };
    const asked = Object.entries(lengths).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const what = `kinglet was lost on ${file}, context ${context}`;
    results.push(await kingletBench(file, ['--fill-kv', ...asked, ...benchFlags], what));
  }
  return {
    ...{ file: target.name, context, bandwidth },
    decode: results.map(({ decodeMedian }) => decodeMedian),
    bytesPerToken: Math.max(...results.map(bytesPerToken)),
    peakResidentBytes: Math.max(...results.map((result) => result.peakResidentBytes)),
  };
}

const MEASURES: readonly Measure<Point>[] = [
  { name: 'tokens/s', digits: 1, of: ({ decode }) => median(decode) },
  { name: 'MB read a token', digits: 0, of: (point) => point.bytesPerToken / 1e6 },
  { name: 'GB/s read by as many threads', digits: 1, of: (p) => median(p.bandwidth) / 1e9 },
  { name: 'limit, tokens/s', digits: 1, of: limitOf },
  { name: '% of the limit', digits: 0, of: (point) => 100 * shareOf(point) },
  { name: 'resident at most, MB', digits: 0, of: (point) => point.peakResidentBytes / 1e6 },
];

function print(points: readonly Point[], { json, targets }: Flags): void {
  if (json) {
    const results = points.map((point) => ({
      ...point,
      decodeMedian: median(point.decode),
      ...{ limit: limitOf(point), share: shareOf(point) },
    }));
    console.log(JSON.stringify({ ...machine(), results }));
    return;
  }
  console.log(JSON.stringify(machine()));
  for (const { name } of targets) {
    const columns = points
      .filter(({ file }) => file === name)
      .map((point) => ({ head: String(point.context), measured: point }));
    console.log(`\n${name}\n\n${measuresTable(MEASURES, columns, { ratio: false })}`);
  }
}

async function main(flags: Flags): Promise<void> {
  for (const target of flags.targets) target.file();
  await waitForQuiet(flags.patience, { load: true });
  const points: Point[] = [];
  for (const target of flags.targets) {
    for (const context of flags.contexts) {
      await waitForQuiet(flags.patience, { load: false });
      points.push(await measure(target, context, flags));
    }
  }
  print(points, flags);
  const large = points.filter(({ peakResidentBytes }) => peakResidentBytes >= MOST_BYTES);
  if (large.length === 0) return;
  const names = large.map(({ file, context }) => `${file} at ${context}`).join(', ');
  throw new Error(`Resident above ${MOST_BYTES / 1e9} GB: ${names}.`);
}

try {
  await main(readFlags(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
