/** What requests may take is what a model leaves. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { serveConfig, type ServeConfig } from '../../../src/config.js';
import { cpuBudget } from '../../../src/machine/cpu-budget.js';
import { openModel } from '../../../src/model/open-model.js';
import { KV_BLOCK_TOKENS } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { planServing, plannedEngine } from '../../../src/server/serving-plan.js';
import { REFERENCE } from '../../support/reference.js';

const MIB = 2 ** 20;
const PROGRAM_BYTES = 176 * MIB;
const source = await openModel(fileURLToPath(new URL('gguf/smollm2.Q4_0.gguf', REFERENCE)));

function plan(availableBytes: number, change: Partial<ServeConfig> = {}) {
  const config = serveConfig(change);
  const engine = plannedEngine(source, {}, config, cpuBudget({ threads: 2 }));
  return planServing(loadAddon(), engine, config, availableBytes);
}

/** What of the bound is no other part's. */
function requestBytesOf(made: ReturnType<typeof plan>): number {
  const { boundBytes, weightBytes, scratchBytes, kvPoolBytes, kvBlocks, grammars } = made;
  const { vocabularyBytes, automatonBytes, programBytes } = grammars;
  const drafts = 36 * KV_BLOCK_TOKENS * kvBlocks;
  const engine = weightBytes + scratchBytes + kvPoolBytes + drafts;
  return boundBytes - engine - vocabularyBytes - automatonBytes - programBytes - PROGRAM_BYTES;
}

t.test('much memory: what is enough for all attacks', async (t) => {
  const made = plan(2 ** 35);
  t.equal(made.maxPendingBytes, 64 * MIB);
  t.equal(requestBytesOf(made), (384 + 2 * 64) * MIB);
});

t.test('little memory: a share of what weights and program leave', async (t) => {
  const made = plan(1024 * MIB);
  const left = 1024 * MIB - made.weightBytes - PROGRAM_BYTES;
  t.equal(made.maxPendingBytes, Math.floor(left / 32));
  t.equal(requestBytesOf(made), Math.floor(left / 5) + 2 * made.maxPendingBytes);
});

t.test('a body of the largest size never keeps small requests out', async (t) => {
  t.equal(plan(512 * MIB).maxPendingBytes, 3 * 4 * MIB);
  t.equal(plan(250 * MIB, { maxBodyBytes: MIB }).maxPendingBytes, 3 * MIB);
  t.equal(plan(2 ** 35, { maxBodyBytes: 50 * MIB }).maxPendingBytes, 64 * MIB);
});

t.test('--max-pending-bytes is taken as it is', async (t) => {
  t.equal(plan(512 * MIB, { maxPendingBytes: 5 * MIB }).maxPendingBytes, 5 * MIB);
});

t.test('less than weights and program take', async (t) => {
  t.throws(() => plan(100 * MIB), { code: 'out_of_memory', message: /0 B left for the KV cache/ });
});
