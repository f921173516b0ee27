/** Writes GGUF files for tests, well-formed or not. */
import {
  ggufHeader,
  padding,
  type Field,
  type HeaderSpec,
  type HeaderTensor,
  type Value,
} from '../../support/gguf-header.js';

export type { Value } from '../../support/gguf-header.js';

export interface TensorSpec extends Omit<HeaderTensor, 'bytes'> {
  readonly data: Uint8Array;
}

export interface GgufSpec extends Omit<HeaderSpec, 'tensors'> {
  readonly tensors: readonly TensorSpec[];
}

export interface WrittenGguf {
  readonly bytes: Buffer;
  readonly fields: readonly Field[];
  readonly headerBytes: number;
}

export function writeGguf({ tensors, alignment, ...spec }: GgufSpec): WrittenGguf {
  const named = tensors.map(({ data, ...tensor }) => ({ ...tensor, bytes: data.length }));
  const of = alignment === undefined ? {} : { alignment };
  const header = ggufHeader({ ...spec, ...of, tensors: named });
  const padded = (bytes: Uint8Array): Buffer[] => [
    Buffer.from(bytes),
    Buffer.alloc(padding(bytes.length, alignment)),
  ];
  const bytes = Buffer.concat([header.bytes, ...tensors.map(({ data }) => data)].flatMap(padded));
  return { bytes, fields: header.fields, headerBytes: header.bytes.length };
}

const matrix = (name: string, cols: number, rows: number): TensorSpec => ({
  name,
  dimensions: [cols, rows],
  type: 2,
  data: new Uint8Array((rows * cols * 18) / 32),
});
const vector = (name: string, cols: number): TensorSpec => ({
  name,
  dimensions: [cols],
  data: new Uint8Array(4 * cols),
});

/** A model whose first tensor is the embedding. */
export interface TinyModel extends GgufSpec {
  readonly tensors: readonly [TensorSpec, ...TensorSpec[]];
}

/** Hyperparameters and tensors of a llama of one layer, small enough to be mutated everywhere. */
export function tinyLlama(overrides: Readonly<Record<string, Value | null>> = {}): TinyModel {
  const keys: Record<string, Value> = {
    'general.architecture': { string: 'llama' },
    'general.alignment': { u32: 32 },
    'llama.block_count': { u32: 1 },
    'llama.context_length': { u32: 64 },
    'llama.embedding_length': { u32: 32 },
    'llama.feed_forward_length': { u32: 32 },
    'llama.attention.head_count': { u32: 2 },
    'llama.attention.head_count_kv': { u32: 1 },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.freq_base': { f32: 10000 },
    'llama.rope.dimension_count': { u32: 16 },
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'llama-bpe' },
    'tokenizer.ggml.tokens': { strings: ['a', 'b', 'ab', '<|eot_id|>'] },
    'tokenizer.ggml.token_type': { i32s: [1, 1, 1, 3] },
    'tokenizer.ggml.merges': { strings: ['a b'] },
    'tokenizer.ggml.eos_token_id': { u32: 3 },
    'tokenizer.ggml.add_bos_token': { bool: false },
  };
  for (const [key, value] of Object.entries(overrides)) {
    if (value === null) delete keys[key];
    else keys[key] = value;
  }
  return {
    keys,
    tensors: [
      matrix('token_embd.weight', 32, 4),
      vector('output_norm.weight', 32),
      matrix('blk.0.attn_q.weight', 32, 32),
      matrix('blk.0.attn_k.weight', 32, 16),
      matrix('blk.0.attn_v.weight', 32, 16),
      matrix('blk.0.attn_output.weight', 32, 32),
      matrix('blk.0.ffn_gate.weight', 32, 32),
      matrix('blk.0.ffn_up.weight', 32, 32),
      matrix('blk.0.ffn_down.weight', 32, 32),
      vector('blk.0.attn_norm.weight', 32),
      vector('blk.0.ffn_norm.weight', 32),
    ],
  };
}
