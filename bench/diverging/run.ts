/** bench/accuracy: see USAGE in settings.ts, and bench/README.md. */
import { machine } from '../comparing/report.js';
import { markdownTable } from '../serving/table.js';
import {
  divergenceOf,
  mean,
  quantile,
  ratioOf,
  standardError,
  type Divergence,
} from './divergence.js';
import { kingletLogits, type Engine } from './engines.js';
import { passagesFor } from './passages.js';
import { readSettings, type Settings } from './settings.js';

/** What an engine gave on a file. */
interface Measured extends Divergence {
  readonly file: string;
  readonly engine: string;
  /** Of the first peer on the same file, where there is one; absent for peers. */
  readonly peer?: Divergence | undefined;
}

/** Peers come first, so that the others can be measured by them. */
async function measure({ targets, ours, peers, tokens, threads }: Settings): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, file } of targets) {
    const path = file();
    const passages = await passagesFor(path, tokens);
    const exact: Float32Array[] = [];
    const float = { compute: 'float', threads } as const;
    for await (const row of kingletLogits(path, passages, float)) exact.push(row);
    const run = async (engine: Engine): Promise<Measured> => {
      console.error(`${name}: ${engine.name}`);
      try {
        const divergence = await divergenceOf(exact, engine.logits(path, passages));
        return { file: name, engine: engine.name, ...divergence };
      } catch (error) {
        const { message } = error as Error;
        throw new Error(`${engine.name} was lost on ${path}: ${message}`, { cause: error });
      }
    };
    const theirs: Measured[] = [];
    for (const engine of peers) theirs.push(await run(engine));
    for (const engine of ours) measured.push({ ...(await run(engine)), peer: theirs[0] });
    measured.push(...theirs);
  }
  return measured;
}

const nats = (value: number): string => value.toExponential(2);

function rowOf({ file, engine, kl, sameBest, peer }: Measured) {
  const same = (100 * sameBest.filter(Boolean).length) / sameBest.length;
  const by = peer === undefined ? undefined : ratioOf(kl, peer.kl);
  return {
    name: `${file}: ${engine}`,
    cells: [
      ...[mean(kl), standardError(kl), quantile(kl, 0.99), Math.max(...kl)].map(nats),
      same.toFixed(1),
      by === undefined ? '–' : `${by.ratio.toFixed(2)} ± ${by.error.toFixed(2)}`,
    ],
  };
}

async function main(settings: Settings): Promise<void> {
  const measured = await measure(settings);
  const { tokens, threads, json, peers } = settings;
  const circumstances = { ...machine(), tokens, threads };
  if (json) {
    const results = measured.map(({ peer: _, ...figures }) => figures);
    console.log(JSON.stringify({ ...circumstances, results }));
    return;
  }
  const head = ['mean KL', 'its error', '99 %', 'largest', 'same best, %'];
  const [peer] = peers;
  const columns = [...head, peer === undefined ? "by a peer's" : `by ${peer.name}'s`];
  console.log(`${JSON.stringify(circumstances)}\n\n${markdownTable(columns, measured.map(rowOf))}`);
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
