/** Every model family is there on both sides, and held to logits that are not Kinglet's own. */
import t from 'tap';
import { BIAS_KEYS } from '../../src/model/architectures/architecture.js';
import { ARCHITECTURES } from '../../src/model/architectures/registry.js';
import type { ModelSource } from '../../src/model/model-source.js';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { goldenCheckpoints, goldenGgufs, type GoldenCase } from '../support/golden-cases.js';

t.test('TypeScript reads what C++ computes, and nothing else', async (t) => {
  const read = ARCHITECTURES.map(({ name }): string => name);
  const computed = loadAddon().architectures;
  for (const name of new Set([...read, ...computed])) {
    t.ok(
      computed.includes(name),
      `native/architectures/${name}.cpp is built into the addon, for src/model/architectures has ${name}`,
    );
    t.ok(
      read.includes(name),
      `src/model/architectures/families.ts lists ${name}, for native/architectures has it`,
    );
  }
});

t.test('no two families read the same files', async (t) => {
  const types = ARCHITECTURES.map(({ huggingface }) => huggingface.modelType);
  t.strictSame([...new Set(types)], types);
});

async function sources(cases: readonly GoldenCase[]): Promise<ModelSource[]> {
  return Promise.all(cases.map(({ path }) => openModel(path)));
}

t.test('golden cases', async (t) => {
  const checkpoints = await sources(goldenCheckpoints());
  const ggufs = await sources(goldenGgufs());
  for (const { name, huggingface, gguf, biases } of ARCHITECTURES) {
    const ofFamily = ({ spec }: ModelSource): boolean => spec.architecture === name;
    t.ok(
      checkpoints.some(ofFamily),
      `test/golden has a checkpoint of ${name} (model_type ${huggingface.modelType}, pairing ${huggingface.ropePairing})`,
    );
    t.ok(
      ggufs.some(ofFamily),
      `test/golden has a GGUF file of ${name} (pairing ${gguf.ropePairing})`,
    );
    for (const key of BIAS_KEYS) {
      const rule = biases[key];
      if (typeof rule === 'string') continue;
      const hasBiases = (source: ModelSource): boolean =>
        ofFamily(source) &&
        rule.every((row) => source.tensors.some((tensor) => tensor.name === `blk.0.${row.gguf}`));
      t.ok(checkpoints.some(hasBiases), `test/golden has a checkpoint of ${name} with ${key}`);
      t.ok(ggufs.some(hasBiases), `test/golden has a GGUF file of ${name} with ${key}`);
    }
  }
});
