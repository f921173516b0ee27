/**
 * Runs in an arm64 Node under qemu, with the plugin of instruction_counter.cpp: `kinglet bench` of one thread
 * and one counted round, with a mark before and after each step. Prints which kernels ran, as JSON.
 *
 *   steps.js FILE PROMPT GENERATE
 */
import { openSync, writeSync } from 'node:fs';
import { runBench } from '../../../src/cli/bench.js';
import { openModel } from '../../../src/model/open-model.js';
import type { Addon, NativeModel } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';

const nowhere = openSync('/dev/null', 'w');
const nothing = new Uint8Array(0);
let steps = 0;

/** What the plugin takes for a mark: no bytes, written at a position. */
function mark(id: number): void {
  writeSync(nowhere, nothing, 0, 0, id);
}

/** The marks are 0 before a step, and its number from 1 on after it. */
function marked(model: NativeModel): NativeModel {
  return {
    info: model.info,
    startStep: (batch) => {
      mark(0);
      model.startStep(batch);
    },
    finishStep: () => {
      model.finishStep();
      mark(++steps);
    },
    copyBlocks: (pairs) => model.copyBlocks(pairs),
    fillKv: () => model.fillKv(),
    close: () => model.close(),
  };
}

const [file = '', prompt, generate] = process.argv.slice(2);
const addon = loadAddon();
const counted: Addon = { ...addon, loadModel: (options) => marked(addon.loadModel(options)) };
const { kernels } = runBench(counted, await openModel(file), {
  ...{ prompt: Number(prompt), generate: Number(generate), batch: 1, repeats: 1 },
  ...{ threads: 1, cpus: [], pin: false, fillKv: false },
  ...{ compute: 'auto', kvCacheType: 'f16', quantize: 'none', isa: '' },
});
console.log(JSON.stringify({ kernels }));
