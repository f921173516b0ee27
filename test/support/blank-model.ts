/**
 * A model of any shape and format in a file of zeros: what it takes in memory is what a trained one
 * takes, and the file takes nothing on disk.
 */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelSource } from '../../src/model/model-source.js';
import type { ModelSpec, TensorEntry } from '../../src/model/model-spec.js';
import { formatOfName } from './formats.js';

export interface Shape {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  /** Whether the embedding is the head too. */
  readonly tied: boolean;
}

/** A llama whose matrices are in `format`, in a file in `folder`. */
export function blankModel(
  folder: string,
  { tied, ...shape }: Shape,
  format: string,
): Pick<ModelSource, 'files' | 'spec' | 'tensors'> {
  const { layers, hiddenSize, ffnSize, heads, kvHeads, headDim, vocabSize } = shape;
  const tensors: TensorEntry[] = [];
  let end = 0;
  const add = (name: string, rows: number, cols: number): void => {
    const { name: held, blockValues, blockBytes } = formatOfName(rows === 1 ? 'f32' : format);
    const bytes = ((rows * cols) / blockValues) * blockBytes;
    tensors.push({ name, file: 0, format: held, rows, cols, offset: end, bytes });
    end += bytes;
  };
  add('token_embd.weight', vocabSize, hiddenSize);
  add('output_norm.weight', 1, hiddenSize);
  if (!tied) add('output.weight', vocabSize, hiddenSize);
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `blk.${layer}.`;
    add(`${prefix}attn_norm.weight`, 1, hiddenSize);
    add(`${prefix}attn_q.weight`, heads * headDim, hiddenSize);
    add(`${prefix}attn_k.weight`, kvHeads * headDim, hiddenSize);
    add(`${prefix}attn_v.weight`, kvHeads * headDim, hiddenSize);
    add(`${prefix}attn_output.weight`, hiddenSize, heads * headDim);
    add(`${prefix}ffn_norm.weight`, 1, hiddenSize);
    add(`${prefix}ffn_gate.weight`, ffnSize, hiddenSize);
    add(`${prefix}ffn_up.weight`, ffnSize, hiddenSize);
    add(`${prefix}ffn_down.weight`, hiddenSize, ffnSize);
  }
  const path = join(folder, `${format}-${vocabSize}x${layers}.bin`);
  const file = openSync(path, 'w');
  ftruncateSync(file, end);
  closeSync(file);
  const spec: ModelSpec = {
    ...shape,
    architecture: 'llama',
    rmsNormEpsilon: 1e-5,
    attentionScale: headDim ** -0.5,
    rope: {
      pairing: 'half',
      inverseFrequencies: new Float32Array(headDim / 2).fill(0.1),
      magnitude: 1,
      layers: new Uint8Array(layers).fill(1),
    },
    qkNorm: false,
    attentionTemperature: null,
  };
  return { files: [path], spec, tensors };
}
