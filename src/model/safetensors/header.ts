/**
 * Parses the header of one safetensors file: 8 bytes with the length of a JSON object that gives
 * each tensor's type, shape and place (https://github.com/huggingface/safetensors#format).
 */
import type { Hash } from 'node:crypto';
import type { BoundedFile } from '../bounded-file.js';
import { malformed, show, unsupported } from '../../errors/model-file.js';
import { isRecord, JsonObject } from '../huggingface/json.js';

/** 3,000 tensors take 0.4 MB. */
const MAX_HEADER_BYTES = 8 << 20;

const TYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

export interface SafetensorsEntry {
  readonly name: string;
  /** safetensors' name of the type: "BF16". */
  readonly type: string;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Reads and checks a header: the tensors fill the file from the header's end to its own, without
 * gap or overlap. What was read goes into `hash`, and the file's size. Throws `file_malformed` or
 * `unsupported_model`.
 */
export function parseSafetensorsHeader(file: BoundedFile, hash: Hash): SafetensorsEntry[] {
  const prefix = file.read(0, 8, "the header's length");
  if (prefix.toString('latin1', 0, 4) === 'GGUF') {
    throw malformed(
      file.path,
      'is a GGUF file under the name of a safetensors one: rename it to .gguf',
    );
  }
  const length = prefix.readBigUInt64LE(0);
  const most = Math.min(MAX_HEADER_BYTES, file.size - 8);
  if (length > BigInt(most)) {
    throw malformed(file.path, `has a header length of ${length}: at most ${most} bytes fit`);
  }
  const text = file.read(8, Number(length), 'the header');
  hash.update(prefix).update(text).update(`${file.size}\n`);
  const header = JsonObject.parse(file.path, text.toString('utf8'));

  const dataStart = 8 + Number(length);
  const entries: SafetensorsEntry[] = [];
  for (const name of header.keys()) {
    if (name === '__metadata__') continue;
    entries.push(readTensor(file, name, header.raw(name), dataStart));
  }
  checkCovered(file, entries, dataStart);
  return entries;
}

function readTensor(
  file: BoundedFile,
  name: string,
  value: unknown,
  dataStart: number,
): SafetensorsEntry {
  const what = `tensor ${show(name)}`;
  if (!isRecord(value)) throw malformed(file.path, `${what} is ${show(value)}, not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw malformed(file.path, `${what} has dtype ${show(dtype)}`);
  const typeBytes = Object.hasOwn(TYPE_BYTES, dtype) ? TYPE_BYTES[dtype] : undefined;
  if (typeBytes === undefined) {
    throw unsupported(file.path, `${what} has dtype ${show(dtype)}, which is not built`);
  }
  if (!isSizes(shape)) {
    throw malformed(
      file.path,
      `${what} has shape ${show(shape)}: non-negative integers are expected`,
    );
  }
  const [begin, end, ...more] = isSizes(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0 || begin > end) {
    throw malformed(
      file.path,
      `${what} has data_offsets ${show(offsets)}: [begin, end] is expected`,
    );
  }
  if (end > file.size - dataStart) {
    throw malformed(
      file.path,
      `${what} ends at byte ${end} of the data, beyond its ${file.size - dataStart}`,
    );
  }
  const bytes = shape.reduce((product, size) => product * BigInt(size), BigInt(typeBytes));
  if (bytes !== BigInt(end - begin)) {
    throw malformed(
      file.path,
      `${what} has ${end - begin} bytes: ${dtype} ${show(shape)} needs ${bytes}`,
    );
  }
  return { name, type: dtype, shape, offset: dataStart + begin, bytes: end - begin };
}

function isSizes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 16 &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
  );
}

function checkCovered(
  file: BoundedFile,
  entries: readonly SafetensorsEntry[],
  dataStart: number,
): void {
  const sorted = [...entries].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataStart;
  for (const { name, offset, bytes } of sorted) {
    if (offset !== end) {
      const problem = offset < end ? 'overlaps the one before it' : 'leaves a gap before it';
      throw malformed(
        file.path,
        `tensor ${show(name)} ${problem}: byte ${end - dataStart} of the data is expected as its begin, not ${offset - dataStart}`,
      );
    }
    end = offset + bytes;
  }
  if (end !== file.size) {
    throw malformed(
      file.path,
      `has ${file.size - end} bytes after its last tensor: its tensors must fill it`,
    );
  }
}
