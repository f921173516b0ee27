/** Reads a GGUF file's keys into a ModelSpec, with llama.cpp's defaults. */
import { malformed, show, unsupported } from '../../errors/model-file.js';
import type { GgufMetadata } from './metadata.js';
import { checkSpec, LIMITS } from '../check-spec.js';
import {
  baseFrequencies,
  scaledContext,
  scaleFrequencies,
  yarnMagnitude,
  type RopeScaling,
} from '../rope.js';
import { ARCHITECTURES, type Architecture, type ModelSpec } from '../model-spec.js';

/** Every how many layers llama4 leaves RoPE out; no key says it. */
const NOPE_INTERVAL = 4;
/** llama4's attention chunk and temperature where no key gives them. */
const LLAMA4_CHUNK = 8192;
const LLAMA4_TEMPERATURE = { floor: 8192, scale: 0.1 };

/**
 * `vocabSize` is the embedding's row count, `ropeDivisors` the tensor rope_freqs.weight or null.
 * Throws `unsupported_model` for what is not built, `file_malformed` for what makes no sense.
 */
export function readGgufConfig(
  keys: GgufMetadata,
  vocabSize: number,
  ropeDivisors: Float32Array | null,
): ModelSpec {
  const architecture = findArchitecture(keys);
  const key = (name: string): string => `${architecture}.${name}`;
  refuseUnbuilt(keys, key);

  const layers = keys.requiredInteger(key('block_count'), LIMITS.layers);
  const hiddenSize = keys.requiredInteger(key('embedding_length'), LIMITS.width);
  const heads = keys.requiredInteger(key('attention.head_count'), LIMITS.heads);
  const kvHeads = keys.integer(key('attention.head_count_kv'), LIMITS.heads) ?? heads;
  const headDim =
    keys.integer(key('attention.key_length'), LIMITS.headDim) ?? Math.floor(hiddenSize / heads);
  for (const name of ['attention.value_length', 'rope.dimension_count']) {
    const size = keys.integer(key(name)) ?? headDim;
    if (size !== headDim) {
      throw unsupported(
        keys.file,
        `key ${key(name)} is ${size}: only the heads' own size, ${headDim}, is built`,
      );
    }
  }
  const trained = keys.requiredInteger(key('context_length'), LIMITS.context);
  const theta = keys.number(key('rope.freq_base')) ?? 10000;
  if (!(theta > 1)) throw malformed(keys.file, `key ${key('rope.freq_base')} is ${theta}`);
  const scaling = readRopeScaling(keys, key, trained);
  const context = scaledContext(trained, scaling);
  const attention = readLayerKinds(keys, key, architecture, layers, context);

  return checkSpec(keys.file, {
    architecture,
    layers,
    hiddenSize,
    ffnSize: keys.requiredInteger(key('feed_forward_length'), LIMITS.width),
    heads,
    kvHeads,
    headDim,
    vocabSize,
    contextLength: attention.contextLength,
    ...(attention.limitedBy === undefined ? {} : { contextLimitedBy: attention.limitedBy }),
    rmsNormEpsilon: keys.requiredNumber(key('attention.layer_norm_rms_epsilon')),
    // llama.cpp takes 0 for "not set".
    attentionScale: keys.number(key('attention.scale')) || headDim ** -0.5,
    rope: {
      // The converter permutes the rows of q and k of llama, so that pairs lie side by side.
      pairing: architecture === 'llama' || architecture === 'llama4' ? 'interleaved' : 'half',
      inverseFrequencies: scaleFrequencies(
        divide(keys.file, baseFrequencies(headDim, theta), ropeDivisors),
        theta,
        scaling,
      ),
      magnitude: scaling.type === 'yarn' ? scaling.magnitude : 1,
      layers: attention.ropeLayers,
    },
    qkNorm: architecture === 'llama4',
    attentionTemperature: attention.temperature,
  });
}

function findArchitecture(keys: GgufMetadata): Architecture {
  const type = keys.string('general.type') ?? 'model';
  if (type !== 'model') {
    throw unsupported(keys.file, `key general.type is ${show(type)}: a model is expected`);
  }
  const name = keys.requiredString('general.architecture');
  const architecture = ARCHITECTURES.find((known) => known === name);
  if (architecture === undefined) {
    throw unsupported(
      keys.file,
      `key general.architecture is ${show(name)}: this architecture is not built (built are ${ARCHITECTURES.join(', ')})`,
    );
  }
  return architecture;
}

function refuseUnbuilt(keys: GgufMetadata, key: (name: string) => string): void {
  keys.refuseUnless(key('expert_count'), 0, 'mixture of experts');
  keys.refuseUnless(key('expert_used_count'), 0, 'mixture of experts');
  keys.refuseUnless(key('attention.causal'), true, 'attention in both directions');
  keys.refuseUnless(key('attention.max_alibi_bias'), 0, 'ALiBi');
  keys.refuseUnless(key('attention.clamp_kqv'), 0, 'clamping of q, k and v');
  keys.refuseUnless(key('attn_logit_softcapping'), 0, 'softcapping');
  keys.refuseUnless(key('final_logit_softcapping'), 0, 'softcapping');
  keys.refuseUnless(key('use_parallel_residual'), false, 'a parallel residual');
  keys.refuseUnless(key('pooling_type'), 0, 'pooling (an embedding model)');
  for (const scale of ['logit_scale', 'residual_scale', 'embedding_scale']) {
    keys.refuseUnless(key(scale), 1, 'scaling of logits, residuals or embeddings');
  }
}

function readRopeScaling(
  keys: GgufMetadata,
  key: (name: string) => string,
  trained: number,
): RopeScaling {
  const factor =
    keys.number(key('rope.scaling.factor')) ?? keys.number(key('rope.scale_linear')) ?? 0;
  if (factor < 0) {
    throw malformed(keys.file, `key ${key('rope.scaling.factor')} is ${factor}`);
  }
  const type = keys.string(key('rope.scaling.type')) ?? 'linear';
  switch (type) {
    case 'none':
      return { type: 'default' };
    case 'linear':
      // llama.cpp takes 0 for "not set".
      return factor === 0 || factor === 1 ? { type: 'default' } : { type: 'linear', factor };
    case 'yarn':
      return readYarn(keys, key, factor || 1, trained);
    default:
      throw unsupported(
        keys.file,
        `key ${key('rope.scaling.type')} is ${show(type)}: none, linear and yarn are built`,
      );
  }
}

function readYarn(
  keys: GgufMetadata,
  key: (name: string) => string,
  factor: number,
  trained: number,
): RopeScaling {
  keys.refuseUnless(key('rope.scaling.yarn_ext_factor'), 1, 'a partial YaRN ramp');
  keys.refuseUnless(key('rope.scaling.yarn_log_multiplier'), 0, "DeepSeek's YaRN multiplier");
  const multiplier = keys.number(key('rope.scaling.attn_factor')) ?? 1;
  return {
    type: 'yarn',
    factor,
    originalContext:
      keys.integer(key('rope.scaling.original_context_length'), LIMITS.context) ?? trained,
    betaFast: keys.number(key('rope.scaling.yarn_beta_fast')) || 32,
    betaSlow: keys.number(key('rope.scaling.yarn_beta_slow')) || 1,
    truncate: true,
    // The converter writes transformers' attention_factor, which stands for the whole, as
    // yarn_attn_factor; attn_factor multiplies the usual one.
    magnitude:
      multiplier * (keys.number(key('rope.scaling.yarn_attn_factor')) ?? yarnMagnitude(factor)),
  };
}

function divide(
  file: string,
  frequencies: Float32Array,
  divisors: Float32Array | null,
): Float32Array {
  if (divisors === null) return frequencies;
  if (divisors.length !== frequencies.length) {
    throw malformed(
      file,
      `tensor "rope_freqs.weight" has ${divisors.length} values: ${frequencies.length} are expected`,
    );
  }
  return frequencies.map((frequency, i) => frequency / divisors[i]);
}

interface LayerKinds {
  readonly ropeLayers: Uint8Array;
  readonly contextLength: number;
  readonly limitedBy: string | undefined;
  readonly temperature: ModelSpec['attentionTemperature'];
}

/**
 * As llama.cpp reads llama4: a sliding window of 0 means that every layer attends to everything
 * with RoPE (MobileLLM-R1); else each fourth layer has no RoPE but an attention temperature, and
 * the others attend within chunks, up to the first of which all is the same.
 */
function readLayerKinds(
  keys: GgufMetadata,
  key: (name: string) => string,
  architecture: Architecture,
  layers: number,
  context: number,
): LayerKinds {
  const window = keys.integer(key('attention.sliding_window'));
  if (architecture === 'llama4' && window !== 0) {
    const chunk = window ?? LLAMA4_CHUNK;
    return {
      ropeLayers: Uint8Array.from({ length: layers }, (_, i) =>
        (i + 1) % NOPE_INTERVAL === 0 ? 0 : 1,
      ),
      contextLength: Math.min(context, chunk),
      limitedBy: chunk < context ? `the attention chunk of ${chunk}` : undefined,
      temperature: {
        floor:
          keys.integer(key('attention.temperature_length'), { least: 1 }) ??
          LLAMA4_TEMPERATURE.floor,
        scale: keys.number(key('attention.temperature_scale')) ?? LLAMA4_TEMPERATURE.scale,
      },
    };
  }
  if (architecture !== 'llama4' && window !== undefined && window > 0 && window < context) {
    throw unsupported(
      keys.file,
      `key ${key('attention.sliding_window')} is ${window}: sliding-window attention is not built, and the context of ${context} is longer`,
    );
  }
  return {
    ropeLayers: new Uint8Array(layers).fill(1),
    contextLength: context,
    limitedBy: undefined,
    temperature: null,
  };
}
