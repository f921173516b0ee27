import { LLAMA_CPP_DEFAULTS, type ArchitectureRecord } from './architecture.js';
import { fullAttentionByConfig, fullAttentionByKeys } from './layer-kinds.js';
import {
  attention,
  attentionBiases,
  feedForward,
  feedForwardBiases,
  preNorms,
} from './tensor-rows.js';

declare module './name.js' {
  interface ArchitectureNames {
    llama: true;
  }
}

export const llama: ArchitectureRecord<'llama'> = {
  name: 'llama',
  huggingface: {
    modelType: 'llama',
    className: 'LlamaForCausalLM',
    ffnKey: 'intermediate_size',
    defaults: {
      kvHeads: 'heads',
      headDim: 'hidden / heads',
      context: 2048,
      ropeTheta: 10000,
      rmsNormEpsilon: 1e-6,
    },
    ropePairing: 'half',
    readLayers: fullAttentionByConfig,
  },
  gguf: {
    defaults: LLAMA_CPP_DEFAULTS,
    // The converter permutes the rows of q and k, so that pairs lie side by side.
    ropePairing: 'interleaved',
    readLayers: fullAttentionByKeys,
  },
  tensors: [...attention, ...feedForward('mlp'), ...preNorms],
  biases: { attention_bias: attentionBiases, mlp_bias: feedForwardBiases('mlp') },
};
