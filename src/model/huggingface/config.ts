/** Reads a checkpoint's config.json into a ModelSpec, with transformers' defaults. */
import { unsupported } from '../../errors/model-file.js';
import type { JsonObject } from './json.js';
import { readLayerKinds } from './layer-kinds.js';
import { readRope } from './rope-config.js';
import { checkSpec, LIMITS } from '../check-spec.js';
import { inverseFrequencies, scaledContext } from '../rope.js';
import type { Architecture, ModelSpec } from '../model-spec.js';

/** What transformers takes where config.json is silent. */
interface Defaults {
  readonly className: string;
  readonly ffnKey: string;
  readonly kvHeads: number | 'heads';
  readonly headDim: number | 'hidden / heads';
  readonly context: number;
  readonly ropeTheta: number;
  readonly rmsNormEpsilon: number;
}

const QWEN = {
  ffnKey: 'intermediate_size',
  kvHeads: 32,
  context: 32768,
  ropeTheta: 10000,
  rmsNormEpsilon: 1e-6,
} as const;

/** By `model_type`. */
const DEFAULTS: Readonly<Record<string, Defaults & { readonly architecture: Architecture }>> = {
  llama4_text: {
    architecture: 'llama4',
    className: 'Llama4ForCausalLM',
    // intermediate_size is that of the experts.
    ffnKey: 'intermediate_size_mlp',
    kvHeads: 8,
    headDim: 128,
    context: 131072,
    ropeTheta: 500000,
    rmsNormEpsilon: 1e-5,
  },
  llama: {
    architecture: 'llama',
    className: 'LlamaForCausalLM',
    ffnKey: 'intermediate_size',
    kvHeads: 'heads',
    headDim: 'hidden / heads',
    context: 2048,
    ropeTheta: 10000,
    rmsNormEpsilon: 1e-6,
  },
  qwen2: {
    ...QWEN,
    architecture: 'qwen2',
    className: 'Qwen2ForCausalLM',
    headDim: 'hidden / heads',
  },
  qwen3: { ...QWEN, architecture: 'qwen3', className: 'Qwen3ForCausalLM', headDim: 128 },
  olmo2: {
    architecture: 'olmo2',
    className: 'Olmo2ForCausalLM',
    ffnKey: 'intermediate_size',
    kvHeads: 'heads',
    headDim: 'hidden / heads',
    context: 2048,
    ropeTheta: 10000,
    rmsNormEpsilon: 1e-5,
  },
};

export interface HuggingFaceConfig {
  readonly spec: ModelSpec;
  /** The embedding serves as the output matrix. */
  readonly tied: boolean;
}

/** Throws `unsupported_model` for what is not built, `file_malformed` for what makes no sense. */
export function readHuggingFaceConfig(config: JsonObject): HuggingFaceConfig {
  const defaults = findArchitecture(config);
  refuseUnbuilt(config);

  const { architecture } = defaults;
  const layers = config.requiredInteger('num_hidden_layers', LIMITS.layers);
  const hiddenSize = config.requiredInteger('hidden_size', LIMITS.width);
  const heads = config.requiredInteger('num_attention_heads', LIMITS.heads);
  const kvHeads =
    config.integer('num_key_value_heads', LIMITS.heads) ??
    (defaults.kvHeads === 'heads' ? heads : defaults.kvHeads);
  const headDim =
    config.integer('head_dim', LIMITS.headDim) ??
    (defaults.headDim === 'hidden / heads' ? Math.floor(hiddenSize / heads) : defaults.headDim);
  const trained = config.integer('max_position_embeddings', LIMITS.context) ?? defaults.context;
  const { theta, scaling } = readRope(config, defaults.ropeTheta, trained);
  const attention = readLayerKinds(config, architecture, layers, scaledContext(trained, scaling));

  const spec = checkSpec(config.file, {
    architecture,
    layers,
    hiddenSize,
    ffnSize: config.requiredInteger(defaults.ffnKey, LIMITS.width),
    heads,
    kvHeads,
    headDim,
    vocabSize: config.requiredInteger('vocab_size', LIMITS.vocabSize),
    contextLength: attention.contextLength,
    ...(attention.limitedBy === undefined ? {} : { contextLimitedBy: attention.limitedBy }),
    rmsNormEpsilon: config.number('rms_norm_eps') ?? defaults.rmsNormEpsilon,
    attentionScale: headDim ** -0.5,
    rope: {
      pairing: architecture === 'llama4' ? 'interleaved' : 'half',
      inverseFrequencies: inverseFrequencies(headDim, theta, scaling),
      magnitude: scaling.type === 'yarn' ? scaling.magnitude : 1,
      layers: attention.ropeLayers,
    },
    qkNorm: architecture === 'llama4' && (config.boolean('use_qk_norm') ?? true),
    attentionTemperature: attention.temperature,
  });
  return { spec, tied: config.boolean('tie_word_embeddings') ?? false };
}

function findArchitecture(config: JsonObject): (typeof DEFAULTS)[string] {
  const known = Object.keys(DEFAULTS).join(', ');
  const nested = ['text_config', 'vision_config', 'audio_config'].find(
    (key) => config.raw(key) !== undefined,
  );
  if (nested !== undefined) {
    throw unsupported(config.file, `has a ${nested}: multimodal models are not built`);
  }
  const modelType = config.string('model_type');
  if (modelType === undefined) throw config.missing('model_type');
  const defaults = Object.hasOwn(DEFAULTS, modelType) ? DEFAULTS[modelType] : undefined;
  if (defaults === undefined) {
    throw config.refusal('model_type', `this architecture is not built (built are ${known})`);
  }
  const classes = config.array('architectures');
  if (classes !== undefined && classes[0] !== defaults.className) {
    throw config.refusal('architectures', `${defaults.className} is built for ${modelType}`);
  }
  return defaults;
}

/** Refuses features that the architectures' classes or their relatives have and Kinglet has not. */
function refuseUnbuilt(config: JsonObject): void {
  const quantization = config.object('quantization_config');
  if (quantization !== undefined) {
    const method = quantization.string('quant_method') ?? 'unnamed';
    throw unsupported(
      config.file,
      `quantization_config (${method}): quantized safetensors are not built; use the unquantized checkpoint or a GGUF file`,
    );
  }
  const activation = config.string('hidden_act') ?? 'silu';
  if (activation !== 'silu') throw config.refusal('hidden_act', 'only silu is built');
  for (const key of ['mlp_bias', 'attention_bias', 'add_cross_attention', 'is_encoder_decoder']) {
    if (config.boolean(key) ?? false) throw config.refusal(key, 'this is not built');
  }
  for (const key of ['attn_logit_softcapping', 'final_logit_softcapping', 'clip_qkv']) {
    if (config.raw(key) !== undefined) throw config.refusal(key, 'this is not built');
  }
  if ((config.number('partial_rotary_factor') ?? 1) !== 1) {
    throw config.refusal('partial_rotary_factor', 'partial rotary embeddings are not built');
  }
  for (const key of ['num_experts', 'n_routed_experts']) {
    if ((config.integer(key) ?? 0) > 0)
      throw config.refusal(key, 'mixture of experts is not built');
  }
}
