/** Which tensors a model has, under GGUF's and Hugging Face's names. */
import { architectureRecord } from './architectures/registry.js';
import type { Architecture } from './architectures/name.js';
import { hidden, matrix, vector, vocabulary, type TensorRow } from './architectures/tensor-rows.js';
import { malformed, show, unsupported } from '../errors/model-file.js';
import { isFloatFormat } from './formats.js';
import type { ModelSource } from './model-source.js';
import type { ModelSpec, TensorEntry } from './model-spec.js';

export const EMBEDDING = 'token_embd.weight';
export const OUTPUT = 'output.weight';
/** Divisors of RoPE's frequencies, which are read into the spec. */
export const ROPE_DIVISORS = 'rope_freqs.weight';

const MODEL: readonly TensorRow[] = [
  matrix(EMBEDDING, 'model.embed_tokens.weight', vocabulary, hidden),
  vector('output_norm.weight', 'model.norm.weight', hidden),
  matrix(OUTPUT, 'lm_head.weight', vocabulary, hidden),
];

/** Buffers that older checkpoints hold; they follow from the configuration. */
const COMPUTED = /(^|\.)(rotary_emb\.inv_freq|attn_rot_embd(\.weight)?)$/;

/** The tensors of one model's layers: those of its family, and the biases that it has. */
export interface TensorLayout {
  readonly architecture: Architecture;
  readonly layer: readonly TensorRow[];
}

/** The layout of a GGUF model, in which a bias that one layer has is expected of each. */
export function ggufLayout(
  architecture: Architecture,
  tensors: readonly TensorEntry[],
): TensorLayout {
  const { tensors: always, biases } = architectureRecord(architecture);
  const found = new Set(tensors.map(({ name }) => /^blk\.\d+\.(.*)$/.exec(name)?.[1]));
  const optional = Object.values(biases).flatMap((rule) => (typeof rule === 'string' ? [] : rule));
  return { architecture, layer: [...always, ...optional.filter(({ gguf }) => found.has(gguf))] };
}

/**
 * GGUF's name of a Hugging Face tensor; null where it can be left out. Throws `unsupported_model`
 * for a tensor that the model doesn't have.
 */
export function ggufName(file: string, layout: TensorLayout, name: string): string | null {
  if (COMPUTED.test(name)) return null;
  const found = MODEL.find((row) => row.huggingface === name);
  if (found !== undefined) return found.gguf;
  const [, layer, rest] = /^model\.layers\.(0|[1-9]\d{0,4})\.(.*)$/.exec(name) ?? [];
  const row = layout.layer.find((candidate) => candidate.huggingface === rest);
  if (row === undefined) throw unknownTensor(file, layout.architecture, name);
  return `blk.${layer}.${row.gguf}`;
}

function unknownTensor(file: string, architecture: Architecture, name: string): Error {
  return unsupported(file, `tensor ${show(name)} is unknown to the architecture ${architecture}`);
}

/**
 * Checks that a model has exactly the tensors of its layout, in the right shapes, and returns them
 * in the order in which a step uses them. Without a tensor for the output, the embedding serves as
 * one if `mayTie`. Errors call tensors as a file of this kind does.
 */
export function arrangeTensors(
  naming: ModelSource['kind'],
  files: readonly string[],
  spec: ModelSpec,
  layout: TensorLayout,
  tensors: readonly TensorEntry[],
  mayTie: boolean,
): TensorEntry[] {
  const left = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const head = left.get(OUTPUT);
  if (mayTie && naming === 'huggingface' && head !== undefined && !left.has(EMBEDDING)) {
    // As transformers, which ties either to the one that is there.
    left.set(EMBEDDING, { ...head, name: EMBEDDING });
    left.delete(OUTPUT);
  }
  const arranged: TensorEntry[] = [];
  const take = (row: TensorRow, layer?: number): void => {
    const name = layer === undefined ? row.gguf : `blk.${layer}.${row.gguf}`;
    const tensor = left.get(name);
    if (tensor === undefined) {
      const prefix = layer === undefined ? '' : `model.layers.${layer}.`;
      const expected = naming === 'gguf' ? name : `${prefix}${row.huggingface}`;
      throw malformed(fileOf(files, 0), `has no tensor ${show(expected)} (${spec.architecture})`);
    }
    checkTensor(files, tensor, row.shape(spec));
    arranged.push(tensor);
    left.delete(name);
  };

  for (const row of MODEL) {
    if (row.gguf === OUTPUT && mayTie && !left.has(OUTPUT)) continue;
    take(row);
  }
  for (let layer = 0; layer < spec.layers; ++layer) {
    for (const row of layout.layer) take(row, layer);
  }
  for (const [name, tensor] of left) {
    if (name === ROPE_DIVISORS || COMPUTED.test(name)) continue;
    throw unknownTensor(fileOf(files, tensor.file), spec.architecture, tensor.nameInFile ?? name);
  }
  return arranged;
}

/** A file by its index, which TensorEntry.file has. */
export function fileOf(files: readonly string[], index: number): string {
  const file = files[index];
  if (file === undefined) throw new Error(`of ${files.length} files there is no ${index}`);
  return file;
}

function checkTensor(
  files: readonly string[],
  tensor: TensorEntry,
  [rows, cols]: readonly [number, number],
): void {
  const file = fileOf(files, tensor.file);
  const what = `tensor ${show(tensor.nameInFile ?? tensor.name)}`;
  if (tensor.rows !== rows || tensor.cols !== cols) {
    throw malformed(
      file,
      `${what} is ${tensor.rows} x ${tensor.cols}: ${rows} x ${cols} is expected`,
    );
  }
  if (rows === 1 && !isFloatFormat(tensor.format)) {
    throw unsupported(
      file,
      `${what} is a vector in ${tensor.format}: f32, f16 or bf16 is expected`,
    );
  }
}
