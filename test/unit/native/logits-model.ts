/** A model whose logits a test chooses. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openModel } from '../../../src/model/open-model.js';
import { SIGNAL_WORDS, type LoadOptions } from '../../../src/native/addon.js';
import { tinyLlama, writeGguf, type TensorSpec } from '../model/gguf-writer.js';

/** tinyLlama's hidden size: as many tokens can have logits of their own. */
const MAX_INPUTS = 32;
const EPSILON = 1e-5;

/**
 * Options for loading a model that answers token i with the logits `rows[i]` (infinite where they
 * are beyond single precision), wherever the token stands. Its one layer adds nothing, token i's
 * embedding is unit vector i, and the head's column i holds the logits.
 */
export async function logitsModel(
  folder: string,
  rows: readonly Float64Array[],
): Promise<LoadOptions> {
  const vocab = rows[0]!.length;
  const embedding = new Float32Array(vocab * MAX_INPUTS);
  const head = new Float32Array(vocab * MAX_INPUTS);
  for (const [input, logits] of rows.entries()) {
    embedding[input * MAX_INPUTS + input] = 1;
    const normed = 1 / Math.sqrt(1 / MAX_INPUTS + EPSILON);
    for (const [id, logit] of logits.entries()) head[id * MAX_INPUTS + input] = logit / normed;
  }
  const tokens = Array.from({ length: vocab }, (_, id) => `t${id}`);
  const { keys, tensors } = tinyLlama({
    'llama.attention.layer_norm_rms_epsilon': { f32: EPSILON },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.token_type': { i32s: tokens.map(() => 1) },
    'tokenizer.ggml.merges': { strings: [] },
    'tokenizer.ggml.eos_token_id': { u32: 0 },
  });
  const matrix = (name: string, data: Float32Array): TensorSpec => ({
    name,
    dimensions: [MAX_INPUTS, vocab],
    data: new Uint8Array(data.buffer),
  });
  const path = join(folder, `logits-${vocab}.gguf`);
  const file = {
    keys,
    tensors: [
      matrix('token_embd.weight', embedding),
      matrix('output.weight', head),
      ...tensors.filter(({ name }) => name !== 'token_embd.weight').map(onesForNorms),
    ],
  };
  writeFileSync(path, writeGguf(file).bytes);
  const { files, spec, tensors: directory } = await openModel(path);
  return {
    files,
    spec,
    tensors: directory,
    compute: 'float',
    kvCacheType: 'f16',
    quantize: 'none',
    threads: 2,
    cpus: [],
    pin: false,
    kvBlocks: 4,
    maxRows: MAX_INPUTS,
    isa: '',
    packedCache: null,
    signals: new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS)),
  };
}

function onesForNorms(tensor: TensorSpec): TensorSpec {
  if (!tensor.name.endsWith('norm.weight')) return tensor;
  const ones = new Float32Array(tensor.data.length / 4).fill(1);
  return { ...tensor, data: new Uint8Array(ones.buffer) };
}
