/** Writes a GGUF file's weights anew, rounded to other formats. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { withFile, type BoundedFile } from '../../src/model/bounded-file.js';
import { HeaderReader } from '../../src/model/gguf/header-reader.js';
import { parseGgufHeader } from '../../src/model/gguf/header.js';
import { readEntry } from '../../src/model/gguf/values.js';
import type { TensorEntry } from '../../src/model/model-spec.js';
import { formatOfName } from '../../test/support/formats.js';
import { ggufHeader, padding, type HeaderTensor } from '../../test/support/gguf-header.js';
import { FORMAT_MIXES, formatIn, isMatrixName, MIXES } from '../random-models/mixes.js';
import { decodeWeights, encodeWeights } from './codecs.js';

/** What weights can be rounded to; F32 has them as they are. */
export const TARGET_MIXES = [...MIXES, ...FORMAT_MIXES, 'F32'] as const;
export type TargetMix = (typeof TARGET_MIXES)[number];

/** Part of the files' names: counts up where what is written changes. */
const EDITION = 1;
/** Weights rounded at once. */
const CHUNK_VALUES = 1 << 20;

/** Of an unsplit GGUF file, and where its keys lie. */
interface Source {
  readonly tensors: readonly TensorEntry[];
  readonly layers: number;
  /** Version, counts and keys as they are: all that comes before the tensor directory. */
  readonly keys: Buffer;
  readonly alignment: number;
  readonly hash: string;
}

interface Tensor extends HeaderTensor {
  readonly source: TensorEntry;
  readonly format: string;
}

/** The file of this mix in `folder`, written where it is not there yet. `name` begins its name. */
export function requantized(folder: string, name: string, path: string, mix: TargetMix): string {
  return withFile(path, (file) => {
    const source = readSource(file);
    const made = join(folder, `${name}.${source.hash}.${mix}.${EDITION}.gguf`);
    if (existsSync(made)) return made;
    mkdirSync(folder, { recursive: true });
    const unfinished = `${made}.${process.pid}`;
    writeModel(unfinished, file, source, mix);
    renameSync(unfinished, made);
    return made;
  });
}

function readSource(file: BoundedFile): Source {
  const hash = createHash('sha256');
  const { tensors, metadata } = parseGgufHeader(file, 0, hash);
  const reader = new HeaderReader(file, createHash('sha256'));
  // Magic number, version and the tensors' count.
  reader.bytes(16, 'the header');
  const keys = Number(reader.u64('the key count'));
  for (let i = 0; i < keys; i++) readEntry(reader, reader.string('a key'), true);
  const value = (key: string): unknown => metadata.get(key)?.value;
  if (Number(value('split.count') ?? 1) > 1) throw new Error(`${file.path} is one file of several`);
  return {
    ...{ tensors, hash: hash.digest('hex').slice(0, 12) },
    layers: Number(value(`${String(value('general.architecture'))}.block_count`)),
    keys: file.read(0, reader.position, 'the keys'),
    alignment: Number(value('general.alignment') ?? 32),
  };
}

function writeModel(path: string, file: BoundedFile, source: Source, mix: TargetMix): void {
  const { keys, layers, alignment } = source;
  const tensors = source.tensors.map((tensor) => rounded(tensor, mix, layers));
  const header = Buffer.concat([keys, tensorDirectory(tensors, alignment)]);
  const out = openSync(path, 'wx');
  try {
    writeSync(out, header);
    writeSync(out, Buffer.alloc(padding(header.length, alignment)));
    for (const tensor of tensors) {
      for (const chunk of dataOf(file, tensor)) writeSync(out, chunk);
      writeSync(out, Buffer.alloc(padding(tensor.bytes, alignment)));
    }
  } finally {
    closeSync(out);
  }
}

/** What follows the keys of a header. */
function tensorDirectory(tensors: readonly Tensor[], alignment: number): Buffer {
  const { bytes } = ggufHeader({ keys: {}, tensors, alignment });
  // Magic number, version and two counts.
  return bytes.subarray(24);
}

function rounded(source: TensorEntry, mix: TargetMix, layers: number): Tensor {
  const { name, rows, cols } = source;
  const format = rows === 1 ? source.format : formatOf(name, mix, cols, layers);
  const { number, blockValues, blockBytes } = formatOfName(format);
  return {
    ...{ name, source, format, type: number },
    dimensions: rows === 1 ? [cols] : [cols, rows],
    bytes: ((rows * cols) / blockValues) * blockBytes,
  };
}

function formatOf(name: string, mix: TargetMix, cols: number, layers: number): string {
  if (mix === 'F32') return 'f32';
  const { layer = '0', matrix = '' } =
    /^(?:blk\.(?<layer>\d+)\.)?(?<matrix>\w+)\.weight$/.exec(name)?.groups ?? {};
  if (!isMatrixName(matrix)) throw new Error(`mixes have no format for ${name}`);
  return formatIn(mix, matrix, cols, Number(layer), layers);
}

function* dataOf(file: BoundedFile, { source, format, name }: Tensor): Generator<Uint8Array> {
  const rowBytes = source.bytes / source.rows;
  const most = Math.max(1, Math.floor(CHUNK_VALUES / source.cols));
  for (let row = 0; row < source.rows; row += most) {
    const length = Math.min(most, source.rows - row) * rowBytes;
    const bytes = file.read(source.offset + row * rowBytes, length, name);
    yield format === source.format
      ? bytes
      : encodeWeights(format, decodeWeights(source.format, bytes));
  }
}
