/** Runs every engine on every file and work, in turn. */
import type { Engine, Speeds } from './engines.js';
import { waitForQuiet } from './quiet.js';
import type { Settings, Target } from './settings.js';
import type { Work } from './works.js';

/** What an engine reached, a figure for each round. */
export interface Runs {
  readonly engine: string;
  readonly speeds: readonly Speeds[];
}

/** What was measured on one file. */
export interface Cell {
  readonly file: string;
  readonly work: Work;
  readonly runs: readonly Runs[];
}

/** Throws where a run is lost, and where the machine stays busy. */
export async function compare(settings: Settings): Promise<Cell[]> {
  const { targets, works, patience } = settings;
  const files = targets.map((target) => ({ target, path: target.file() }));
  await waitForQuiet(patience, { load: true });
  const cells: Cell[] = [];
  for (const { target, path } of files) {
    for (const work of works) {
      const engines = enginesFor(settings.engines, target, work);
      cells.push({ file: target.name, work, runs: await inTurn(engines, path, work, settings) });
    }
  }
  return cells;
}

function enginesFor(engines: readonly Engine[], target: Target, work: Work): readonly Engine[] {
  return work.long && !target.longWithPeers ? engines.slice(0, 1) : engines;
}

/** A B B A …: whatever drifts meets both alike. */
async function inTurn(
  engines: readonly Engine[],
  file: string,
  work: Work,
  { rounds, threads, patience }: Settings,
): Promise<Runs[]> {
  const runs = engines.map(({ name, run }) => ({ engine: name, run, speeds: [] as Speeds[] }));
  await waitForQuiet(patience, { load: false });
  for (let round = 0; round < rounds; round++) {
    console.error(`${file}, work ${work.name}: round ${round + 1} of ${rounds}`);
    for (const { run, speeds } of round % 2 === 0 ? runs : runs.toReversed()) {
      speeds.push(await run(file, work, threads));
    }
  }
  return runs.map(({ engine, speeds }) => ({ engine, speeds }));
}
