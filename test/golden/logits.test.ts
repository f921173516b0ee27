/** Every reference case through the addon: what transformers computes, Kinglet computes. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { GOLDEN, REFERENCE, maxAbsDifference, meanKl, readExpected } from '../support/reference.js';
import { ModelRunner } from '../support/run-model.js';

const addon = loadAddon();
const quick = process.env['KINGLET_TEST_QUICK'] === '1';
const isas = quick ? [''] : addon.cpuInfo().available;

const checkpoints = ['reference/checkpoints/', 'generated/checkpoints/']
  .map((folder) => new URL(folder, GOLDEN))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => new URL(`${name}/`, folder)));

for (const folder of checkpoints) {
  const name = folder.pathname.split('/').at(-2);
  t.test(`checkpoint ${name}`, async (t) => {
    const source = await openModel(fileURLToPath(folder));
    const expected = readExpected(new URL('expected.safetensors', folder));
    t.equal(source.spec.vocabSize, expected.vocab);
    for (const isa of isas) {
      for (const compute of ['float', 'auto'] as const) {
        const runner = new ModelRunner(addon, source, { compute, isa });
        const logits = runner.run(expected.inputIds, 0);
        const difference = maxAbsDifference(logits, expected.logits);
        const kl = meanKl(expected.logits, logits, expected.vocab);
        t.comment(`${runner.model.info.isa} ${compute}: difference ${difference.toExponential(1)}, KL ${kl.toExponential(1)}`);
        if (compute === 'float') {
          t.ok(difference < 1e-3, `largest logit difference ${difference}`);
          const greedy = runner.greedy(expected.inputIds, expected.greedyIds.length);
          t.same(greedy, [...expected.greedyIds], 'greedy ids');
        } else {
          t.ok(kl <= 5e-6, `mean KL ${kl}`);
        }
        runner.close();
      }
    }
  });
}

const BOUNDS: Record<string, number> = { F16: 5e-6, F32: 5e-6, BF16: 5e-6, Q8_0: 1.5e-3, Q4_0: 1.5e-3 };
const ggufs = ['reference/gguf/', 'generated/gguf/']
  .map((folder) => new URL(folder, GOLDEN))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.expected.safetensors'))
      .map((file) => [folder, file.slice(0, -'.expected.safetensors'.length)] as const),
  );

for (const [folder, name] of ggufs) {
  t.test(`GGUF ${name}`, async (t) => {
    // A split file is opened by its first part.
    const first = readdirSync(folder).find((file) => file.startsWith(`${name}-00001-of-`));
    const source = await openModel(fileURLToPath(new URL(first ?? `${name}.gguf`, folder)));
    const expected = readExpected(new URL(`${name}.expected.safetensors`, folder));
    const bound = BOUNDS[name.split('.').at(-1) ?? ''] ?? 5e-6;
    for (const isa of isas) {
      for (const [compute, limit] of [['auto', bound], ['float', 5e-6]] as const) {
        const runner = new ModelRunner(addon, source, { compute, isa });
        const logits = runner.run(expected.inputIds, 0);
        const kl = meanKl(expected.logits, logits, expected.vocab);
        t.comment(`${runner.model.info.isa} ${compute}: KL ${kl.toExponential(1)}`);
        t.ok(kl <= limit, `mean KL ${kl}`);
        runner.close();
      }
    }
  });
}

t.test('every case was found', async (t) => {
  t.ok(checkpoints.length >= 7);
  t.ok(ggufs.length >= 18);
  t.ok(existsSync(REFERENCE));
});
