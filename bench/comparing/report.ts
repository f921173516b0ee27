/** The table of ratios, and all figures. */
import { cpus, totalmem } from 'node:os';
import { median } from '../../src/cli/bench.js';
import { VERSION } from '../../src/version.js';
import { figure, markdownTable } from '../serving/table.js';
import type { Cell, Runs } from './compare.js';
import type { Settings } from './settings.js';

type Figure = 'prefill' | 'decode';

/** NaN where a run has none. */
function middle(runs: Runs | undefined, of: Figure): number {
  return runs === undefined ? NaN : median(runs.speeds.map((speeds) => speeds[of] ?? NaN));
}

/** A row for each figure of each file; of each peer its speed and Kinglet's by it. */
export function ratioTable(cells: readonly Cell[], engines: readonly string[]): string {
  const [ours = '', ...peers] = engines;
  const head = [ours, ...peers.flatMap((name) => [name, 'ratio'])];
  const rows = cells.flatMap((cell) => {
    const { prefill, decode } = cell.work.rows;
    const named: [Figure, string | undefined][] = [
      ['prefill', prefill],
      ['decode', decode],
    ];
    return named.flatMap(([of, name]) =>
      name === undefined
        ? []
        : [{ name: `${cell.file}: ${name}`, cells: rowOf(cell, of, engines) }],
    );
  });
  return markdownTable(head, rows);
}

function rowOf({ runs }: Cell, of: Figure, engines: readonly string[]): string[] {
  const [ours = NaN, ...theirs] = engines.map((name) =>
    middle(
      runs.find(({ engine }) => engine === name),
      of,
    ),
  );
  const digits = ours < 100 ? 1 : 0;
  return [
    figure(ours, digits),
    ...theirs.flatMap((speed) => [figure(speed, digits), figure(ours / speed, 2)]),
  ];
}

/** What stands beside every figure. */
export function machine(): object {
  return {
    date: new Date().toISOString(),
    ...{ cpu: cpus()[0]?.model, cpus: cpus().length, memoryBytes: totalmem() },
    ...{ node: process.version, kinglet: VERSION },
  };
}

export function circumstances({ engines, rounds, threads }: Settings): object {
  return {
    ...machine(),
    ...{ rounds, threads },
    engines: engines.map(({ name, command }) => ({ name, command })),
  };
}

/** All figures; tokens a second of all sequences together, one a round. */
export function rawFigures(cells: readonly Cell[]): object[] {
  return cells.flatMap(({ file, work, runs }) =>
    runs.map(({ engine, speeds }) => {
      const { name, prompt, generate, batch } = work;
      const decode = speeds.map((each) => each.decode);
      const prefill = speeds.flatMap((each) => each.prefill ?? []);
      return {
        ...{ file, work: name, prompt, generate, batch, engine },
        ...(prefill.length === 0 ? {} : { prefill, prefillMedian: median(prefill) }),
        ...{ decode, decodeMedian: median(decode) },
      };
    }),
  );
}
