import { LLAMA_CPP_DEFAULTS, type ArchitectureRecord } from './architecture.js';
import { fullAttentionByConfig, fullAttentionByKeys } from './layer-kinds.js';
import {
  attention,
  attentionBiases,
  feedForward,
  hidden,
  keyValue,
  query,
  vector,
} from './tensor-rows.js';

declare module './name.js' {
  interface ArchitectureNames {
    olmo2: true;
  }
}

export const olmo2: ArchitectureRecord<'olmo2'> = {
  name: 'olmo2',
  huggingface: {
    modelType: 'olmo2',
    className: 'Olmo2ForCausalLM',
    ffnKey: 'intermediate_size',
    defaults: {
      kvHeads: 'heads',
      headDim: 'hidden / heads',
      context: 2048,
      ropeTheta: 10000,
      rmsNormEpsilon: 1e-5,
    },
    ropePairing: 'half',
    readLayers: fullAttentionByConfig,
  },
  gguf: {
    defaults: LLAMA_CPP_DEFAULTS,
    ropePairing: 'half',
    readLayers: fullAttentionByKeys,
  },
  tensors: [
    ...attention,
    vector('attn_q_norm.weight', 'self_attn.q_norm.weight', query),
    vector('attn_k_norm.weight', 'self_attn.k_norm.weight', keyValue),
    ...feedForward('mlp'),
    vector('post_attention_norm.weight', 'post_attention_layernorm.weight', hidden),
    vector('post_ffw_norm.weight', 'post_feedforward_layernorm.weight', hidden),
  ],
  biases: { attention_bias: attentionBiases, mlp_bias: 'refused' },
};
