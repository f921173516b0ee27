/** The files of random weights that bench/peers makes. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { formatIn, MIXES, type Mix } from '../../../bench/random-models/mixes.js';
import { SHAPES, type ModelShape } from '../../../bench/random-models/shapes.js';
import { writeModel } from '../../../bench/random-models/write-model.js';
import { openModel } from '../../../src/model/open-model.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { formatOfName } from '../../support/formats.js';
import { ModelRunner } from '../../support/run-model.js';
import { tinyDocument } from '../../support/tokenizer-families.js';

const MATRICES = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up'] as const;

/** Bytes of a shape's matrices. */
function matrixBytes(shape: ModelShape, mix: Mix): number {
  const { layers, hiddenSize, ffnSize, heads, kvHeads, headDim, vocabSize } = shape;
  const bytes = (format: string, values: number): number => {
    const { blockValues, blockBytes } = formatOfName(format);
    return (values / blockValues) * blockBytes;
  };
  const rows = [heads, kvHeads, kvHeads].map((n) => n * headDim);
  let sum = bytes(formatIn(mix, 'token_embd', hiddenSize, 0, layers), vocabSize * hiddenSize);
  for (let layer = 0; layer < layers; layer++) {
    for (const [i, name] of MATRICES.entries()) {
      const cols = name === 'attn_output' ? heads * headDim : hiddenSize;
      const length = name === 'attn_output' ? hiddenSize : (rows[i] ?? ffnSize);
      sum += bytes(formatIn(mix, name, cols, layer, layers), cols * length);
    }
    sum += bytes(formatIn(mix, 'ffn_down', ffnSize, layer, layers), ffnSize * hiddenSize);
  }
  return sum;
}

t.test("files are as large as those of llama.cpp's quantizer", async (t) => {
  // Measured on files that it wrote, in millions of bytes.
  const measured: Record<string, readonly number[]> = {
    '140M': [116, 149, 124],
    '360M': [236, 382, 245],
    '950M': [585, 1009, 612],
    'Qwen3-0.6B': [376, 634, 391],
  };
  for (const [name, shape] of SHAPES) {
    for (const [i, mix] of MIXES.entries()) {
      const megabytes = matrixBytes(shape, mix) / 1e6;
      const expected = measured[name]?.[i] ?? NaN;
      t.ok(Math.abs(megabytes - expected) < 0.01 * expected, `${name} ${mix}: ${megabytes}`);
    }
  }
});

t.test(
  'every mix of both architectures is loaded, and its weights are as large as they should be',
  async (t) => {
    const folder = t.testdir();
    const document = tinyDocument();
    for (const [name, real] of SHAPES) {
      // Widths that K-quants divide, and one that they do not.
      const hiddenSize = name === '140M' ? 96 : 256;
      const shape: ModelShape = {
        ...real,
        ...{ hiddenSize, layers: 3, heads: 4, kvHeads: 2, headDim: 32, ffnSize: 512 },
        ...{ vocabSize: 400, contextLength: 256 },
      };
      for (const mix of MIXES) {
        const path = join(folder, `${name}.${mix}.gguf`);
        writeModel(path, name, shape, mix, document);
        t.ok(statSync(path).size > 100_000, 'with its weights');
        const source = await openModel(path);
        t.match(source.spec, { hiddenSize, vocabSize: 400, headDim: 32 });
        const runner = new ModelRunner(loadAddon(), source, { context: 32 });
        const logits = runner.run([5, 6, 7, 8, 9, 10, 11, 12], 0);
        runner.model.close();
        // A normalised vector times rows of weights of 0.02.
        const expected = 0.02 * Math.sqrt(hiddenSize);
        const rms = Math.sqrt(logits.reduce((sum, x) => sum + x * x, 0) / logits.length);
        t.ok(rms > 0.8 * expected && rms < 1.25 * expected, `${name} ${mix}: ${rms}, ${expected}`);
      }
    }
  },
);
