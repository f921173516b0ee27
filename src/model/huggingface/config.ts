/** Reads a checkpoint's config.json into a ModelSpec, with transformers' defaults. */
import {
  BIAS_KEYS,
  defaultHeadDim,
  defaultKvHeads,
  type ArchitectureRecord,
} from '../architectures/architecture.js';
import { ARCHITECTURES } from '../architectures/registry.js';
import { checkSpec, LIMITS } from '../check-spec.js';
import { MIXTURE_OF_EXPERTS, notAmongBuilt, unsupported } from '../../errors/model-file.js';
import type { ModelSpec } from '../model-spec.js';
import { inverseFrequencies, scaledContext } from '../rope.js';
import type { TensorLayout } from '../tensor-layout.js';
import type { JsonObject } from './json.js';
import { readRope, refusePartialRotary } from './rope-config.js';

export interface HuggingFaceConfig {
  readonly spec: ModelSpec;
  readonly layout: TensorLayout;
  /** The embedding serves as the output matrix. */
  readonly tied: boolean;
}

/** Throws `unsupported_model` for what is not built, `file_malformed` for what makes no sense. */
export function readHuggingFaceConfig(config: JsonObject): HuggingFaceConfig {
  const family = findFamily(config);
  refuseUnbuilt(config);
  const layout = readLayout(config, family);

  const { ffnKey, defaults, ropePairing, readLayers } = family.huggingface;
  const layers = config.requiredInteger('num_hidden_layers', LIMITS.layers);
  const hiddenSize = config.requiredInteger('hidden_size', LIMITS.width);
  const heads = config.requiredInteger('num_attention_heads', LIMITS.heads);
  const kvHeads =
    config.integer('num_key_value_heads', LIMITS.heads) ?? defaultKvHeads(defaults, heads);
  const headDim =
    config.integer('head_dim', LIMITS.headDim) ?? defaultHeadDim(defaults, hiddenSize, heads);
  const trained = config.integer('max_position_embeddings', LIMITS.context) ?? defaults.context;
  const { theta, scaling } = readRope(config, defaults.ropeTheta, trained);
  const kinds = readLayers(config, layers, scaledContext(trained, scaling));

  const spec = checkSpec(config.file, {
    architecture: family.name,
    layers,
    hiddenSize,
    ffnSize: config.requiredInteger(ffnKey, LIMITS.width),
    heads,
    kvHeads,
    headDim,
    vocabSize: config.requiredInteger('vocab_size', LIMITS.vocabSize),
    contextLength: kinds.contextLength,
    ...(kinds.limitedBy === undefined ? {} : { contextLimitedBy: kinds.limitedBy }),
    rmsNormEpsilon: config.number('rms_norm_eps') ?? defaults.rmsNormEpsilon,
    attentionScale: headDim ** -0.5,
    rope: {
      pairing: ropePairing,
      inverseFrequencies: inverseFrequencies(headDim, theta, scaling),
      magnitude: scaling.type === 'yarn' ? scaling.magnitude : 1,
      layers: kinds.ropeLayers,
    },
    qkNorm: kinds.qkNorm,
    attentionTemperature: kinds.temperature,
  });
  return { spec, layout, tied: config.boolean('tie_word_embeddings') ?? false };
}

function findFamily(config: JsonObject): ArchitectureRecord {
  const nested = ['text_config', 'vision_config', 'audio_config'].find(
    (key) => config.raw(key) !== undefined,
  );
  if (nested !== undefined) {
    throw unsupported(config.file, `has a ${nested}: multimodal models are not built`);
  }
  const modelType = config.string('model_type');
  if (modelType === undefined) throw config.missing('model_type');
  const family = ARCHITECTURES.find(({ huggingface }) => huggingface.modelType === modelType);
  if (family === undefined) {
    const built = ARCHITECTURES.map(({ huggingface }) => huggingface.modelType);
    throw config.refusal('model_type', notAmongBuilt(built));
  }
  const { className } = family.huggingface;
  const classes = config.array('architectures');
  if (classes !== undefined && classes[0] !== className) {
    throw config.refusal('architectures', `${className} is built for ${modelType}`);
  }
  return family;
}

function readLayout(
  config: JsonObject,
  { name, tensors, biases }: ArchitectureRecord,
): TensorLayout {
  const present = BIAS_KEYS.flatMap((key) => {
    const rule = biases[key];
    if (!(config.boolean(key) ?? false) || rule === 'ignored') return [];
    if (rule === 'refused') throw config.refusal(key, `${name} has no such biases`);
    return rule;
  });
  return { architecture: name, layer: [...tensors, ...present] };
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
  for (const key of ['add_cross_attention', 'is_encoder_decoder']) {
    if (config.boolean(key) ?? false) throw config.unbuilt(key);
  }
  for (const key of ['attn_logit_softcapping', 'final_logit_softcapping', 'clip_qkv']) {
    if (config.raw(key) !== undefined) throw config.unbuilt(key);
  }
  refusePartialRotary(config);
  for (const key of ['num_experts', 'n_routed_experts']) {
    if ((config.integer(key) ?? 0) > 0) throw config.unbuilt(key, MIXTURE_OF_EXPERTS);
  }
}
