/** Opens a GGUF model: header, hyperparameters and tensors, and later its tokenizer. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { withFile } from '../bounded-file.js';
import { readGgufConfig } from './config.js';
import { withoutCopiedHead } from '../copied-head.js';
import { malformed } from '../../errors/model-file.js';
import type { ModelSource } from '../model-source.js';
import type { TensorEntry } from '../model-spec.js';
import { arrangeTensors, EMBEDDING, fileOf, ggufLayout, ROPE_DIVISORS } from '../tensor-layout.js';
import { readGgufModel } from './split.js';
import { readGgufTokenizer } from './tokenizer.js';

/** `path` is the first or only file. */
export async function openGguf(path: string): Promise<ModelSource> {
  const hash = createHash('sha256');
  const { files, metadata, tensors } = readGgufModel(path, hash);
  const embedding = tensors.find(({ name }) => name === EMBEDDING);
  const divisors = tensors.find(({ name }) => name === ROPE_DIVISORS);
  const spec = readGgufConfig(
    metadata,
    // Without an embedding the architecture's refusal comes first, then arrangeTensors'.
    embedding?.rows ?? 0,
    divisors === undefined ? null : readFloats(fileOf(files, divisors.file), divisors),
  );
  const arranged = arrangeTensors(
    'gguf',
    files,
    spec,
    ggufLayout(spec.architecture, tensors),
    tensors,
    true,
  );
  return {
    kind: 'gguf',
    path,
    name: basename(path).replace(/(-00001-of-\d{5})?\.gguf$/i, ''),
    files,
    spec,
    tensors: (await withoutCopiedHead(files, arranged)).tensors,
    warnings: [],
    hash: hash.digest('hex'),
    readTokenizer: () => readGgufTokenizer(metadata, spec.vocabSize),
  };
}

/** The values of a small F32 tensor. */
function readFloats(path: string, tensor: TensorEntry): Float32Array {
  const most = 4096;
  if (tensor.format !== 'f32' || tensor.rows !== 1 || tensor.cols > most) {
    throw malformed(
      path,
      `tensor "${tensor.name}" is ${tensor.rows} x ${tensor.cols} ${tensor.format}: a vector of at most ${most} f32 is expected`,
    );
  }
  const bytes = withFile(path, (file) => file.read(tensor.offset, tensor.bytes, tensor.name));
  return Float32Array.from({ length: tensor.cols }, (_, i) => bytes.readFloatLE(4 * i));
}
