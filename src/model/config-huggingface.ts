/** Reads a checkpoint's config.json into a ModelSpec, with transformers' defaults. */
import type { JsonObject } from './huggingface/json.js';
import { unsupported } from './failures.js';
import { checkSpec, LIMITS } from './model-spec.js';
import { inverseFrequencies, scaledContext, yarnMagnitude, type RopeScaling } from './rope.js';
import type { Architecture, ModelSpec } from './spec.js';

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

interface RopeConfig {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** Both transformers 4's rope_theta and rope_scaling and transformers 5's rope_parameters. */
function readRope(config: JsonObject, defaultTheta: number, trained: number): RopeConfig {
  const old = config.object('rope_scaling');
  const parameters =
    old !== undefined && old.keys().length > 0 ? old : config.object('rope_parameters');
  const topTheta = config.number('rope_theta') ?? defaultTheta;
  if (parameters === undefined)
    return { theta: checkTheta(topTheta), scaling: { type: 'default' } };

  const kinds = ['full_attention', 'sliding_attention', 'chunked_attention'];
  const perKind = kinds.find((kind) => parameters.raw(kind) !== undefined);
  if (perKind !== undefined) {
    throw parameters.refusal(perKind, 'RoPE parameters that differ by layer are not built');
  }
  if ((parameters.number('partial_rotary_factor') ?? 1) !== 1) {
    throw parameters.refusal('partial_rotary_factor', 'partial rotary embeddings are not built');
  }
  const theta = checkTheta(parameters.number('rope_theta') ?? topTheta);
  const originalContext =
    config.integer('original_max_position_embeddings', LIMITS.context) ??
    parameters.integer('original_max_position_embeddings', LIMITS.context) ??
    trained;
  const typeKey = parameters.raw('rope_type') === undefined ? 'type' : 'rope_type';
  const positive = { least: Number.MIN_VALUE };
  switch (parameters.string(typeKey) ?? 'default') {
    case 'default':
      return { theta, scaling: { type: 'default' } };
    case 'linear':
      return {
        theta,
        scaling: { type: 'linear', factor: parameters.requiredNumber('factor', positive) },
      };
    case 'llama3':
      return {
        theta,
        scaling: {
          type: 'llama3',
          factor: parameters.requiredNumber('factor', positive),
          lowFreqFactor: parameters.requiredNumber('low_freq_factor', positive),
          highFreqFactor: parameters.requiredNumber('high_freq_factor', positive),
          originalContext,
        },
      };
    case 'yarn': {
      const factor = parameters.number('factor', positive) ?? trained / originalContext;
      return {
        theta,
        scaling: {
          type: 'yarn',
          factor,
          originalContext,
          // transformers takes its default for 0, too.
          betaFast: parameters.number('beta_fast', { least: 0 }) || 32,
          betaSlow: parameters.number('beta_slow', { least: 0 }) || 1,
          truncate: parameters.boolean('truncate') ?? true,
          magnitude:
            parameters.number('attention_factor', positive) ??
            yarnMagnitude(factor, parameters.number('mscale'), parameters.number('mscale_all_dim')),
        },
      };
    }
    default:
      throw parameters.refusal(typeKey, 'default, linear, llama3 and yarn are built');
  }

  function checkTheta(value: number): number {
    if (value > 1) return value;
    throw unsupported(config.file, `rope_theta is ${value}: more than 1 is expected`);
  }
}

interface LayerKinds {
  readonly ropeLayers: Uint8Array;
  readonly contextLength: number;
  readonly limitedBy: string | undefined;
  readonly temperature: ModelSpec['attentionTemperature'];
}

/** Which layers have RoPE, and how far attention to everything is the same as theirs. */
function readLayerKinds(
  config: JsonObject,
  architecture: Architecture,
  layers: number,
  context: number,
): LayerKinds {
  const types = config.array('layer_types');
  if (types !== undefined && types.length < layers) {
    throw config.wrong('layer_types', `one entry for each of ${layers} layers`);
  }
  if (architecture !== 'llama4') {
    const window = slidingWindow(config, layers, types);
    if (window !== null && window < context) {
      throw config.refusal(
        'sliding_window',
        `sliding-window attention is not built, and the context of ${context} is longer`,
      );
    }
    return {
      ropeLayers: new Uint8Array(layers).fill(1),
      contextLength: context,
      limitedBy: undefined,
      temperature: null,
    };
  }

  refuseExperts(config, layers);
  const ropeLayers = readRopeLayers(config, layers);
  const chunk = config.integer('attention_chunk_size', { least: 1 });
  const chunked =
    types === undefined
      ? ropeLayers.includes(1)
      : types.slice(0, layers).some((type) => type !== 'full_attention');
  for (const type of types ?? []) {
    if (type !== 'full_attention' && type !== 'chunked_attention') {
      throw config.refusal('layer_types', 'full_attention and chunked_attention are built');
    }
  }
  const attentionChunk = config.keys().includes('attention_chunk_size') ? chunk : 8192;
  const limit = chunked ? (attentionChunk ?? Infinity) : Infinity;
  const tuned = Boolean(config.raw('attn_temperature_tuning') ?? true);
  return {
    ropeLayers,
    contextLength: Math.min(context, limit),
    limitedBy: limit < context ? `attention_chunk_size ${limit}` : undefined,
    temperature:
      tuned && ropeLayers.includes(0)
        ? {
            floor: config.number('floor_scale', { least: 1 }) ?? 8192,
            scale: config.number('attn_scale') ?? 0.1,
          }
        : null,
  };
}

/** The window of those layers that have one, or null. */
function slidingWindow(
  config: JsonObject,
  layers: number,
  types: readonly unknown[] | undefined,
): number | null {
  const used = config.boolean('use_sliding_window') ?? false;
  if (types !== undefined) {
    const kinds = types.slice(0, layers);
    if (kinds.every((type) => type === 'full_attention')) return null;
    const unknown = kinds.find((type) => type !== 'full_attention' && type !== 'sliding_attention');
    if (unknown !== undefined) throw config.refusal('layer_types', 'this is not built');
    return config.integer('sliding_window', { least: 1 }) ?? 4096;
  }
  const first = config.integer('max_window_layers') ?? 28;
  if (!used || first >= layers) return null;
  return config.integer('sliding_window', { least: 1 }) ?? null;
}

function refuseExperts(config: JsonObject, layers: number): void {
  const listed = config.array('moe_layers');
  const step = config.integer('interleave_moe_layer_step') ?? 1;
  const any = listed === undefined ? step >= 1 && step <= layers : listed.length > 0;
  if (any) {
    throw config.refusal(
      listed === undefined ? 'interleave_moe_layer_step' : 'moe_layers',
      'mixture of experts is not built',
    );
  }
}

/** [layers] 1: RoPE, as `no_rope_layers` has it against its name. */
function readRopeLayers(config: JsonObject, layers: number): Uint8Array {
  const listed = config.array('no_rope_layers');
  if (listed !== undefined && listed.length > 0) {
    if (listed.length < layers || !listed.every((value) => value === 0 || value === 1)) {
      throw config.wrong('no_rope_layers', `0 or 1 for each of ${layers} layers`);
    }
    return Uint8Array.from(listed.slice(0, layers) as number[]);
  }
  const interval = config.integer('no_rope_layer_interval', { least: 1 }) ?? 4;
  return Uint8Array.from({ length: layers }, (_, i) => ((i + 1) % interval === 0 ? 0 : 1));
}
