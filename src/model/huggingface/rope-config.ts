/** Reads the parameters of RoPE out of a config.json. */
import { unsupported } from '../../errors/model-file.js';
import { LIMITS } from '../check-spec.js';
import { yarnMagnitude, type RopeScaling } from '../rope.js';
import type { JsonObject } from './json.js';

export interface RopeConfig {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** Both transformers 4's rope_theta and rope_scaling and transformers 5's rope_parameters. */
export function readRope(config: JsonObject, defaultTheta: number, trained: number): RopeConfig {
  const old = config.object('rope_scaling');
  const parameters =
    old !== undefined && old.keys().length > 0 ? old : config.object('rope_parameters');
  const topTheta = config.number('rope_theta') ?? defaultTheta;
  if (parameters === undefined) {
    return { theta: checkTheta(config, topTheta), scaling: { type: 'default' } };
  }
  refuseUnbuilt(parameters);
  const theta = checkTheta(config, parameters.number('rope_theta') ?? topTheta);
  const originalContext =
    config.integer('original_max_position_embeddings', LIMITS.context) ??
    parameters.integer('original_max_position_embeddings', LIMITS.context) ??
    trained;
  return { theta, scaling: readScaling(parameters, originalContext, trained) };
}

function checkTheta(config: JsonObject, value: number): number {
  if (value > 1) return value;
  throw unsupported(config.file, `rope_theta is ${value}: more than 1 is expected`);
}

function refuseUnbuilt(parameters: JsonObject): void {
  const kinds = ['full_attention', 'sliding_attention', 'chunked_attention'];
  const perKind = kinds.find((kind) => parameters.raw(kind) !== undefined);
  if (perKind !== undefined) {
    throw parameters.refusal(perKind, 'RoPE parameters that differ by layer are not built');
  }
  refusePartialRotary(parameters);
}

/** The factor stands in config.json or among its RoPE parameters. */
export function refusePartialRotary(config: JsonObject): void {
  if ((config.number('partial_rotary_factor') ?? 1) !== 1) {
    throw config.refusal('partial_rotary_factor', 'partial rotary embeddings are not built');
  }
}

const POSITIVE = { least: Number.MIN_VALUE };

function readScaling(
  parameters: JsonObject,
  originalContext: number,
  trained: number,
): RopeScaling {
  const typeKey = parameters.raw('rope_type') === undefined ? 'type' : 'rope_type';
  switch (parameters.string(typeKey) ?? 'default') {
    case 'default':
      return { type: 'default' };
    case 'linear':
      return { type: 'linear', factor: parameters.requiredNumber('factor', POSITIVE) };
    case 'llama3':
      return {
        type: 'llama3',
        factor: parameters.requiredNumber('factor', POSITIVE),
        lowFreqFactor: parameters.requiredNumber('low_freq_factor', POSITIVE),
        highFreqFactor: parameters.requiredNumber('high_freq_factor', POSITIVE),
        originalContext,
      };
    case 'yarn':
      return readYarn(parameters, originalContext, trained);
    default:
      throw parameters.refusal(typeKey, 'default, linear, llama3 and yarn are built');
  }
}

function readYarn(parameters: JsonObject, originalContext: number, trained: number): RopeScaling {
  const factor = parameters.number('factor', POSITIVE) ?? trained / originalContext;
  return {
    type: 'yarn',
    factor,
    originalContext,
    // transformers takes its default for 0, too.
    betaFast: parameters.number('beta_fast', { least: 0 }) || 32,
    betaSlow: parameters.number('beta_slow', { least: 0 }) || 1,
    truncate: parameters.boolean('truncate') ?? true,
    magnitude:
      parameters.number('attention_factor', POSITIVE) ??
      yarnMagnitude(factor, parameters.number('mscale'), parameters.number('mscale_all_dim')),
  };
}
