/** The addon in several threads at once, and in threads that end with a model open. */
import { Worker } from 'node:worker_threads';
import t from 'tap';
import type { StepBatch } from '../../../src/native/addon.js';
import { addonPath, loadAddon } from '../../../src/native/load-addon.js';
import { runStep } from '../../../src/native/batch.js';
import { packageRoot } from '../../../src/package-root.js';
import { sampleBatch, sampleOptions, stepOutcome } from './sample-batch.js';

const addon = loadAddon();
const options = await sampleOptions();
const vocab = options.spec.vocabSize;

/** Loads a model of its own in a worker and runs the batch; `forever` goes on until terminated. */
function stepInWorker(batch: StepBatch, forever = false): Worker {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const model = require(workerData.path).loadModel(workerData.options);
    const { batch } = workerData;
    do {
      for (let i = 0; i < 5; i++) {
        model.startStep(batch);
        model.finishStep();
      }
      parentPort.postMessage(batch.results);
    } while (workerData.forever);
    if (workerData.close) model.close();`;
  const path = addonPath(packageRoot(), process.env['KINGLET_ADDON']);
  const data = { path, options, batch, forever, close: !forever };
  return new Worker(source, { eval: true, workerData: data });
}

t.test('several threads at once, one of which is ended in mid-step', async (t) => {
  const here = addon.loadModel(options);
  const expected = sampleBatch(vocab);
  runStep(here, expected);
  const doomed = stepInWorker(sampleBatch(vocab), true);
  const workers = [1, 2, 3].map(() => stepInWorker(sampleBatch(vocab)));
  const answers = workers.map(
    (worker) =>
      new Promise<StepBatch['results']>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      }),
  );
  const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  await new Promise((resolve) => doomed.once('message', resolve));
  await doomed.terminate();
  for (const results of await Promise.all(answers)) {
    t.same([...results.drawTokens], [...expected.results.drawTokens]);
    t.same([...results.logits], [...expected.results.logits], 'the same bits in each');
  }
  t.same(await Promise.all(exits), [0, 0, 0]);
  const again = sampleBatch(vocab);
  runStep(here, again);
  t.same(stepOutcome(again), stepOutcome(expected));
  here.close();
});

t.test('a model that was never closed ends with its thread', async (t) => {
  const source = `
    const { workerData } = require('node:worker_threads');
    globalThis.model = require(workerData.path).loadModel(workerData.options);`;
  const path = addonPath(packageRoot(), process.env['KINGLET_ADDON']);
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(source, { eval: true, workerData: { path, options } });
    t.equal(await new Promise((resolve) => worker.once('exit', resolve)), 0);
  }
});
