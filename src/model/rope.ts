/**
 * Rotary position embeddings: the frequencies of each kind of scaling, as transformers'
 * modeling_rope_utils.py computes them (in float32 where it does).
 */

/** How frequencies are stretched beyond the trained context. */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalContext: number;
    }
  | {
      readonly type: 'yarn';
      readonly factor: number;
      readonly originalContext: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Rounds the range of the ramp to whole dimensions. */
      readonly truncate: boolean;
      /** Multiplies cosines and sines; `yarnMagnitude` gives the usual one. */
      readonly magnitude: number;
    };

const { fround } = Math;

/** [headDim / 2] theta ** (-2 i / headDim). */
export function baseFrequencies(headDim: number, theta: number): Float32Array {
  return Float32Array.from(
    { length: headDim / 2 },
    (_, i) => 1 / fround(theta ** fround((2 * i) / headDim)),
  );
}

/** [headDim / 2] radians per position. */
export function inverseFrequencies(
  headDim: number,
  theta: number,
  scaling: RopeScaling,
): Float32Array {
  return scaleFrequencies(baseFrequencies(headDim, theta), theta, scaling);
}

/** Applies a scaling to frequencies that are given, e.g. already divided by a GGUF's rope_freqs. */
export function scaleFrequencies(
  base: Float32Array,
  theta: number,
  scaling: RopeScaling,
): Float32Array {
  switch (scaling.type) {
    case 'default':
      return base;
    case 'linear':
      return base.map((frequency) => frequency / scaling.factor);
    case 'llama3':
      return base.map((frequency) => llama3Frequency(frequency, scaling));
    case 'yarn':
      return yarnFrequencies(base, theta, scaling);
  }
}

type Llama3 = Extract<RopeScaling, { type: 'llama3' }>;
type Yarn = Extract<RopeScaling, { type: 'yarn' }>;

/** Llama 3.1: long waves are stretched, short ones kept, those between interpolated. */
function llama3Frequency(frequency: number, scaling: Llama3): number {
  const { factor, lowFreqFactor, highFreqFactor, originalContext } = scaling;
  const wavelength = fround((2 * Math.PI) / frequency);
  if (wavelength > originalContext / lowFreqFactor) return fround(frequency / factor);
  if (wavelength < originalContext / highFreqFactor) return frequency;
  const smooth = fround(
    fround(fround(originalContext / wavelength) - lowFreqFactor) / (highFreqFactor - lowFreqFactor),
  );
  const stretched = fround(fround(fround(1 - smooth) * frequency) / factor);
  return fround(stretched + fround(smooth * frequency));
}

/** YaRN (arXiv 2309.00071): a ramp over the dimensions between stretched and kept frequencies. */
function yarnFrequencies(base: Float32Array, theta: number, scaling: Yarn): Float32Array {
  const dimensions = 2 * base.length;
  // The dimension that turns `rotations` times over the original context.
  const dimensionOf = (rotations: number): number =>
    (dimensions * Math.log(scaling.originalContext / (rotations * 2 * Math.PI))) /
    (2 * Math.log(theta));
  let low = dimensionOf(scaling.betaFast);
  let high = dimensionOf(scaling.betaSlow);
  if (scaling.truncate) {
    low = Math.floor(low);
    high = Math.ceil(high);
  }
  low = Math.max(low, 0);
  high = Math.min(high, dimensions - 1);
  if (low === high) high += 0.001;
  return base.map((kept, i) => {
    const stretched = fround(kept / scaling.factor);
    const ramp = Math.min(1, Math.max(0, fround(fround(i - low) / (high - low))));
    const keep = fround(1 - ramp);
    return fround(fround(stretched * fround(1 - keep)) + fround(kept * keep));
  });
}

/** YaRN's attention factor, where the checkpoint does not give one. */
export function yarnMagnitude(factor: number, mscale?: number, mscaleAllDim?: number): number {
  const magnitude = (scale: number): number =>
    factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  if (mscale && mscaleAllDim) return magnitude(mscale) / magnitude(mscaleAllDim);
  return magnitude(1);
}

/**
 * Positions that a model of `trained` positions can be served at: as vLLM derives it, linear
 * scaling multiplies the trained context, YaRN the original one; Llama 3's count is given whole.
 */
export function scaledContext(trained: number, scaling: RopeScaling): number {
  if (scaling.type === 'linear') return Math.floor(trained * scaling.factor);
  if (scaling.type === 'yarn') {
    return Math.max(trained, Math.floor(scaling.originalContext * scaling.factor));
  }
  return trained;
}
