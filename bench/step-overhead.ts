/**
 * What a decoding step costs beside the model's own work: the engine's loop on a model of no cost,
 * and on a real one whose time is taken off (there the caches are cold: each step reads all weights).
 * Microseconds a step and a row, the quickest of several rounds, since other processes can only add
 * to it. Waiting for `places`: all are taken; for `blocks`:
 * there are places, but not the blocks of the next request.
 *
 *     node dist/bench/step-overhead.js [model.gguf]
 */
import { EngineLoop } from '../src/engine/loop.js';
import { blocksFor, type EngineOptions } from '../src/engine/options.js';
import { openModel } from '../src/model/open-model.js';
import { loadTokenizer } from '../src/tokenizer/load-tokenizer.js';
import {
  BatchCount,
  KV_BLOCK_TOKENS,
  SIGNAL_WORDS,
  type Addon,
  type NativeModel,
} from '../src/native/addon.js';
import { loadAddon } from '../src/native/load-addon.js';
import { engineOptions, generation, type TestEngineOptions } from '../test/support/engine.js';
import { createFakeAddon } from '../test/support/fake-addon.js';

const ROWS = [1, 8, 32, 64];
const WAITING = [0, 100, 10_000];
const PROMPT = 16;
/** Steps of a round, and rounds; few where a step takes its time. */
const STEPS = 20;
const ROUNDS = 30;
const REAL_ROUNDS = 4;
const CONTEXT = PROMPT + STEPS * (ROUNDS + 1) + 64;

/** An addon whose steps are timed; without `real` they only draw token 0. */
class TimedAddon {
  /** Milliseconds within steps so far. */
  spent = 0;
  readonly addon: Addon;

  constructor(real: Addon | null) {
    const base = real ?? createFakeAddon();
    this.addon = {
      ...base,
      loadModel: (load) => {
        const model = base.loadModel(load);
        return this.#timed(real === null ? drawsNothing(model) : model);
      },
    };
  }

  #timed(model: NativeModel): NativeModel {
    const time = (work: () => void): void => {
      const began = performance.now();
      work();
      this.spent += performance.now() - began;
    };
    return {
      info: model.info,
      copyBlocks: (pairs) => model.copyBlocks(pairs),
      fillKv: () => model.fillKv(),
      close: () => model.close(),
      startStep: (batch) => time(() => model.startStep(batch)),
      finishStep: () => time(() => model.finishStep()),
    };
  }
}

function drawsNothing(model: NativeModel): NativeModel {
  return {
    info: model.info,
    copyBlocks: (pairs) => model.copyBlocks(pairs),
    fillKv: () => model.fillKv(),
    close: () => model.close(),
    startStep: ({ counts, results }) => {
      results.drawTokens.fill(0, 0, counts[BatchCount.draws]);
      results.drawStatus.fill(0, 0, counts[BatchCount.draws]);
    },
    finishStep: () => undefined,
  };
}

type Why = 'places' | 'blocks';

/** Microseconds a step. */
function overhead(
  base: TestEngineOptions,
  real: Addon | null,
  rows: number,
  waiting: number,
  why: Why,
): number {
  const kvBlocks = rows * (blocksFor(CONTEXT) + 1) + 8;
  const options: EngineOptions = {
    ...base,
    kvBlocks,
    maxNumSeqs: why === 'places' ? rows : rows + 1,
    maxNumBatchedTokens: 512,
    prefixCaching: true,
  };
  const timed = new TimedAddon(real);
  const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
  const loop = EngineLoop.load(timed.addon, options, signals, {
    post: () => undefined,
    clock: () => performance.now() / 1000,
  });
  loop.receive({ type: 'vocabulary', vocabulary: base });
  let key = 0;
  const submit = (promptIds: Int32Array): void => {
    const request = generation({ prompt: promptIds, maxTokens: CONTEXT, ignoreEos: true });
    loop.receive({ type: 'submit', key: ++key, request, submittedAt: 0 });
  };
  for (let i = 0; i < rows; i++) submit(new Int32Array(PROMPT).fill(i + 1));
  for (let i = 0; i < 2 * rows; i++) loop.turn();
  const long = new Int32Array(kvBlocks * KV_BLOCK_TOKENS).fill(1);
  for (let i = 0; i < waiting; i++) submit(long);
  const rounds = Array.from({ length: real === null ? ROUNDS : REAL_ROUNDS }, () => {
    const before = timed.spent;
    const began = performance.now();
    for (let i = 0; i < STEPS; i++) loop.turn();
    return ((performance.now() - began - (timed.spent - before)) * 1000) / STEPS;
  });
  loop.receive({ type: 'close' });
  return Math.min(...rounds);
}

function table(name: string, base: TestEngineOptions, real: Addon | null): void {
  console.log(`${name}\nrows waiting for      us/step   us/row`);
  for (const rows of ROWS) {
    for (const waiting of WAITING) {
      for (const why of waiting === 0 ? (['places'] as const) : (['places', 'blocks'] as const)) {
        const us = overhead(base, real, rows, waiting, why);
        const figures = [us, us / rows].map((figure) => figure.toFixed(2).padStart(8));
        console.log(
          `${String(rows).padStart(4)} ${String(waiting).padStart(7)} ${(waiting === 0 ? '-' : why).padEnd(6)}  ${figures.join(' ')}`,
        );
      }
    }
  }
}

const path = process.argv[2];
const fake = engineOptions({ contextLength: CONTEXT });
// So that the first figure is of compiled code.
for (const rows of ROWS) overhead(fake, null, rows, 0, 'places');
table('a model of no cost', fake, null);
if (path !== undefined) {
  const source = await openModel(path);
  const tokenizer = await loadTokenizer(source.readTokenizer());
  const spec = { ...source.spec, contextLength: CONTEXT };
  const base = { ...fake, source: { ...source, spec }, tokenTable: tokenizer.table, threads: 2 };
  table(source.name, base, loadAddon());
}
