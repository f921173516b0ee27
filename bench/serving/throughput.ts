/** What arrives at streaming clients, beside what the engine alone would allow. */
import { availableParallelism } from 'node:os';
import { median } from '../../src/cli/bench.js';
import { engineSpeed, load, withServer, type Checkout } from './checkout.js';
import {
  allowedRate,
  largest,
  meanSpeed,
  percentile,
  serverShare,
  type Arrivals,
  type EngineSpeed,
} from './figures.js';
import { kvPoolOf } from './kv-pool.js';
import type { Latencies, ThroughputReport } from './load-job.js';
import { progress, requestsOf, type Settings } from './settings.js';
import { measuresTable, type Column, type Measure } from './table.js';
import { ROLES } from './thread-names.js';

interface Round {
  readonly speed: EngineSpeed;
  readonly report: ThroughputReport;
}

/** Medians of the rounds; the latencies of all of them together. */
interface Summary extends Latencies {
  readonly speed: EngineSpeed;
  readonly arrivals: Arrivals;
  readonly share: number;
  /** Microseconds for each token of an answer, by role. */
  readonly cpu: ReadonlyMap<string, number>;
  readonly eventLoopWaited: number;
}

/** Measures and prints a table for all numbers of clients, or, of two checkouts, one for each number. */
export async function throughput(settings: Settings): Promise<void> {
  const both = settings.checkouts.length > 1;
  const table = (columns: Column<Summary>[]): void =>
    console.log(`\n${measuresTable(measuresOf(columns), columns, { ratio: both })}`);
  const all: Column<Summary>[] = [];
  for (const clients of settings.clients) {
    const head = clients === 1 ? '1 client' : `${clients} clients`;
    const rounds = await runRounds(settings, clients);
    const columns = [...rounds].map(([checkout, list]) => ({
      head: both ? `${head}, ${checkout.name}` : head,
      measured: summary(list),
    }));
    if (both) table(columns);
    all.push(...columns);
  }
  if (!both) table(all);
}

async function runRounds(settings: Settings, clients: number): Promise<Map<Checkout, Round[]>> {
  const { model, prompt, generate, benchFlags, serveFlags } = settings;
  const rounds = new Map(settings.checkouts.map((checkout) => [checkout, [] as Round[]]));
  for (let round = 0; round < settings.rounds; round++) {
    progress(`${clients} clients`, round, settings);
    for (const [checkout, list] of rounds) {
      const engineAlone = () =>
        engineSpeed(checkout, model, [
          ...['--prompt', String(prompt), '--generate', String(generate)],
          ...['--batch', String(clients), ...benchFlags],
        ]);
      const before = await engineAlone();
      const scenario = { name: 'throughput', requests: requestsOf(settings, clients) } as const;
      const pool = await kvPoolOf(checkout, model, clients * (prompt + generate));
      const report = await withServer(checkout, model, [...pool, ...serveFlags], (server) =>
        load<ThroughputReport>(server, { clients, prompt, generate, scenario }),
      );
      const speeds = [before, await engineAlone()];
      list.push({ speed: meanSpeed(speeds), report });
    }
  }
  return rounds;
}

function summary(rounds: readonly Round[]): Summary {
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const perToken = (of: (report: ThroughputReport) => number | undefined): number =>
    middle(({ report }) => ((of(report) ?? 0) * 1e6) / report.answerTokens);
  const arrivals = ({ report }: Round): Arrivals => ({
    rate: report.answerTokens / report.seconds,
    promptTokens: report.promptTokens / report.answerTokens,
    generatorCpus: report.generatorCpu / report.seconds,
  });
  const roles = new Set(rounds.flatMap(({ report }) => report.threads.map(([role]) => role)));
  const times = (report: ThroughputReport, role: string) => new Map(report.threads).get(role);
  return {
    speed: {
      prefill: middle(({ speed }) => speed.prefill),
      decode: middle(({ speed }) => speed.decode),
    },
    arrivals: {
      rate: middle((round) => arrivals(round).rate),
      promptTokens: middle((round) => arrivals(round).promptTokens),
      generatorCpus: middle((round) => arrivals(round).generatorCpus),
    },
    // Of each round, since machines change their speed from one to the next.
    share: middle((round) => serverShare(round.speed, arrivals(round), availableParallelism())),
    cpu: new Map([...roles].map((role) => [role, perToken((report) => times(report, role)?.cpu)])),
    eventLoopWaited: perToken((report) => times(report, 'event loop')?.waited),
    firstTokens: rounds.flatMap(({ report }) => report.firstTokens),
    gaps: rounds.flatMap(({ report }) => report.gaps),
  };
}

function measuresOf(columns: readonly Column<Summary>[]): Measure<Summary>[] {
  const roles = new Set<string>(ROLES);
  for (const { measured } of columns) for (const role of measured.cpu.keys()) roles.add(role);
  return [
    { name: 'tokens/s that arrive', digits: 0, of: ({ arrivals }) => arrivals.rate },
    { name: 'kinglet bench: prefill', digits: 0, of: ({ speed }) => speed.prefill },
    { name: 'kinglet bench: decode', digits: 0, of: ({ speed }) => speed.decode },
    { name: 'prompt tokens a token', digits: 2, of: ({ arrivals }) => arrivals.promptTokens },
    {
      name: 'tokens/s that the engine allows',
      digits: 0,
      of: ({ speed, arrivals }) => allowedRate(speed, arrivals.promptTokens),
    },
    { name: 'CPUs of the generator', digits: 2, of: ({ arrivals }) => arrivals.generatorCpus },
    { name: "the server's share", digits: 2, of: ({ share }) => share },
    ...[...roles].map((role) => ({
      name: `CPU µs a token: ${role}`,
      digits: 0,
      of: ({ cpu }: Summary) => cpu.get(role),
    })),
    { name: 'event loop waits, µs a token', digits: 0, of: (s) => s.eventLoopWaited },
    { name: 'first token, ms: median', digits: 0, of: (s) => percentile(s.firstTokens, 0.5) },
    { name: 'first token, ms: p99', digits: 0, of: (s) => percentile(s.firstTokens, 0.99) },
    { name: 'gaps, ms: median', digits: 1, of: (s) => percentile(s.gaps, 0.5) },
    { name: 'gaps, ms: p99', digits: 1, of: (s) => percentile(s.gaps, 0.99) },
    { name: 'gaps, ms: largest', digits: 1, of: (s) => largest(s.gaps) },
  ];
}
