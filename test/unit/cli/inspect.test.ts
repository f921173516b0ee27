/** What `kinglet inspect` prints. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { inspect } from '../../../src/cli/inspect.js';
import { openModel } from '../../../src/model/open-model.js';
import { GOLDEN } from '../../support/reference.js';

const MIB = 2 ** 20;
const source = await openModel(
  fileURLToPath(new URL('reference/checkpoints/llama3-rope-scaling', GOLDEN)),
);

t.test('what was ignored or guessed', async (t) => {
  const warnings = ['config.json: something is ignored'];
  t.strictSame((await inspect({ ...source, warnings }, 4096 * MIB)).warnings, warnings);
});

t.test('inspection', async (t) => {
  const report = await inspect(source, 4096 * MIB, 1024);
  t.match(report, {
    architecture: 'llama',
    parameters: 418688,
    formats: [{ format: 'bf16', tensors: 29, bytes: 837376 }],
    tokenizer: {
      ...{ bosId: 379, addBos: true, eosIds: [380, 383], chatTemplate: true },
      toolCalls: 'generic',
    },
    memory: { contextLength: 1024, kvBytesPerToken: 768 },
  });
  t.match(await inspect(source, MIB), { memory: null, arithmetic: [/No KV block/] });
  await t.rejects(inspect(source, 4096 * MIB, 8193), { code: 'context_too_long' });
});
