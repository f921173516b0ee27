/** A GGUF model of one file or of several (NAME-00001-of-0000N.gguf), read as one. */
import type { Hash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { withFile } from '../bounded-file.js';
import { malformed, show } from '../../errors/model-file.js';
import type { TensorEntry } from '../model-spec.js';
import { parseGgufHeader, type GgufHeader } from './header.js';
import { GgufMetadata } from './metadata.js';

const PART_NAME = /^(?<prefix>.*)-(?<no>\d{5})-of-(?<count>\d{5})\.gguf$/;
const MAX_PARTS = 1000;

export interface GgufModel {
  readonly files: readonly string[];
  /** The first file's, which holds the model's keys. */
  readonly metadata: GgufMetadata;
  readonly tensors: readonly TensorEntry[];
}

/** Whether a file's name is that of a later part of a split model. */
export function isLaterPart(path: string): boolean {
  const no = PART_NAME.exec(basename(path))?.groups?.no;
  return no !== undefined && Number(no) > 1;
}

/** Reads the headers of a model's files, of which `path` is the first or only one. */
export function readGgufModel(path: string, hash: Hash): GgufModel {
  const first = readPart(path, 0, hash);
  const metadata = new GgufMetadata(path, first.metadata);
  const count = metadata.integer('split.count', { most: MAX_PARTS }) ?? 0;
  if (count <= 1) return { files: [path], metadata, tensors: first.tensors };

  const no = metadata.requiredInteger('split.no', { most: MAX_PARTS });
  if (no !== 0) {
    throw malformed(
      path,
      `is part ${no + 1} of ${count} (split.no ${no}): give the first file, ...-00001-of-${digits(count)}.gguf`,
    );
  }
  const name = PART_NAME.exec(basename(path))?.groups;
  if (name === undefined || Number(name.no) !== 1 || Number(name.count) !== count) {
    throw malformed(
      path,
      `has split.count ${count}: the name ...-00001-of-${digits(count)}.gguf is expected, so that the others can be found`,
    );
  }
  const files = [path];
  const tensors = [...first.tensors];
  for (let part = 1; part < count; ++part) {
    const file = join(dirname(path), `${name.prefix}-${digits(part + 1)}-of-${digits(count)}.gguf`);
    const header = readPart(file, part, hash);
    const keys = new GgufMetadata(file, header.metadata);
    const partNo = keys.requiredInteger('split.no', { most: MAX_PARTS });
    const partCount = keys.requiredInteger('split.count', { most: MAX_PARTS });
    if (partNo !== part || partCount !== count) {
      throw malformed(
        file,
        `has split.no ${partNo} and split.count ${partCount}: ${part} and ${count} are expected`,
      );
    }
    files.push(file);
    tensors.push(...header.tensors);
  }
  checkTotal(path, metadata, tensors);
  return { files, metadata, tensors };
}

function readPart(path: string, index: number, hash: Hash): GgufHeader {
  return withFile(path, (file) => parseGgufHeader(file, index, hash));
}

function checkTotal(path: string, metadata: GgufMetadata, tensors: readonly TensorEntry[]): void {
  const total = metadata.integer('split.tensors.count');
  if (total !== undefined && total !== tensors.length) {
    throw malformed(
      path,
      `has split.tensors.count ${total}: its files hold ${tensors.length} tensors`,
    );
  }
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw malformed(path, `and its other files hold ${show(name)} twice`);
    names.add(name);
  }
}

function digits(number: number): string {
  return String(number).padStart(5, '0');
}
