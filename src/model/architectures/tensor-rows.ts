/** The tensors that layers are made of, under GGUF's and Hugging Face's names. */
import type { ModelSpec } from '../model-spec.js';

type TensorSizes = Pick<
  ModelSpec,
  'hiddenSize' | 'ffnSize' | 'heads' | 'kvHeads' | 'headDim' | 'vocabSize'
>;

/** A tensor of each layer, or one of the model. */
export interface TensorRow {
  /** GGUF's name; a layer's follows "blk.N.". */
  readonly gguf: string;
  /** Hugging Face's; a layer's follows "model.layers.N.". */
  readonly huggingface: string;
  /** [rows, cols]; a vector has one row. */
  readonly shape: (sizes: TensorSizes) => readonly [rows: number, cols: number];
}

type Length = (sizes: TensorSizes) => number;

export const hidden: Length = (sizes) => sizes.hiddenSize;
const ffn: Length = (sizes) => sizes.ffnSize;
export const query: Length = (sizes) => sizes.heads * sizes.headDim;
export const keyValue: Length = (sizes) => sizes.kvHeads * sizes.headDim;
export const head: Length = (sizes) => sizes.headDim;
export const vocabulary: Length = (sizes) => sizes.vocabSize;

export function matrix(gguf: string, huggingface: string, rows: Length, cols: Length): TensorRow {
  return { gguf, huggingface, shape: (sizes) => [rows(sizes), cols(sizes)] };
}

/** A norm or a bias. */
export function vector(gguf: string, huggingface: string, length: Length): TensorRow {
  return { gguf, huggingface, shape: (sizes) => [1, length(sizes)] };
}

export const attention: readonly TensorRow[] = [
  matrix('attn_q.weight', 'self_attn.q_proj.weight', query, hidden),
  matrix('attn_k.weight', 'self_attn.k_proj.weight', keyValue, hidden),
  matrix('attn_v.weight', 'self_attn.v_proj.weight', keyValue, hidden),
  matrix('attn_output.weight', 'self_attn.o_proj.weight', hidden, query),
];

export const queryKeyValueBiases: readonly TensorRow[] = [
  vector('attn_q.bias', 'self_attn.q_proj.bias', query),
  vector('attn_k.bias', 'self_attn.k_proj.bias', keyValue),
  vector('attn_v.bias', 'self_attn.v_proj.bias', keyValue),
];

export const attentionBiases: readonly TensorRow[] = [
  ...queryKeyValueBiases,
  vector('attn_output.bias', 'self_attn.o_proj.bias', hidden),
];

/** `module` is the feed-forward's name in transformers. */
export function feedForward(module: string): readonly TensorRow[] {
  return [
    matrix('ffn_gate.weight', `${module}.gate_proj.weight`, ffn, hidden),
    matrix('ffn_up.weight', `${module}.up_proj.weight`, ffn, hidden),
    matrix('ffn_down.weight', `${module}.down_proj.weight`, hidden, ffn),
  ];
}

export function feedForwardBiases(module: string): readonly TensorRow[] {
  return [
    vector('ffn_gate.bias', `${module}.gate_proj.bias`, ffn),
    vector('ffn_up.bias', `${module}.up_proj.bias`, ffn),
    vector('ffn_down.bias', `${module}.down_proj.bias`, hidden),
  ];
}

/** Norms before attention and before the feed-forward. */
export const preNorms: readonly TensorRow[] = [
  vector('attn_norm.weight', 'input_layernorm.weight', hidden),
  vector('ffn_norm.weight', 'post_attention_layernorm.weight', hidden),
];
