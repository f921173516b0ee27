/** Biases: config.json says whether a checkpoint has them, a GGUF file's tensors say it themselves. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openModel } from '../../../src/model/open-model.js';
import type { ModelSource } from '../../../src/model/model-source.js';
import { GOLDEN } from '../../support/reference.js';
import { Checkpoint } from './checkpoint.js';
import { tinyLlama, writeGguf, type TensorSpec } from './gguf-writer.js';

const biasesOf = (source: ModelSource): string[] =>
  source.tensors.flatMap(({ name }) => /^blk\.0\.(.*)\.bias$/.exec(name)?.[1] ?? []);

const ATTENTION = ['attn_q', 'attn_k', 'attn_v', 'attn_output'];
const FEED_FORWARD = ['ffn_gate', 'ffn_up', 'ffn_down'];

t.test('what each family has', async (t) => {
  const expected: readonly (readonly [string, readonly string[]])[] = [
    ['generated/checkpoints/llama-biases', [...ATTENTION, ...FEED_FORWARD]],
    ['generated/checkpoints/llama4-biases', ATTENTION],
    ['generated/checkpoints/olmo2-biases', ATTENTION],
    ['generated/checkpoints/qwen3-biases', ATTENTION],
    ['reference/checkpoints/deepseek-r1-distill-qwen', ['attn_q', 'attn_k', 'attn_v']],
    ['reference/checkpoints/qwen3', []],
  ];
  for (const [folder, biases] of expected) {
    t.strictSame(biasesOf(await openModel(fileURLToPath(new URL(folder, GOLDEN)))), biases, folder);
  }
});

t.test("a checkpoint's configuration", async (t) => {
  await t.test('says that there are none', async (t) => {
    const checkpoint = new Checkpoint(t, 'generated/checkpoints/llama-biases');
    checkpoint.edit('config.json', { attention_bias: false });
    await t.rejects(checkpoint.open(), {
      code: 'unsupported_model',
      message: /"model.layers.0.self_attn.k_proj.bias" is unknown to the architecture llama/,
    });
    checkpoint.edit('config.json', { attention_bias: true, mlp_bias: null });
    await t.rejects(checkpoint.open(), {
      code: 'unsupported_model',
      message: /"model.layers.0.mlp.down_proj.bias" is unknown to the architecture llama/,
    });
  });
  await t.test('says that there are some', async (t) => {
    const checkpoint = new Checkpoint(t, 'reference/checkpoints/smollm2');
    checkpoint.edit('config.json', { attention_bias: true });
    await t.rejects(checkpoint.open(), {
      code: 'file_malformed',
      message: /has no tensor "model.layers.0.self_attn.q_proj.bias" \(llama\)/,
    });
    checkpoint.edit('config.json', { attention_bias: false, mlp_bias: true });
    await t.rejects(checkpoint.open(), {
      code: 'file_malformed',
      message: /has no tensor "model.layers.0.mlp.gate_proj.bias" \(llama\)/,
    });
  });
  await t.test('is not asked by qwen2', async (t) => {
    const checkpoint = new Checkpoint(t, 'reference/checkpoints/deepseek-r1-distill-qwen');
    const plain = (await checkpoint.open()).tensors;
    for (const attention_bias of [true, false]) {
      checkpoint.edit('config.json', { attention_bias });
      t.strictSame((await checkpoint.open()).tensors, plain);
    }
  });
  await t.test('is wrong', async (t) => {
    const checkpoint = new Checkpoint(t, 'reference/checkpoints/qwen3');
    checkpoint.edit('config.json', { attention_bias: 'yes' });
    await t.rejects(checkpoint.open(), {
      code: 'file_malformed',
      message: /attention_bias is "yes": true or false is expected/,
    });
  });
});

t.test('a GGUF file has a bias in all layers or in none', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const { keys, tensors } = tinyLlama({ 'llama.block_count': { u32: 2 } });
  const second = tensors
    .filter(({ name }) => name.startsWith('blk.0.'))
    .map((tensor) => ({ ...tensor, name: tensor.name.replace('blk.0.', 'blk.1.') }));
  const bias = (layer: number, length = 32): TensorSpec => ({
    name: `blk.${layer}.attn_output.bias`,
    dimensions: [length],
    data: new Uint8Array(4 * length),
  });
  const open = (...more: TensorSpec[]): Promise<ModelSource> => {
    writeFileSync(path, writeGguf({ keys, tensors: [...tensors, ...second, ...more] }).bytes);
    return openModel(path);
  };
  t.strictSame(biasesOf(await open()), []);
  t.strictSame(biasesOf(await open(bias(0), bias(1))), ['attn_output'], 'one without the others');
  for (const layer of [0, 1]) {
    await t.rejects(open(bias(layer)), {
      code: 'file_malformed',
      message: new RegExp(`has no tensor "blk.${1 - layer}.attn_output.bias" \\(llama\\)`),
    });
  }
  await t.rejects(open(bias(0), bias(1), bias(2)), {
    code: 'unsupported_model',
    message: /"blk.2.attn_output.bias" is unknown to the architecture llama/,
  });
  await t.rejects(open(bias(0), bias(1, 16)), {
    code: 'file_malformed',
    message: /"blk.1.attn_output.bias" is 1 x 16: 1 x 32 is expected/,
  });
});
