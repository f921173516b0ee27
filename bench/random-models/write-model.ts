/** Writes GGUF files of random weights that any engine loads: speed does not depend on values. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { formatOfName } from '../../test/support/formats.js';
import {
  ggufHeader,
  padding,
  type HeaderTensor,
  type Value,
} from '../../test/support/gguf-header.js';
import { realDocument, type TokenizerDocument } from '../../test/support/tokenizer-families.js';
import { randomWords, shapeBlocks } from './blocks.js';
import { formatIn, type MatrixName, type Mix } from './mixes.js';
import type { ModelShape } from './shapes.js';

/** Part of the files' names: counts up where what is written changes. */
const EDITION = 1;
/** Written at once. */
const CHUNK_BYTES = 1 << 22;

interface Tensor extends HeaderTensor {
  readonly format: string;
  readonly blockBytes: number;
}

/** The file in `folder`, written where it is not there yet. */
export function modelFile(folder: string, name: string, shape: ModelShape, mix: Mix): string {
  const path = join(folder, `${name}.${mix}.${EDITION}.gguf`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeModel(unfinished, name, shape, mix, realDocument(shape.tokenizer));
  renameSync(unfinished, path);
  return path;
}

/**
 * Weights are random, norms ones; the vocabulary is the document's, filled up to the shape's. `more`
 * are keys of the header beside those of shape and vocabulary.
 */
export function writeModel(
  path: string,
  name: string,
  shape: ModelShape,
  mix: Mix,
  document: TokenizerDocument,
  more: Readonly<Record<string, Value>> = {},
): void {
  const tensors = tensorsOf(shape, mix);
  const keys = { ...shapeKeys(name, shape), ...tokenizerKeys(shape, document), ...more };
  const { bytes: header } = ggufHeader({ keys, tensors });
  const file = openSync(path, 'w');
  try {
    writeSync(file, header);
    writeSync(file, Buffer.alloc(padding(header.length)));
    const fill = randomWords();
    for (const tensor of tensors) {
      for (const chunk of dataOf(tensor, fill)) writeSync(file, chunk);
      writeSync(file, Buffer.alloc(padding(tensor.bytes)));
    }
  } finally {
    closeSync(file);
  }
}

function* dataOf(
  { bytes, format, blockBytes }: Tensor,
  fill: (out: Uint32Array) => void,
): Generator<Uint8Array> {
  if (format === 'f32') {
    yield new Uint8Array(new Float32Array(bytes / 4).fill(1).buffer);
    return;
  }
  const most = Math.floor(CHUNK_BYTES / blockBytes) * blockBytes;
  for (let begin = 0; begin < bytes; begin += most) {
    const length = Math.min(most, bytes - begin);
    const words = new Uint32Array(Math.ceil(length / 4));
    fill(words);
    const chunk = new Uint8Array(words.buffer, 0, length);
    shapeBlocks(chunk, format, blockBytes);
    yield chunk;
  }
}

/** All tensors, in the order of the file. */
export function tensorsOf(shape: ModelShape, mix: Mix): Tensor[] {
  const { architecture, layers, hiddenSize, ffnSize, heads, kvHeads, headDim, vocabSize } = shape;
  const tensors: Tensor[] = [];
  const add = (name: string, format: string, cols: number, rows?: number): void => {
    const { number, blockValues, blockBytes } = formatOfName(format);
    const dimensions = rows === undefined ? [cols] : [cols, rows];
    const bytes = ((cols * (rows ?? 1)) / blockValues) * blockBytes;
    tensors.push({ name: `${name}.weight`, dimensions, type: number, bytes, format, blockBytes });
  };
  const matrix = (layer: number, name: MatrixName, cols: number, rows: number): void =>
    add(`blk.${layer}.${name}`, formatIn(mix, name, cols, layer, layers), cols, rows);
  add('token_embd', formatIn(mix, 'token_embd', hiddenSize, 0, layers), hiddenSize, vocabSize);
  add('output_norm', 'f32', hiddenSize);
  for (let layer = 0; layer < layers; layer++) {
    add(`blk.${layer}.attn_norm`, 'f32', hiddenSize);
    matrix(layer, 'attn_q', hiddenSize, heads * headDim);
    matrix(layer, 'attn_k', hiddenSize, kvHeads * headDim);
    matrix(layer, 'attn_v', hiddenSize, kvHeads * headDim);
    matrix(layer, 'attn_output', heads * headDim, hiddenSize);
    if (architecture === 'qwen3') {
      add(`blk.${layer}.attn_q_norm`, 'f32', headDim);
      add(`blk.${layer}.attn_k_norm`, 'f32', headDim);
    }
    add(`blk.${layer}.ffn_norm`, 'f32', hiddenSize);
    matrix(layer, 'ffn_gate', hiddenSize, ffnSize);
    matrix(layer, 'ffn_up', hiddenSize, ffnSize);
    matrix(layer, 'ffn_down', ffnSize, hiddenSize);
  }
  return tensors;
}

function shapeKeys(name: string, shape: ModelShape): Record<string, Value> {
  const { architecture, headDim } = shape;
  const sizes: Record<string, Value> = {
    block_count: { u32: shape.layers },
    context_length: { u32: shape.contextLength },
    embedding_length: { u32: shape.hiddenSize },
    feed_forward_length: { u32: shape.ffnSize },
    'attention.head_count': { u32: shape.heads },
    'attention.head_count_kv': { u32: shape.kvHeads },
    'attention.key_length': { u32: headDim },
    'attention.value_length': { u32: headDim },
    'attention.layer_norm_rms_epsilon': { f32: shape.rmsNormEpsilon },
    'rope.freq_base': { f32: shape.ropeTheta },
    'rope.dimension_count': { u32: headDim },
    vocab_size: { u32: shape.vocabSize },
  };
  return {
    'general.architecture': { string: architecture },
    'general.name': { string: name },
    'general.quantization_version': { u32: 2 },
    ...Object.fromEntries(
      Object.entries(sizes).map(([key, value]) => [`${architecture}.${key}`, value]),
    ),
  };
}

/** GGUF's kinds of tokens. */
const TokenType = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

function tokenizerKeys(
  { vocabSize, preTokenizer }: ModelShape,
  { model, added_tokens: added }: TokenizerDocument,
): Record<string, Value> {
  const tokens = Array.from({ length: vocabSize }, (_, id) => `[PAD${id}]`);
  const types: number[] = tokens.map(() => TokenType.unused);
  const set = (id: number, text: string, type: number): void => {
    tokens[id] = text;
    types[id] = type;
  };
  for (const [text, id] of Object.entries(model.vocab)) set(id, text, TokenType.normal);
  for (const { id, content, special } of added) {
    set(Number(id), String(content), special === true ? TokenType.control : TokenType.userDefined);
  }
  const merges = model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')));
  const end = types.indexOf(TokenType.control);
  return {
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: preTokenizer },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.token_type': { i32s: types },
    'tokenizer.ggml.merges': { strings: merges },
    'tokenizer.ggml.bos_token_id': { u32: end },
    'tokenizer.ggml.eos_token_id': { u32: end },
    'tokenizer.ggml.add_bos_token': { bool: false },
  };
}
