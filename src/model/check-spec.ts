/** Puts hyperparameters together to a checked ModelSpec, whichever format they came in. */
import { malformed, unsupported } from '../errors/model-file.js';
import type { ModelSpec } from './model-spec.js';

/** Attention kernels take a head in pieces of this size. */
export const HEAD_DIM_MULTIPLE = 16;

/** What makes no sense together, though each value is possible. Throws `file_malformed`. */
export function checkSpec(file: string, spec: ModelSpec): ModelSpec {
  if (spec.heads % spec.kvHeads !== 0) {
    throw malformed(
      file,
      `has ${spec.heads} attention heads and ${spec.kvHeads} key-value heads: a multiple is expected`,
    );
  }
  if (spec.headDim % HEAD_DIM_MULTIPLE !== 0 || spec.heads * spec.headDim > LIMITS.width.most) {
    throw unsupported(
      file,
      `has ${spec.heads} heads of ${spec.headDim}: a multiple of ${HEAD_DIM_MULTIPLE} is built, and up to ${LIMITS.width.most} in all`,
    );
  }
  if (!(spec.contextLength >= 1 && spec.contextLength <= LIMITS.context.most)) {
    throw malformed(
      file,
      `has a context of ${spec.contextLength}: 1 to ${LIMITS.context.most} is expected`,
    );
  }
  // What is computed with is in single precision, in which a tiny number is 0 and a huge one infinite.
  const single = Math.fround;
  if (!(single(spec.rmsNormEpsilon) > 0 && spec.rmsNormEpsilon < 1)) {
    throw malformed(file, `has an RMS norm epsilon of ${spec.rmsNormEpsilon}`);
  }
  if (!spec.rope.inverseFrequencies.every((value) => Number.isFinite(value) && value >= 0)) {
    throw malformed(file, 'has RoPE parameters that give frequencies which are not finite');
  }
  if (!isPositive(single(spec.rope.magnitude))) {
    throw malformed(file, `has RoPE parameters that give a magnitude of ${spec.rope.magnitude}`);
  }
  if (!isPositive(single(spec.attentionScale))) {
    throw malformed(file, `has an attention scale of ${spec.attentionScale}`);
  }
  const temperature = spec.attentionTemperature;
  if (
    temperature !== null &&
    !(isPositive(single(temperature.floor)) && Number.isFinite(single(temperature.scale)))
  ) {
    throw malformed(
      file,
      `has an attention temperature with a floor of ${temperature.floor} and a scale of ${temperature.scale}`,
    );
  }
  return spec;
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/** Bounds of the sizes that a configuration may give: those that the addon takes. */
export const LIMITS = {
  layers: { least: 1, most: 1024 },
  width: { least: 1, most: 1 << 18 },
  heads: { least: 1, most: 4096 },
  headDim: { least: 2, most: 1024 },
  vocabSize: { least: 1, most: 1 << 24 },
  context: { least: 1, most: 1 << 24 },
} as const;
