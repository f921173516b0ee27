/** Parses the header of one GGUF file: metadata and tensor directory, nothing of the tensors. */
import type { Hash } from 'node:crypto';
import type { BoundedFile } from '../bounded-file.js';
import { malformed, show, unsupported } from '../../errors/model-file.js';
import { formatOfNumber } from '../formats.js';
import type { TensorEntry } from '../model-spec.js';
import { HeaderReader } from './header-reader.js';
import { readEntry, type GgufEntry } from './values.js';

const MAGIC = 0x46554747; // "GGUF"
const DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 1 << 20;
const MAX_KEYS = 1 << 16;
const MAX_TENSORS = 1 << 16;
const MAX_NAME_BYTES = 1024;
/** The large arrays, which are read when the tokenizer is. */
const READ_LATER: ReadonlySet<string> = new Set(['tokenizer.ggml.tokens', 'tokenizer.ggml.merges']);
/** A tensor has at least its name's length, dimension count, one dimension, type and offset. */
const MIN_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;
/** A key has at least its length, type and one byte. */
const MIN_KEY_BYTES = 8 + 4 + 1;

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufEntry>;
  /** In the file's order; `file` is what the caller gave. Names are unique. */
  readonly tensors: readonly TensorEntry[];
}

/**
 * Reads and checks a header. Every tensor lies inside the file, aligned, and overlaps no other.
 * What was read goes into `hash`, and the file's size. Throws `file_malformed` or
 * `unsupported_model`.
 */
export function parseGgufHeader(file: BoundedFile, fileIndex: number, hash: Hash): GgufHeader {
  const reader = new HeaderReader(file, hash);
  const magic = reader.u32('the magic number');
  if (magic !== MAGIC) {
    throw malformed(
      file.path,
      `is no GGUF file: it begins with 0x${magic.toString(16)}, not "GGUF"`,
    );
  }
  const version = reader.u32('the version');
  if (version !== 2 && version !== 3) {
    if ((version & 0xffff) === 0 && version !== 0) {
      throw unsupported(file.path, `is a big-endian GGUF file: only little-endian ones are read`);
    }
    throw unsupported(file.path, `is GGUF version ${version}: versions 2 and 3 are read`);
  }
  const tensorCount = reader.count(
    'the tensor count',
    Math.min(MAX_TENSORS, Math.floor(Math.max(0, reader.remaining - 16) / MIN_TENSOR_BYTES)),
    'fit',
  );
  const keyCount = reader.count(
    'the key count',
    Math.min(MAX_KEYS, Math.floor(Math.max(0, reader.remaining - 8) / MIN_KEY_BYTES)),
    'fit',
  );

  const metadata = new Map<string, GgufEntry>();
  for (let i = 0; i < keyCount; ++i) {
    const key = readName(reader, `key ${i}`);
    if (metadata.has(key)) throw malformed(file.path, `has the key ${show(key)} twice`);
    metadata.set(key, readEntry(reader, `key ${show(key)}`, READ_LATER.has(key)));
  }

  const directory: RawTensor[] = [];
  for (let i = 0; i < tensorCount; ++i) directory.push(readTensor(reader, i));
  const alignment = alignmentOf(file.path, metadata);
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  reader.finish();
  hash.update(`${file.size}\n`);

  const tensors = directory.map((tensor) => place(file, fileIndex, tensor, dataStart, alignment));
  checkApart(file.path, tensors);
  return { version, metadata, tensors };
}

interface RawTensor {
  readonly name: string;
  readonly dimensions: readonly bigint[];
  readonly type: number;
  readonly offset: bigint;
}

function readName(reader: HeaderReader, what: string): string {
  const name = reader.string(`the name of ${what}`);
  if (name === '' || name.length > MAX_NAME_BYTES) {
    throw malformed(reader.file.path, `the name of ${what} has ${name.length} characters`);
  }
  return name;
}

function readTensor(reader: HeaderReader, index: number): RawTensor {
  const name = readName(reader, `tensor ${index}`);
  const what = `tensor ${show(name)}`;
  const count = reader.u32(`the dimension count of ${what}`);
  if (count < 1 || count > 4) {
    throw malformed(reader.file.path, `${what} has ${count} dimensions: 1 to 4 are possible`);
  }
  const dimensions = Array.from({ length: count }, () => reader.u64(`a dimension of ${what}`));
  const type = reader.u32(`the type number of ${what}`);
  return { name, dimensions, type, offset: reader.u64(`the offset of ${what}`) };
}

function alignmentOf(path: string, metadata: ReadonlyMap<string, GgufEntry>): number {
  const entry = metadata.get('general.alignment');
  if (entry === undefined) return DEFAULT_ALIGNMENT;
  const { value } = entry;
  if (
    typeof value !== 'number' ||
    !Number.isInteger(value) ||
    value < 1 ||
    value > MAX_ALIGNMENT ||
    (value & (value - 1)) !== 0
  ) {
    throw malformed(
      path,
      `general.alignment is ${show(value)} (${entry.type}): a power of two up to ${MAX_ALIGNMENT} is expected`,
    );
  }
  return value;
}

function place(
  file: BoundedFile,
  fileIndex: number,
  tensor: RawTensor,
  dataStart: number,
  alignment: number,
): TensorEntry {
  const what = `tensor ${show(tensor.name)}`;
  const [cols, rows = 1n, ...more] = tensor.dimensions as [bigint, ...bigint[]];
  if (more.some((dimension) => dimension !== 1n)) {
    throw unsupported(
      file.path,
      `${what} has ${tensor.dimensions.length} dimensions (${tensor.dimensions.join(' x ')}): 1 or 2 are expected`,
    );
  }
  const format = formatOfNumber(tensor.type);
  if (format === undefined) {
    throw unsupported(file.path, `${what} has the type number ${tensor.type}, which is not built`);
  }
  if (cols === 0n || rows === 0n) throw malformed(file.path, `${what} is empty`);
  if (cols % BigInt(format.blockValues) !== 0n) {
    throw malformed(
      file.path,
      `${what} has rows of ${cols} weights: ${format.name} has blocks of ${format.blockValues}`,
    );
  }
  const bytes = (cols / BigInt(format.blockValues)) * BigInt(format.blockBytes) * rows;
  if (tensor.offset % BigInt(alignment) !== 0n) {
    throw malformed(
      file.path,
      `${what} is at offset ${tensor.offset}: a multiple of ${alignment} is expected`,
    );
  }
  const offset = BigInt(dataStart) + tensor.offset;
  if (offset + bytes > BigInt(file.size)) {
    throw malformed(
      file.path,
      `${what} (${rows} x ${cols} ${format.name}) ends at byte ${offset + bytes}, beyond the file's ${file.size}`,
    );
  }
  // All of these are at most the file's size now, which is a safe integer.
  return {
    name: tensor.name,
    file: fileIndex,
    format: format.name,
    rows: Number(rows),
    cols: Number(cols),
    offset: Number(offset),
    bytes: Number(bytes),
  };
}

function checkApart(path: string, tensors: readonly TensorEntry[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw malformed(path, `has the tensor ${show(name)} twice`);
    names.add(name);
  }
  let before: TensorEntry | null = null;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset)) {
    if (before !== null && before.offset + before.bytes > tensor.offset) {
      throw malformed(path, `tensors ${show(before.name)} and ${show(tensor.name)} overlap`);
    }
    before = tensor;
  }
}
