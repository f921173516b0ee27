/** Every reference checkpoint and GGUF file opens as what it is; what is not built is refused. */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { ErrorCode } from '../../../src/errors.js';
import { openModel } from '../../../src/model/open-model.js';
import type { ModelSource } from '../../../src/model/model-source.js';
import type { ModelSpec, RopePairing } from '../../../src/model/model-spec.js';
import { GOLDEN } from '../../support/reference.js';
import { Checkpoint, type Json } from './checkpoint.js';
import { tinyLlama, writeGguf, type Value } from './gguf-writer.js';
import { refusal } from './refusal.js';

const REFERENCE = fileURLToPath(new URL('reference', GOLDEN));
const GENERATED = fileURLToPath(new URL('generated', GOLDEN));

type Sizes = Omit<ModelSpec, 'rope' | 'rmsNormEpsilon' | 'attentionScale'>;

interface Model extends Sizes {
  readonly theta: number;
  readonly eps: number;
  /** Tensors of a layer. */
  readonly layerTensors: number;
  /** The embedding is the head. */
  readonly tied: boolean;
  readonly pairing: Readonly<Record<ModelSource['kind'], RopePairing>>;
}

const HALF = { huggingface: 'half', gguf: 'half' } as const;
/** llama's converter permutes the rows of q and k. */
const PERMUTED = { huggingface: 'half', gguf: 'interleaved' } as const;
const INTERLEAVED = { huggingface: 'interleaved', gguf: 'interleaved' } as const;

const LLAMA_LIKE = { vocabSize: 384, qkNorm: false, attentionTemperature: null } as const;

/** What the checkpoints' README and config.json say. */
const MODELS: Readonly<Record<string, Model>> = {
  'deepseek-r1-distill-qwen': {
    ...LLAMA_LIKE,
    architecture: 'qwen2',
    layers: 2,
    hiddenSize: 256,
    ffnSize: 256,
    heads: 4,
    kvHeads: 2,
    headDim: 64,
    contextLength: 131072,
    theta: 10000,
    eps: 1e-6,
    layerTensors: 12,
    tied: false,
    pairing: HALF,
  },
  'llama3-rope-scaling': {
    ...LLAMA_LIKE,
    architecture: 'llama',
    layers: 3,
    hiddenSize: 128,
    ffnSize: 192,
    heads: 2,
    kvHeads: 1,
    headDim: 64,
    contextLength: 8192,
    theta: 500000,
    eps: 1e-5,
    layerTensors: 9,
    tied: true,
    pairing: PERMUTED,
  },
  'llama4-nope': {
    architecture: 'llama4',
    layers: 4,
    hiddenSize: 192,
    ffnSize: 192,
    heads: 3,
    kvHeads: 1,
    headDim: 64,
    vocabSize: 384,
    contextLength: 32768,
    qkNorm: true,
    attentionTemperature: { floor: 8, scale: 0.1 },
    theta: 8e6,
    eps: 1e-5,
    layerTensors: 9,
    tied: false,
    pairing: INTERLEAVED,
  },
  'mobilellm-r1': {
    architecture: 'llama4',
    layers: 2,
    hiddenSize: 192,
    ffnSize: 256,
    heads: 3,
    kvHeads: 1,
    headDim: 64,
    vocabSize: 384,
    contextLength: 32768,
    qkNorm: true,
    attentionTemperature: null,
    theta: 8e6,
    eps: 1e-5,
    layerTensors: 9,
    tied: true,
    pairing: INTERLEAVED,
  },
  olmo2: {
    ...LLAMA_LIKE,
    architecture: 'olmo2',
    layers: 2,
    hiddenSize: 128,
    ffnSize: 192,
    heads: 4,
    kvHeads: 4,
    headDim: 32,
    contextLength: 4096,
    theta: 500000,
    eps: 1e-6,
    layerTensors: 11,
    tied: false,
    pairing: HALF,
  },
  qwen3: {
    ...LLAMA_LIKE,
    architecture: 'qwen3',
    layers: 2,
    hiddenSize: 128,
    ffnSize: 192,
    heads: 2,
    kvHeads: 1,
    headDim: 128,
    contextLength: 40960,
    theta: 1e6,
    eps: 1e-6,
    layerTensors: 11,
    tied: true,
    pairing: HALF,
  },
  smollm2: {
    ...LLAMA_LIKE,
    architecture: 'llama',
    layers: 3,
    hiddenSize: 96,
    ffnSize: 192,
    heads: 3,
    kvHeads: 1,
    headDim: 32,
    contextLength: 8192,
    theta: 100000,
    eps: 1e-5,
    layerTensors: 9,
    tied: true,
    pairing: PERMUTED,
  },
};

function checkModel(t: Test, name: string, model: Model, source: ModelSource): void {
  const { theta, eps, layerTensors, tied, pairing, ...sizes } = model;
  const { rope, rmsNormEpsilon, attentionScale, ...rest } = source.spec;
  t.strictSame(rest, sizes);
  t.equal(Math.fround(rmsNormEpsilon), Math.fround(eps));
  t.equal(attentionScale, sizes.headDim ** -0.5);
  t.equal(rope.magnitude, 1);
  t.equal(rope.pairing, pairing[source.kind]);
  t.strictSame(
    [...rope.layers],
    name === 'llama4-nope' ? [1, 1, 1, 0] : Array(sizes.layers).fill(1),
  );
  t.equal(rope.inverseFrequencies.length, sizes.headDim / 2);
  if (name !== 'llama3-rope-scaling') {
    const second = theta ** (-2 / sizes.headDim);
    t.ok(Math.abs(rope.inverseFrequencies[1]! / second - 1) < 1e-6, 'the second frequency');
  }
  t.equal(source.tensors.length, sizes.layers * layerTensors + (tied ? 2 : 3));
  t.match(source.hash, /^[0-9a-f]{64}$/);
  const { document, chatTemplate, generation, warnings, ...tokenizer } = source.readTokenizer();
  t.strictSame(tokenizer, {
    bosId: 379,
    addBos: true,
    eosIds: [380, 383],
    padId: null,
    templateTokens: { bos_token: '<|begin_of_text|>', eos_token: '<|eot_id|>' },
  });
  t.match(chatTemplate, /add_generation_prompt/);
  t.strictSame(generation, source.kind === 'gguf' ? {} : { temperature: 0.6, topP: 0.95 });
  t.strictSame([...source.warnings, ...warnings], []);
  t.match(document, { model: { type: 'BPE' } });
}

t.test('reference checkpoints', async (t) => {
  const there = readdirSync(join(REFERENCE, 'checkpoints'));
  t.strictSame(there.sort(), Object.keys(MODELS).sort(), 'each has its values above');
  const hashes = new Set<string>();
  for (const [name, model] of Object.entries(MODELS)) {
    await t.test(name, async (t) => {
      const source = await openModel(join(REFERENCE, 'checkpoints', name));
      checkModel(t, name, model, source);
      t.match(source, { kind: 'huggingface', name, files: { length: 1 } });
      t.ok(source.tensors.every(({ format }) => format === 'bf16'));
      hashes.add(source.hash);
    });
  }
  t.equal(hashes.size, Object.keys(MODELS).length, 'hashes differ');
});

t.test('reference GGUF files', async (t) => {
  for (const [name, model] of Object.entries(MODELS)) {
    // llama4-nope has no GGUF file.
    if (name === 'llama4-nope') continue;
    for (const type of ['F16', 'Q8_0', 'Q4_0']) {
      await t.test(`${name}.${type}`, async (t) => {
        const source = await openModel(join(REFERENCE, 'gguf', `${name}.${type}.gguf`));
        checkModel(t, name, model, source);
        t.match(source, { kind: 'gguf', name: `${name}.${type}` });
        const matrices = source.tensors.filter(({ rows }) => rows > 1);
        t.ok(matrices.every(({ format }) => format === type.toLowerCase()));
      });
    }
  }
});

t.test(
  "llama 3's frequencies are the same from config.json and from rope_freqs.weight",
  async (t) => {
    const folder = await openModel(join(REFERENCE, 'checkpoints', 'llama3-rope-scaling'));
    const file = await openModel(join(REFERENCE, 'gguf', 'llama3-rope-scaling.F16.gguf'));
    const expected = folder.spec.rope.inverseFrequencies;
    const actual = file.spec.rope.inverseFrequencies;
    t.ok(expected[0]! < 1, 'the shortest wave is stretched here');
    t.equal(actual.length, expected.length);
    t.strictSame(
      [...actual].filter((frequency, i) => Math.abs(frequency / expected[i]! - 1) > 1e-6),
      [],
    );
  },
);

t.test('generated cases', async (t) => {
  const open = (name: string): Promise<ModelSource> =>
    openModel(join(GENERATED, 'checkpoints', name));
  const openGguf = (name: string): Promise<ModelSource> => openModel(join(GENERATED, 'gguf', name));

  const linear = await open('linear-rope');
  t.equal(linear.spec.contextLength, 256, 'linear scaling multiplies the context');
  t.equal(linear.spec.rope.inverseFrequencies[0], 0.25);
  t.match(linear.readTokenizer().chatTemplate, /add_generation_prompt/, 'template as a string');
  t.ok(linear.tensors.every(({ format }) => format === 'f32'));

  const sharded = await open('yarn-rope-sharded');
  t.equal(sharded.files.length, 3);
  t.strictSame(new Set(sharded.tensors.map(({ file }) => file)), new Set([0, 1, 2]));
  t.ok(sharded.tensors.every(({ format }) => format === 'f16'));
  t.match(sharded.readTokenizer().chatTemplate, /add_generation_prompt/, 'template out of a list');
  t.equal(sharded.spec.contextLength, 256);

  const factor = await open('yarn-attention-factor');
  t.equal(factor.spec.rope.magnitude, 1.3);

  const split = await openGguf('split.F16-00001-of-00003.gguf');
  t.equal(split.files.length, 3);
  t.equal(split.name, 'split.F16');
  t.strictSame(new Set(split.tensors.map(({ file }) => file)), new Set([0, 1, 2]));

  const ggufLinear = await openGguf('linear-rope.F16.gguf');
  t.strictSame(ggufLinear.spec.rope.inverseFrequencies, linear.spec.rope.inverseFrequencies);
  t.equal(ggufLinear.spec.contextLength, 256);

  const ggufYarn = await openGguf('yarn-rope.F16.gguf');
  t.equal(ggufYarn.spec.rope.magnitude, 0.1 * Math.log(8) + 1);
  t.equal(ggufYarn.spec.contextLength, 256);

  const nope = await openGguf('nope.F16.gguf');
  t.strictSame([...nope.spec.rope.layers], [1, 1, 1, 0]);
  t.match(nope.spec.attentionTemperature, { floor: 8, scale: Math.fround(0.1) });
});

/** A copy of a reference checkpoint with another config.json; undefined takes a key away. */
function changedCheckpoint(t: Test, name: string, change: Json): string {
  const checkpoint = new Checkpoint(t, `reference/checkpoints/${name}`);
  checkpoint.edit('config.json', change);
  return checkpoint.folder;
}

const REFUSED: readonly [name: string, change: Json, pattern: RegExp][] = [
  ['smollm2', { model_type: 'gemma3_text' }, /model_type is "gemma3_text": this architecture/],
  ['smollm2', { model_type: 'toString' }, /model_type is "toString"/],
  ['smollm2', { architectures: ['LlamaForSequenceClassification'] }, /LlamaForCausalLM is built/],
  ['smollm2', { vision_config: {} }, /vision_config: multimodal/],
  ['smollm2', { quantization_config: { quant_method: 'gptq' } }, /quantization_config \(gptq\)/],
  ['smollm2', { hidden_act: 'gelu' }, /hidden_act is "gelu": only silu/],
  ['qwen3', { mlp_bias: true }, /mlp_bias is true: qwen3 has no such biases/],
  ['olmo2', { mlp_bias: true }, /mlp_bias is true: olmo2 has no such biases/],
  ['smollm2', { partial_rotary_factor: 0.5 }, /partial_rotary_factor is 0.5/],
  ['smollm2', { attn_logit_softcapping: 50 }, /attn_logit_softcapping is 50/],
  ['smollm2', { num_experts: 8 }, /num_experts is 8: mixture of experts/],
  ['smollm2', { rope_parameters: { rope_type: 'dynamic', factor: 2 } }, /rope_type is "dynamic"/],
  ['smollm2', { rope_scaling: { type: 'longrope' } }, /rope_scaling.type is "longrope"/],
  ['smollm2', { rope_parameters: { full_attention: {} } }, /rope_parameters.full_attention/],
  [
    'qwen3',
    { use_sliding_window: true, max_window_layers: 1, sliding_window: 4096, layer_types: null },
    /sliding_window is 4096: .* context of 40960/,
  ],
  [
    'qwen3',
    { layer_types: ['full_attention', 'sliding_attention'], sliding_window: 1024 },
    /sliding_window is 1024/,
  ],
  [
    'mobilellm-r1',
    { moe_layers: [1], num_local_experts: 4 },
    /moe_layers is \[1\]: mixture of experts/,
  ],
  [
    'mobilellm-r1',
    { moe_layers: null, interleave_moe_layer_step: 1 },
    /interleave_moe_layer_step is 1: mixture/,
  ],
  ['smollm2', { head_dim: 24 }, /3 heads of 24: a multiple of 16/],
];

t.test('features of a checkpoint that are not built are refused by name', async (t) => {
  for (const [name, change, pattern] of REFUSED) {
    await t.test(JSON.stringify(change), async (t) => {
      await refusal(t, changedCheckpoint(t, name, change), 'unsupported_model', pattern);
    });
  }
});

const MALFORMED: readonly [change: Json, pattern: RegExp][] = [
  [{ hidden_size: undefined }, /has no hidden_size/],
  [{ hidden_size: '96' }, /hidden_size is "96": an integer/],
  [{ num_hidden_layers: 1e9 }, /num_hidden_layers is 1000000000: an integer from 1 to 1024/],
  [{ num_key_value_heads: 2 }, /3 attention heads and 2 key-value heads/],
  [{ vocab_size: 385 }, /"model.embed_tokens.weight" is 384 x 96: 385 x 96/],
  [{ rms_norm_eps: 0 }, /epsilon of 0/],
  [{ rope_scaling: { type: 'linear' } }, /has no rope_scaling.factor/],
  [{ rope_scaling: { type: 'linear', factor: 0 } }, /rope_scaling.factor is 0/],
  [{ eos_token_id: '380' }, /eos_token_id is "380": a token id, or a list/],
  [{ tie_word_embeddings: false }, /has no tensor "lm_head.weight"/],
  [{ num_hidden_layers: 4 }, /has no tensor "model.layers.3.self_attn.q_proj.weight"/],
];

t.test('contradictions of a checkpoint are named', async (t) => {
  for (const [change, pattern] of MALFORMED) {
    await t.test(JSON.stringify(change), async (t) => {
      await refusal(t, changedCheckpoint(t, 'smollm2', change), 'file_malformed', pattern);
    });
  }
  await t.test('a layer too many', async (t) => {
    const folder = changedCheckpoint(t, 'smollm2', { num_hidden_layers: 2 });
    await refusal(
      t,
      folder,
      'unsupported_model',
      /"model.layers.2.input_layernorm.weight" is unknown to the architecture/,
    );
  });
});

t.test('what config.json may leave out or say otherwise', async (t) => {
  const open = (name: string, change: Json, t: Test): Promise<ModelSource> =>
    openModel(changedCheckpoint(t, name, change));
  await t.test('a window as long as the context changes nothing', async (t) => {
    const change = { use_sliding_window: true, max_window_layers: 0, sliding_window: 40960 };
    t.equal((await open('qwen3', { ...change, layer_types: null }, t)).spec.contextLength, 40960);
  });
  await t.test('no layer reaches max_window_layers', async (t) => {
    const change = { use_sliding_window: true, sliding_window: 16, layer_types: null };
    t.equal((await open('qwen3', change, t)).spec.layers, 2);
  });
  await t.test('attention chunks bound the context', async (t) => {
    const { spec } = await open('mobilellm-r1', { attention_chunk_size: 4096 }, t);
    t.match(spec, { contextLength: 4096, contextLimitedBy: 'attention_chunk_size 4096' });
  });
  await t.test('full attention has no chunks', async (t) => {
    const layerTypes = ['full_attention', 'full_attention'];
    const change = { attention_chunk_size: 4096, layer_types: layerTypes };
    t.equal((await open('mobilellm-r1', change, t)).spec.contextLength, 32768);
  });
  await t.test("transformers' defaults", async (t) => {
    const change = {
      head_dim: undefined,
      rope_parameters: undefined,
      rms_norm_eps: undefined,
      max_position_embeddings: undefined,
      tie_word_embeddings: true,
      eos_token_id: undefined,
      bos_token_id: undefined,
    };
    const { spec, readTokenizer } = await open('smollm2', change, t);
    t.match(spec, { headDim: 32, rmsNormEpsilon: 1e-6, contextLength: 2048 });
    t.ok(Math.abs(spec.rope.inverseFrequencies[1]! - 10000 ** (-1 / 16)) < 1e-7);
    t.match(readTokenizer(), { bosId: 379, eosIds: [380, 383] });
  });
  await t.test('a default interval of layers without RoPE', async (t) => {
    const { spec } = await open('llama4-nope', { no_rope_layers: [], layer_types: null }, t);
    t.strictSame([...spec.rope.layers], [1, 1, 1, 0]);
  });
});

t.test('files of a checkpoint', async (t) => {
  await t.test("the hub's cache", async (t) => {
    const folder = join(t.testdir(), 'models--owner--a--b', 'snapshots', '0123abcd');
    cpSync(join(REFERENCE, 'checkpoints', 'smollm2'), folder, { recursive: true });
    t.equal((await openModel(folder)).name, 'owner/a--b');
  });
  await t.test('a tensor that is not known', async (t) => {
    const folder = changedCheckpoint(t, 'qwen3', { model_type: 'llama', architectures: null });
    await refusal(
      t,
      folder,
      'unsupported_model',
      /_norm.weight" is unknown to the architecture llama/,
    );
  });
  await t.test('only SentencePiece', async (t) => {
    const folder = changedCheckpoint(t, 'smollm2', {});
    renameSync(join(folder, 'tokenizer.json'), join(folder, 'tokenizer.model'));
    await refusal(t, folder, 'unsupported_model', /tokenizer.model \(SentencePiece\)/);
  });
  await t.test('only pickled weights', async (t) => {
    const folder = changedCheckpoint(t, 'smollm2', {});
    renameSync(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin'));
    await refusal(t, folder, 'unsupported_model', /pytorch_model.bin: only safetensors/);
  });
  await t.test('chat_template.jinja wins over the older field', async (t) => {
    const folder = changedCheckpoint(t, 'smollm2', {});
    const settings = join(folder, 'tokenizer_config.json');
    writeFileSync(
      settings,
      JSON.stringify({ bos_token: '<|begin_of_text|>', chat_template: 'old' }),
    );
    t.match((await openModel(folder)).readTokenizer().chatTemplate, /add_generation_prompt/);
    rmSync(join(folder, 'chat_template.jinja'));
    t.equal((await openModel(folder)).readTokenizer().chatTemplate, 'old');
  });
  await t.test('shards', async (t) => {
    const folder = t.testdir();
    cpSync(join(GENERATED, 'checkpoints', 'yarn-rope-sharded'), folder, { recursive: true });
    const path = join(folder, 'model.safetensors.index.json');
    const index = JSON.parse(readFileSync(path, 'utf8')) as { weight_map: Record<string, string> };
    const rewrite = (change: Record<string, string>): void =>
      writeFileSync(path, JSON.stringify({ weight_map: { ...index.weight_map, ...change } }));
    const name = 'model.norm.weight';
    for (const file of ['../model.safetensors', '/etc/passwd', 'a\\b.safetensors', '..', '']) {
      rewrite({ [name]: file });
      await refusal(
        t,
        folder,
        'file_malformed',
        /weight_map.model.norm.weight is .* beside the index/,
      );
    }
    rewrite({ [name]: 'model-00001-of-00003.safetensors' });
    await refusal(t, folder, 'file_malformed', /holds tensor "model.norm.weight", which .* has in/);
    rewrite({ 'model.layers.9.x': 'model-00001-of-00003.safetensors' });
    await refusal(t, folder, 'file_malformed', /lacks tensor "model.layers.9.x"/);
    rewrite({ other: 'missing.safetensors' });
    await refusal(t, folder, 'model_not_readable', /missing.safetensors: cannot be opened/);
  });
});

t.test('GGUF features that are not built are refused by name', async (t) => {
  const cases: readonly [Readonly<Record<string, Value | null>>, ErrorCode, RegExp][] = [
    [
      { 'general.architecture': { string: 'mamba' } },
      'unsupported_model',
      /"mamba": this architecture/,
    ],
    [{ 'general.type': { string: 'adapter' } }, 'unsupported_model', /general.type is "adapter"/],
    [{ 'llama.expert_count': { u32: 8 } }, 'unsupported_model', /mixture of experts is not built/],
    [
      { 'llama.rope.dimension_count': { u32: 8 } },
      'unsupported_model',
      /rope.dimension_count is 8/,
    ],
    [
      { 'llama.attention.sliding_window': { u32: 16 } },
      'unsupported_model',
      /sliding_window is 16/,
    ],
    [
      { 'llama.rope.freq_base': { f32: 1 } },
      'file_malformed',
      /rope.freq_base is 1 \(float32\): more than 1 is expected/,
    ],
    [
      { 'llama.rope.scale_linear': { f32: -2 } },
      'file_malformed',
      /rope.scale_linear is -2 \(float32\): 0 or more is expected/,
    ],
    [{ 'llama.rope.scaling.type': { string: 'longrope' } }, 'unsupported_model', /"longrope"/],
    [{ 'llama.attn_logit_softcapping': { f32: 50 } }, 'unsupported_model', /softcapping/],
    [{ 'llama.logit_scale': { f32: 0.5 } }, 'unsupported_model', /logit_scale is 0.5/],
    [
      { 'tokenizer.ggml.model': { string: 'llama' } },
      'unsupported_model',
      /"llama": gpt2 .* SentencePiece/,
    ],
    [
      { 'tokenizer.ggml.pre': { string: 'tekken' } },
      'unsupported_model',
      /tokenizer.ggml.pre is "tekken"/,
    ],
    [
      { 'llama.attention.head_count': { i32s: [2] } },
      'file_malformed',
      /head_count is \(array of int32\)/,
    ],
  ];
  const path = join(t.testdir(), 'model.gguf');
  for (const [change, code, pattern] of cases) {
    writeFileSync(path, writeGguf(tinyLlama(change)).bytes);
    await refusal(t, path, code, pattern);
  }
  writeFileSync(path, writeGguf({ ...tinyLlama(), version: 0x03000000 }).bytes);
  await refusal(t, path, 'unsupported_model', /big-endian/);
  writeFileSync(path, writeGguf({ ...tinyLlama(), version: 1 }).bytes);
  await refusal(t, path, 'unsupported_model', /GGUF version 1: versions 2 and 3/);
  writeFileSync(path, writeGguf({ ...tinyLlama(), version: 2 }).bytes);
  t.equal((await openModel(path)).spec.architecture, 'llama', 'version 2 is read');
  const { keys, tensors } = tinyLlama();
  const unknown = { ...tensors[0], name: 'blk.0.attn_qkv.weight' };
  writeFileSync(path, writeGguf({ keys, tensors: [...tensors, unknown] }).bytes);
  await refusal(t, path, 'unsupported_model', /"blk.0.attn_qkv.weight" is unknown to .* llama/);
});

t.test('llama4 without a sliding_window key has layers without RoPE', async (t) => {
  const source = await openModel(join(GENERATED, 'gguf', 'nope.F16.gguf'));
  t.equal(source.spec.contextLength, 8192);
  const whole = await openModel(join(REFERENCE, 'gguf', 'mobilellm-r1.F16.gguf'));
  t.strictSame([...whole.spec.rope.layers], [1, 1], 'a window of 0 means RoPE everywhere');
});

t.test('split GGUF files', async (t) => {
  const folder = t.testdir();
  const part = (no: number): string => join(folder, `split.F16-0000${no}-of-00003.gguf`);
  for (const no of [1, 2, 3]) cpSync(join(GENERATED, 'gguf', basename(part(no))), part(no));
  const whole = await openModel(folder);
  t.equal(whole.files.length, 3, 'a folder that holds one split model');
  t.strictSame((await openModel(part(1))).tensors, whole.tensors);
  await refusal(t, part(2), 'file_malformed', /is part 2 of 3 .*-00001-of-00003.gguf/);
  renameSync(part(3), join(folder, 'elsewhere'));
  await refusal(t, folder, 'model_not_readable', /split.F16-00003-of-00003.gguf: cannot be opened/);
  cpSync(part(2), part(3));
  await refusal(t, folder, 'file_malformed', /has split.no 1 and split.count 3: 2 and 3/);
  renameSync(part(1), join(folder, 'renamed.gguf'));
  await refusal(t, join(folder, 'renamed.gguf'), 'file_malformed', /split.count 3: the name/);
});

t.test('paths that hold no model', async (t) => {
  const folder = t.testdir({ 'notes.txt': 'x', empty: {}, 'short.gguf': 'GG' });
  await refusal(t, join(folder, 'nothing'), 'model_not_readable', /cannot be read/);
  await refusal(
    t,
    join(folder, 'empty'),
    'model_not_readable',
    /neither a config.json nor a .gguf/,
  );
  await refusal(t, join(folder, 'notes.txt'), 'file_malformed', /notes.txt: ends inside the magic/);
  await refusal(t, folder, 'file_malformed', /short.gguf: ends inside the magic/);
  mkdirSync(join(folder, 'two'));
  for (const name of ['a.gguf', 'b.gguf']) writeFileSync(join(folder, 'two', name), '');
  await refusal(t, join(folder, 'two'), 'model_not_readable', /2 GGUF models \(a.gguf, b.gguf\)/);
  const config = join(REFERENCE, 'checkpoints', 'smollm2', 'config.json');
  await refusal(t, config, 'model_not_readable', /config.json: is part of a checkpoint: give/);
  await refusal(t, '/dev/null', 'model_not_readable', /is not a regular file/);
});
