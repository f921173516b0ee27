import { LLAMA_CPP_DEFAULTS, type ArchitectureRecord } from './architecture.js';
import { fullAttentionByConfig, fullAttentionByKeys } from './layer-kinds.js';
import { attention, attentionBiases, feedForward, head, preNorms, vector } from './tensor-rows.js';

declare module './name.js' {
  interface ArchitectureNames {
    qwen3: true;
  }
}

export const qwen3: ArchitectureRecord<'qwen3'> = {
  name: 'qwen3',
  huggingface: {
    modelType: 'qwen3',
    className: 'Qwen3ForCausalLM',
    ffnKey: 'intermediate_size',
    defaults: {
      kvHeads: 32,
      headDim: 128,
      context: 32768,
      ropeTheta: 10000,
      rmsNormEpsilon: 1e-6,
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
    vector('attn_q_norm.weight', 'self_attn.q_norm.weight', head),
    vector('attn_k_norm.weight', 'self_attn.k_norm.weight', head),
    ...feedForward('mlp'),
    ...preNorms,
  ],
  biases: { attention_bias: attentionBiases, mlp_bias: 'refused' },
};
