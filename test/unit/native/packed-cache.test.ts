/** The cache of packed weights through the addon: what it reports, and that nothing else changes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import {
  CacheWriting,
  Signal,
  type LoadOptions,
  type NativeModel,
  type PackedCacheReport,
} from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { runStep } from '../../../src/native/batch.js';
import { sampleBatch, sampleOptions, stepOutcome } from './sample-batch.js';

const addon = loadAddon();
const plain = await sampleOptions();

function withCache(folder: string, key = 'a key'): LoadOptions {
  return { ...plain, packedCache: { folder, key, mostBytes: 2 ** 30 } };
}

async function writtenBy({ signals }: LoadOptions): Promise<number> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const state = Atomics.load(signals, Signal.packedCache);
    if (state !== CacheWriting.underWay || performance.now() > deadline) return state;
    await sleep(5);
  }
}

function outcomeOf(model: NativeModel): object {
  const batch = sampleBatch(plain.spec.vocabSize);
  runStep(model, batch);
  return stepOutcome(batch);
}

/** Loads, waits until nothing is written any more, computes a batch, and closes. */
async function run(options: LoadOptions) {
  options.signals.fill(0);
  const model = addon.loadModel(options);
  const state = await writtenBy(options);
  const outcome = outcomeOf(model);
  const report: PackedCacheReport | null = model.info.packedCache;
  const { mappedBytes } = model.info;
  model.close();
  return { state, outcome, report, mappedBytes };
}

t.test('a second load reads what the first one wrote, and computes the same bits', async (t) => {
  const without = await run(plain);
  t.equal(without.report, null);
  t.equal(without.state, CacheWriting.none);

  const options = withCache(t.testdir());
  const first = await run(options);
  const path = first.report?.path ?? '';
  t.strictSame(first.report, { use: 'writing', path, note: `${path}: is not there yet` });
  t.ok(Object.isFrozen(first.report));
  t.equal(first.state, CacheWriting.done);
  t.match(readdirSync(options.packedCache!.folder), [/^kinglet-[0-9a-f]{32}\.packed$/]);

  const second = await run(options);
  t.strictSame(second.report, { use: 'read', path, note: '' });
  t.equal(second.state, CacheWriting.none);
  for (const { outcome, mappedBytes } of [first, second]) {
    t.strictSame(outcome, without.outcome);
    t.equal(mappedBytes, without.mappedBytes);
  }
});

t.test('a damaged file is told, packed anew and replaced', async (t) => {
  const options = withCache(t.testdir());
  const { report, outcome } = await run(options);
  const { path = '' } = report ?? {};
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged[whole.length - 100]! ^= 1;
  writeFileSync(path, damaged);
  const again = await run(options);
  t.match(again.report, { use: 'writing', note: /: is damaged between bytes \d+ and \d+$/ });
  t.strictSame(again.outcome, outcome);
  t.ok(readFileSync(path).equals(whole));
});

t.test('another key is another file; a folder that cannot be used is told', async (t) => {
  const folder = t.testdir({ file: '' });
  await run(withCache(folder));
  t.equal((await run(withCache(folder, 'another key'))).report?.use, 'writing');
  t.equal(readdirSync(folder).length, 3);
  const below = join(folder, 'file', 'below');
  const { report, state } = await run(withCache(below));
  t.match(report, { use: 'notUsable', path: below });
  t.ok(report?.note.startsWith(`${below}: is not there and cannot be made: `));
  t.equal(state, CacheWriting.none);
});
