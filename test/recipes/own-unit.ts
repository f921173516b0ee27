/** Shows that sample_isa's q8_0 computes: a load names it, and with it the logits are the parent's. */
import { fileURLToPath } from 'node:url';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { meanKl, REFERENCE } from '../support/reference.js';
import { ModelRunner } from '../support/run-model.js';
import { PARENT_ISA } from './parent-isa.js';

const source = await openModel(fileURLToPath(new URL('gguf/smollm2.Q8_0.gguf', REFERENCE)));
const tokens = [1, 2, 3, 5, 8, 13, 21];

/** The logits under a kernel table, in which `unit` alone multiplies. */
function logitsOf(isa: string, unit: string): Float32Array {
  const runner = new ModelRunner(loadAddon(), source, { isa });
  const kernels = runner.model.info.kernels.join();
  const logits = runner.run(tokens, 0).slice();
  runner.close();
  if (kernels !== unit) throw new Error(`${isa} runs ${kernels}: expected ${unit}`);
  return logits;
}

const kl = meanKl(
  logitsOf(PARENT_ISA, `${PARENT_ISA}/q8_0`),
  logitsOf('sample_isa', 'sample_isa/q8_0'),
  source.spec.vocabSize,
);
// Read in the parent's layout, the packed weights would be other ones.
if (!(kl < 1e-6)) throw new Error(`its logits are not its parent's: KL ${kl}`);
