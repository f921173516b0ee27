/** Biases: config.json says whether a checkpoint has them, a GGUF file's tensors say it themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  BIAS_KEYS,
  type ArchitectureRecord,
} from '../../../src/model/architectures/architecture.js';
import { ARCHITECTURES } from '../../../src/model/architectures/registry.js';
import {
  attentionBiases,
  feedForwardBiases,
  type TensorRow,
} from '../../../src/model/architectures/tensor-rows.js';
import { openModel } from '../../../src/model/open-model.js';
import type { ModelSource } from '../../../src/model/model-source.js';
import { goldenCheckpoints } from '../../support/golden-cases.js';
import { GOLDEN } from '../../support/reference.js';
import { Checkpoint, type Json } from './checkpoint.js';
import { tinyLlama, writeGguf, type GgufSpec, type TensorSpec } from './gguf-writer.js';

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

/** A GGUF file of a family, made of what its record demands. */
function tinyOf({ name, tensors }: ArchitectureRecord): GgufSpec {
  const keys = Object.fromEntries(
    Object.entries(tinyLlama().keys).map(([key, value]) => [
      key.replace(/^llama\./, `${name}.`),
      value,
    ]),
  );
  return {
    keys: { ...keys, 'general.architecture': { string: name } },
    tensors: [
      filled('token_embd.weight', [32, 4]),
      filled('output_norm.weight', [32]),
      ...tensors.map((row) => filledRow(row)),
    ],
  };
}

const SIZES = { hiddenSize: 32, ffnSize: 32, heads: 2, kvHeads: 1, headDim: 16, vocabSize: 4 };

function filledRow({ gguf, shape }: TensorRow): TensorSpec {
  const [rows, cols] = shape(SIZES);
  return filled(`blk.0.${gguf}`, gguf.endsWith('.weight') && rows > 1 ? [cols, rows] : [cols]);
}

function filled(name: string, dimensions: readonly number[]): TensorSpec {
  return { name, dimensions, data: new Uint8Array(4 * dimensions.reduce((a, b) => a * b)) };
}

t.test('a GGUF file has the biases of its family alone', async (t) => {
  const path = join(t.testdir(), 'model.gguf');
  const ofAny = [...attentionBiases, ...feedForwardBiases('mlp')];
  for (const family of ARCHITECTURES) {
    const { name, tensors, biases } = family;
    const tiny = tinyOf(family);
    const always = tensors.map(({ gguf }) => gguf);
    const optional = Object.values(biases).flatMap((rule) =>
      typeof rule === 'string' ? [] : rule.map(({ gguf }) => gguf),
    );
    for (const row of ofAny.filter(({ gguf }) => !always.includes(gguf))) {
      const tensor = filledRow(row);
      writeFileSync(path, writeGguf({ ...tiny, tensors: [...tiny.tensors, tensor] }).bytes);
      if (optional.includes(row.gguf)) {
        t.ok(biasesOf(await openModel(path)).includes(row.gguf.replace('.bias', '')), row.gguf);
        continue;
      }
      await t.rejects(openModel(path), {
        code: 'unsupported_model',
        message: `${path}: tensor "${tensor.name}" is unknown to the architecture ${name}`,
      });
    }
  }
});

t.test('a key for biases that a family has not is refused by name', async (t) => {
  for (const { name, huggingface, biases } of ARCHITECTURES) {
    const golden = goldenCheckpoints().find(({ path }) => {
      const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as Json;
      return config['model_type'] === huggingface.modelType;
    });
    for (const key of BIAS_KEYS) {
      if (biases[key] !== 'refused') continue;
      await t.test(`${key} of ${name}`, async (t) => {
        const checkpoint = new Checkpoint(t, golden!.path);
        checkpoint.edit('config.json', { [key]: true });
        await t.rejects(checkpoint.open(), {
          code: 'unsupported_model',
          message: new RegExp(`${key} is true: ${name} has no such biases$`),
        });
        checkpoint.edit('config.json', { [key]: false });
        await t.resolves(checkpoint.open());
      });
    }
  }
});
