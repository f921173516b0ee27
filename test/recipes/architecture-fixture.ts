/** A checkpoint and a GGUF file of the recipe's architecture, heron, with logits that Kinglet did not compute. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeGguf, type TensorSpec, type Value } from '../unit/model/gguf-writer.js';
import { decode, randomWeights, type Shape, type Weight } from './independent-decoder.js';
import { writeSafetensors, type WrittenTensor } from './write-safetensors.js';

const SHAPE: Shape = {
  layers: 2,
  hidden: 64,
  ffn: 96,
  heads: 4,
  kvHeads: 2,
  headDim: 32,
  vocab: 384,
  theta: 7000,
  epsilon: 1e-3,
};
const TOKENS = 24;
const GREEDY_TOKENS = 6;

/** GGUF's name of each of a layer's tensors. */
const GGUF_NAMES: Readonly<Record<string, string>> = {
  'input_layernorm.weight': 'attn_norm.weight',
  'self_attn.q_proj.weight': 'attn_q.weight',
  'self_attn.k_proj.weight': 'attn_k.weight',
  'self_attn.v_proj.weight': 'attn_v.weight',
  'self_attn.o_proj.weight': 'attn_output.weight',
  'post_attention_layernorm.weight': 'ffn_norm.weight',
  'mlp.gate_proj.weight': 'ffn_gate.weight',
  'mlp.up_proj.weight': 'ffn_up.weight',
  'mlp.down_proj.weight': 'ffn_down.weight',
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.norm.weight': 'output_norm.weight',
  'lm_head.weight': 'output.weight',
};

/**
 * Writes them below `golden`. The tokenizer is that of `tokenizerFolder`, of SHAPE.vocab tokens.
 * Both leave out what the architecture has a default for.
 */
export function writeFixture(golden: string, tokenizerFolder: string): void {
  const weights = randomWeights(SHAPE, 7);
  const expected = expectedLogits(weights);
  const folder = join(golden, 'checkpoints', 'heron');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config(), null, 2));
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(join(tokenizerFolder, file), join(folder, file));
  }
  writeSafetensors(join(folder, 'model.safetensors'), tensorsOf(weights));
  writeSafetensors(join(folder, 'expected.safetensors'), expected);

  const { bytes } = writeGguf({
    keys: { ...hyperparameters(), ...tokenizerKeys(tokenizerFolder) },
    tensors: [...weights].map(([name, weight]) => ggufTensor(name, weight)),
  });
  writeFileSync(join(golden, 'gguf', 'heron.F32.gguf'), bytes);
  writeSafetensors(join(golden, 'gguf', 'heron.F32.expected.safetensors'), expected);
}

function expectedLogits(weights: ReadonlyMap<string, Weight>): Map<string, WrittenTensor> {
  const input = Array.from({ length: TOKENS }, (_, i) => (i * 89 + 5) % 370);
  const logits = decode(SHAPE, weights, input);
  const answer = [...input];
  for (let i = 0; i < GREEDY_TOKENS; i++) {
    const last = decode(SHAPE, weights, answer).at(-1) ?? [];
    answer.push(last.indexOf(Math.max(...last)));
  }
  return new Map<string, WrittenTensor>([
    ['input_ids', { shape: [TOKENS], data: Int32Array.from(input) }],
    ['logits', { shape: [TOKENS, SHAPE.vocab], data: Float32Array.from(logits.flat()) }],
    ['greedy_ids', { shape: [GREEDY_TOKENS], data: Int32Array.from(answer.slice(TOKENS)) }],
  ]);
}

function config(): Record<string, unknown> {
  return {
    architectures: ['HeronForCausalLM'],
    model_type: 'heron',
    hidden_size: SHAPE.hidden,
    ffn_size: SHAPE.ffn,
    num_attention_heads: SHAPE.heads,
    num_hidden_layers: SHAPE.layers,
    vocab_size: SHAPE.vocab,
    tie_word_embeddings: false,
    eos_token_id: 383,
  };
}

function hyperparameters(): Record<string, Value> {
  const u32 = (value: number): Value => ({ u32: value });
  return {
    'general.architecture': { string: 'heron' },
    'heron.block_count': u32(SHAPE.layers),
    'heron.context_length': u32(512),
    'heron.embedding_length': u32(SHAPE.hidden),
    'heron.feed_forward_length': u32(SHAPE.ffn),
    'heron.attention.head_count': u32(SHAPE.heads),
    'heron.attention.layer_norm_rms_epsilon': { f32: SHAPE.epsilon },
  };
}

function tokenizerKeys(folder: string): Record<string, Value> {
  const { model, added_tokens: added } = JSON.parse(
    readFileSync(join(folder, 'tokenizer.json'), 'utf8'),
  ) as {
    model: { vocab: Record<string, number>; merges: [string, string][] };
    added_tokens: { id: number; content: string }[];
  };
  const byId = new Map(Object.entries(model.vocab).map(([token, id]) => [id, token]));
  for (const { id, content } of added) byId.set(id, content);
  const special = new Set(added.map(({ id }) => id));
  const ids = Array.from({ length: SHAPE.vocab }, (_, id) => id);
  return {
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'llama-bpe' },
    'tokenizer.ggml.tokens': { strings: ids.map((id) => byId.get(id) ?? `[unused ${id}]`) },
    'tokenizer.ggml.token_type': { i32s: ids.map((id) => (special.has(id) ? 3 : 1)) },
    'tokenizer.ggml.merges': { strings: model.merges.map((pair) => pair.join(' ')) },
    'tokenizer.ggml.eos_token_id': { u32: 383 },
    'tokenizer.ggml.add_bos_token': { bool: false },
  };
}

function tensorsOf(weights: ReadonlyMap<string, Weight>): Map<string, WrittenTensor> {
  return new Map(
    [...weights].map(([name, { rows, cols, values }]) => [
      name,
      { shape: rows === 1 ? [cols] : [rows, cols], data: values },
    ]),
  );
}

function ggufTensor(name: string, weight: Weight): TensorSpec {
  const [, layer, rest = name] = /^model\.layers\.(\d+)\.(.*)$/.exec(name) ?? [];
  const gguf = GGUF_NAMES[rest];
  if (gguf === undefined) throw new Error(`no GGUF name for ${name}`);
  const rotated = gguf === 'attn_q.weight' || gguf === 'attn_k.weight';
  const values = rotated ? inHalves(weight) : weight.values;
  return {
    name: layer === undefined ? gguf : `blk.${layer}.${gguf}`,
    dimensions: weight.rows === 1 ? [weight.cols] : [weight.cols, weight.rows],
    data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** A head's rows 0, 2, 4 … and then 1, 3, 5 …: neighbours become (i, i + headDim / 2). */
function inHalves({ rows, cols, values }: Weight): Float32Array {
  const out = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const at = row % SHAPE.headDim;
    const half = SHAPE.headDim / 2;
    const from = row - at + (at < half ? 2 * at : 2 * (at - half) + 1);
    out.set(values.subarray(from * cols, (from + 1) * cols), row * cols);
  }
  return out;
}
