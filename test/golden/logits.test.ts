/** Every reference case through the addon: what transformers computes, Kinglet computes. */
import t from 'tap';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { goldenCheckpoints, goldenGgufs } from '../support/golden-cases.js';
import { maxAbsDifference, meanKl } from '../support/reference.js';
import { ModelRunner } from '../support/run-model.js';
import { testedIsas } from '../support/tested-isas.js';

const addon = loadAddon();
const isas = testedIsas(addon);

for (const { name, path, readExpected } of goldenCheckpoints()) {
  t.test(`checkpoint ${name}`, async (t) => {
    const source = await openModel(path);
    const expected = readExpected();
    t.equal(source.spec.vocabSize, expected.vocab);
    for (const isa of isas) {
      for (const compute of ['float', 'auto'] as const) {
        const runner = new ModelRunner(addon, source, { compute, isa });
        const logits = runner.run(expected.inputIds, 0);
        const difference = maxAbsDifference(logits, expected.logits);
        const kl = meanKl(expected.logits, logits, expected.vocab);
        const label = `${runner.model.info.isa}, ${compute}`;
        if (compute === 'float') {
          t.ok(difference < 1e-3, `${label}: largest difference ${difference.toExponential(1)}`);
          const greedy = runner.greedy(expected.inputIds, expected.greedyIds.length);
          t.same(greedy, [...expected.greedyIds], `${label}: greedy ids`);
        } else {
          t.ok(kl <= 5e-6, `${label}: mean KL ${kl.toExponential(1)}`);
        }
        runner.close();
      }
    }
  });
}

const BOUNDS: Readonly<Record<string, number>> = { F16: 5e-6, F32: 5e-6, BF16: 5e-6, Q8_0: 1.5e-3, Q4_0: 1.5e-3 };

for (const { name, path, readExpected } of goldenGgufs()) {
  t.test(`GGUF ${name}`, async (t) => {
    const source = await openModel(path);
    const expected = readExpected();
    const bound = BOUNDS[name.split('.').at(-1) ?? ''];
    if (bound === undefined) throw new Error(`${name} does not end with one of ${Object.keys(BOUNDS).join(', ')}`);
    for (const isa of isas) {
      for (const [compute, limit] of [['auto', bound], ['float', 5e-6]] as const) {
        const runner = new ModelRunner(addon, source, { compute, isa });
        const logits = runner.run(expected.inputIds, 0);
        const kl = meanKl(expected.logits, logits, expected.vocab);
        const label = `${runner.model.info.isa}, ${compute}`;
        t.ok(kl <= limit, `${label}: mean KL ${kl.toExponential(1)}`);
        runner.close();
      }
    }
  });
}
