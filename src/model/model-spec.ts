/** Puts hyperparameters together to a checked ModelSpec, whichever format they came in. */
import { malformed } from './failures.js';
import type { ModelSpec } from './spec.js';

/** What makes no sense together, though each value is possible. Throws `file_malformed`. */
export function checkSpec(file: string, spec: ModelSpec): ModelSpec {
  if (spec.heads % spec.kvHeads !== 0) {
    throw malformed(
      file,
      `has ${spec.heads} attention heads and ${spec.kvHeads} key-value heads: a multiple is expected`,
    );
  }
  if (spec.headDim % 2 !== 0) {
    throw malformed(file, `has heads of ${spec.headDim}: rotary embeddings need an even size`);
  }
  if (!(spec.rmsNormEpsilon > 0 && spec.rmsNormEpsilon < 1)) {
    throw malformed(file, `has an RMS norm epsilon of ${spec.rmsNormEpsilon}`);
  }
  if (!spec.rope.inverseFrequencies.every((value) => Number.isFinite(value) && value >= 0)) {
    throw malformed(file, 'has RoPE parameters that give frequencies which are not finite');
  }
  if (!(Number.isFinite(spec.rope.magnitude) && spec.rope.magnitude > 0)) {
    throw malformed(file, `has RoPE parameters that give a magnitude of ${spec.rope.magnitude}`);
  }
  if (!(Number.isFinite(spec.attentionScale) && spec.attentionScale > 0)) {
    throw malformed(file, `has an attention scale of ${spec.attentionScale}`);
  }
  return spec;
}

/** Bounds of the sizes that a configuration may give. */
export const LIMITS = {
  layers: { least: 1, most: 1024 },
  width: { least: 1, most: 1 << 20 },
  heads: { least: 1, most: 4096 },
  headDim: { least: 2, most: 4096 },
  vocabSize: { least: 1, most: 1 << 24 },
  context: { least: 1, most: 0x7fff_ffff },
} as const;
