/** Reads a GGUF file's keys into a ModelSpec, with llama.cpp's defaults. */
import {
  defaultHeadDim,
  defaultKvHeads,
  type ArchitectureRecord,
} from '../architectures/architecture.js';
import { ARCHITECTURES } from '../architectures/registry.js';
import {
  malformed,
  MIXTURE_OF_EXPERTS,
  notAmongBuilt,
  show,
  unsupported,
} from '../../errors/model-file.js';
import type { GgufMetadata } from './metadata.js';
import { checkSpec, LIMITS } from '../check-spec.js';
import {
  baseFrequencies,
  scaledContext,
  scaleFrequencies,
  yarnMagnitude,
  type RopeScaling,
} from '../rope.js';
import type { ModelSpec } from '../model-spec.js';

/**
 * `vocabSize` is the embedding's row count, `ropeDivisors` the tensor rope_freqs.weight or null.
 * Throws `unsupported_model` for what is not built, `file_malformed` for what makes no sense.
 */
export function readGgufConfig(
  keys: GgufMetadata,
  vocabSize: number,
  ropeDivisors: Float32Array | null,
): ModelSpec {
  const family = findFamily(keys);
  const { defaults, ropePairing, readLayers } = family.gguf;
  const key = (name: string): string => `${family.name}.${name}`;
  refuseUnbuilt(keys, key);

  const layers = keys.requiredInteger(key('block_count'), LIMITS.layers);
  const hiddenSize = keys.requiredInteger(key('embedding_length'), LIMITS.width);
  const heads = keys.requiredInteger(key('attention.head_count'), LIMITS.heads);
  const kvHeads =
    keys.integer(key('attention.head_count_kv'), LIMITS.heads) ?? defaultKvHeads(defaults, heads);
  const headDim =
    keys.integer(key('attention.key_length'), LIMITS.headDim) ??
    defaultHeadDim(defaults, hiddenSize, heads);
  refuseOtherHeadSizes(keys, key, headDim);
  const trained = keys.requiredInteger(key('context_length'), LIMITS.context);
  const theta = keys.number(key('rope.freq_base')) ?? defaults.ropeTheta;
  if (!(theta > 1)) throw keys.wrong(key('rope.freq_base'), 'more than 1');
  const scaling = readRopeScaling(keys, key, trained);
  const context = scaledContext(trained, scaling);
  const kinds = readLayers(keys, key, layers, context);

  return checkSpec(keys.file, {
    architecture: family.name,
    layers,
    hiddenSize,
    ffnSize: keys.requiredInteger(key('feed_forward_length'), LIMITS.width),
    heads,
    kvHeads,
    headDim,
    vocabSize,
    contextLength: kinds.contextLength,
    ...(kinds.limitedBy === undefined ? {} : { contextLimitedBy: kinds.limitedBy }),
    rmsNormEpsilon: keys.requiredNumber(key('attention.layer_norm_rms_epsilon')),
    // llama.cpp takes 0 for "not set".
    attentionScale: keys.number(key('attention.scale')) || headDim ** -0.5,
    rope: {
      pairing: ropePairing,
      inverseFrequencies: scaleFrequencies(
        divide(keys.file, baseFrequencies(headDim, theta), ropeDivisors),
        theta,
        scaling,
      ),
      magnitude: scaling.type === 'yarn' ? scaling.magnitude : 1,
      layers: kinds.ropeLayers,
    },
    qkNorm: kinds.qkNorm,
    attentionTemperature: kinds.temperature,
  });
}

function findFamily(keys: GgufMetadata): ArchitectureRecord {
  const type = keys.string('general.type') ?? 'model';
  if (type !== 'model') {
    throw unsupported(keys.file, `key general.type is ${show(type)}: a model is expected`);
  }
  const name = keys.requiredString('general.architecture');
  const family = ARCHITECTURES.find((known) => known.name === name);
  if (family === undefined) {
    const built = notAmongBuilt(ARCHITECTURES.map((known) => known.name));
    throw unsupported(keys.file, `key general.architecture is ${show(name)}: ${built}`);
  }
  return family;
}

function refuseUnbuilt(keys: GgufMetadata, key: (name: string) => string): void {
  for (const count of ['expert_count', 'expert_used_count']) {
    keys.refuseUnless(key(count), 0, MIXTURE_OF_EXPERTS);
  }
  keys.refuseUnless(key('attention.causal'), true, 'attention in both directions');
  keys.refuseUnless(key('attention.max_alibi_bias'), 0, 'ALiBi');
  keys.refuseUnless(key('attention.clamp_kqv'), 0, 'clamping of q, k and v');
  for (const cap of ['attn_logit_softcapping', 'final_logit_softcapping']) {
    keys.refuseUnless(key(cap), 0, 'softcapping');
  }
  keys.refuseUnless(key('use_parallel_residual'), false, 'a parallel residual');
  keys.refuseUnless(key('pooling_type'), 0, 'pooling (an embedding model)');
  for (const scale of ['logit_scale', 'residual_scale', 'embedding_scale']) {
    keys.refuseUnless(key(scale), 1, 'scaling of logits, residuals or embeddings');
  }
}

function refuseOtherHeadSizes(
  keys: GgufMetadata,
  key: (name: string) => string,
  headDim: number,
): void {
  for (const name of ['attention.value_length', 'rope.dimension_count']) {
    const size = keys.integer(key(name)) ?? headDim;
    if (size !== headDim) {
      throw unsupported(
        keys.file,
        `key ${key(name)} is ${size}: only the heads' own size, ${headDim}, is built`,
      );
    }
  }
}

function readRopeScaling(
  keys: GgufMetadata,
  key: (name: string) => string,
  trained: number,
): RopeScaling {
  const given = ['rope.scaling.factor', 'rope.scale_linear']
    .map(key)
    .find((name) => keys.has(name));
  const factor = given === undefined ? 0 : keys.requiredNumber(given);
  if (given !== undefined && factor < 0) throw keys.wrong(given, '0 or more');
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
  return frequencies.map((frequency, i) => frequency / (divisors[i] ?? 1));
}
