import { LLAMA_CPP_DEFAULTS, type ArchitectureRecord } from './architecture.js';
import { fullAttentionByConfig, fullAttentionByKeys } from './layer-kinds.js';
import { attention, feedForward, preNorms, queryKeyValueBiases } from './tensor-rows.js';

declare module './name.js' {
  interface ArchitectureNames {
    qwen2: true;
  }
}

export const qwen2: ArchitectureRecord<'qwen2'> = {
  name: 'qwen2',
  huggingface: {
    modelType: 'qwen2',
    className: 'Qwen2ForCausalLM',
    ffnKey: 'intermediate_size',
    defaults: {
      kvHeads: 32,
      headDim: 'hidden / heads',
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
  tensors: [...attention, ...queryKeyValueBiases, ...feedForward('mlp'), ...preNorms],
  // q, k and v have theirs whatever config.json says.
  biases: { attention_bias: 'ignored', mlp_bias: 'refused' },
};
