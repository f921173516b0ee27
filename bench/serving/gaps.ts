/** How long streaming clients wait for their next token while a long prompt is computed. */
import { serveConfig } from '../../src/config.js';
import { load, withServer } from './checkout.js';
import { largest, percentile, shareWithin } from './figures.js';
import { kvPoolOf } from './kv-pool.js';
import type { GapsReport } from './load-job.js';
import { progress, type Settings } from './settings.js';
import { measuresTable, type Measure } from './table.js';

/** Measures the largest number of clients, and prints a table of all rounds together. */
export async function gaps(settings: Settings): Promise<void> {
  const { model, prompt, generate, long, serveFlags } = settings;
  const clients = largest(settings.clients);
  const reports = new Map(settings.checkouts.map((checkout) => [checkout, [] as GapsReport[]]));
  for (let round = 0; round < settings.rounds; round++) {
    progress(`gaps of ${clients} clients`, round, settings);
    for (const [checkout, list] of reports) {
      const tokens = long + generate + clients * (prompt + generate);
      const pool = await kvPoolOf(checkout, model, tokens);
      list.push(
        await withServer(checkout, model, [...pool, ...serveFlags], (server) =>
          load<GapsReport>(server, {
            ...{ clients, prompt, generate },
            scenario: { name: 'gaps', long },
          }),
        ),
      );
    }
  }
  const columns = [...reports].map(([{ name }, measured]) => ({
    head: `${clients} clients, ${name}`,
    measured,
  }));
  const table = measuresTable(measuresOf(maxStepMs(serveFlags)), columns, {
    ratio: columns.length > 1,
  });
  console.log(`\n${table}`);
}

function maxStepMs(flags: readonly string[]): number {
  const at = flags.lastIndexOf('--max-step-ms');
  return at < 0 ? serveConfig().maxStepMs : Number(flags[at + 1]);
}

function measuresOf(stepMs: number): Measure<readonly GapsReport[]>[] {
  const gapsOf = (reports: readonly GapsReport[]) => reports.flatMap((report) => report.gaps);
  const firsts = (reports: readonly GapsReport[]) => reports.flatMap((r) => r.firstTokens);
  const longs = (reports: readonly GapsReport[]) => reports.map((r) => r.longFirstToken);
  return [
    { name: 'gaps', digits: 0, of: (r) => gapsOf(r).length },
    {
      name: `% of the gaps within ${stepMs} ms`,
      digits: 2,
      of: (r) => 100 * shareWithin(gapsOf(r), stepMs),
    },
    {
      name: `% of the gaps within ${2 * stepMs} ms`,
      digits: 2,
      of: (r) => 100 * shareWithin(gapsOf(r), 2 * stepMs),
    },
    { name: 'gaps, ms: median', digits: 1, of: (r) => percentile(gapsOf(r), 0.5) },
    { name: 'gaps, ms: p99', digits: 1, of: (r) => percentile(gapsOf(r), 0.99) },
    { name: 'gaps, ms: largest', digits: 1, of: (r) => largest(gapsOf(r)) },
    { name: 'short prompts', digits: 0, of: (r) => firsts(r).length },
    { name: 'their first token, ms: median', digits: 0, of: (r) => percentile(firsts(r), 0.5) },
    { name: 'their first token, ms: p99', digits: 0, of: (r) => percentile(firsts(r), 0.99) },
    { name: "the long one's, ms: median", digits: 0, of: (r) => percentile(longs(r), 0.5) },
  ];
}
