/** The safetensors files of a checkpoint: one, or several shards that an index names. */
import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import { isThere, withFile } from '../bounded-file.js';
import { malformed, notReadable, show, unsupported } from '../../errors/model-file.js';
import { JsonObject, readText } from '../huggingface/json.js';
import type { TensorEntry } from '../model-spec.js';
import { parseSafetensorsHeader, type SafetensorsEntry } from './header.js';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const MAX_INDEX_BYTES = 16 << 20;
const MAX_SHARDS = 1000;

/** Formats of safetensors' types that weights may have. */
const FORMATS: Readonly<Record<string, string>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

export interface SafetensorsCheckpoint {
  readonly files: readonly string[];
  /** Under GGUF's names. */
  readonly tensors: readonly TensorEntry[];
}

/**
 * Reads the headers of a checkpoint's files. `rename` gives each tensor's GGUF name, or null where
 * it can be left out. Throws as parseSafetensorsHeader and `rename` do, and where index and files
 * disagree.
 */
export function readSafetensorsCheckpoint(
  folder: string,
  hash: Hash,
  rename: (file: string, name: string) => string | null,
): SafetensorsCheckpoint {
  const index = readIndex(folder);
  const names = index === null ? [SINGLE] : [...new Set(index.values())].sort();
  const files = names.map((name) => join(folder, name));
  const tensors = new Map<string, TensorEntry>();
  const found = new Set<string>();
  for (const [fileIndex, file] of files.entries()) {
    for (const entry of withFile(file, (open) => parseSafetensorsHeader(open, hash))) {
      const place = index?.get(entry.name);
      if (index !== null && place !== names[fileIndex]) {
        throw malformed(
          file,
          `holds tensor ${show(entry.name)}, which ${INDEX} ${place === undefined ? 'lacks' : `has in ${place}`}`,
        );
      }
      found.add(entry.name);
      const name = rename(file, entry.name);
      if (name !== null) tensors.set(name, toTensor(file, fileIndex, name, entry));
    }
  }
  for (const [name, file] of index ?? []) {
    if (!found.has(name)) {
      throw malformed(join(folder, file), `lacks tensor ${show(name)}, which ${INDEX} promises`);
    }
  }
  return { files, tensors: [...tensors.values()] };
}

/** The index's map from tensor to file, or null where one file holds everything. */
function readIndex(folder: string): Map<string, string> | null {
  const path = join(folder, INDEX);
  if (isThere(join(folder, SINGLE))) return null;
  if (!isThere(path)) {
    const pickled = ['pytorch_model.bin', 'pytorch_model.bin.index.json'].find((name) =>
      isThere(join(folder, name)),
    );
    if (pickled !== undefined) {
      throw unsupported(folder, `has its weights in ${pickled}: only safetensors are read`);
    }
    throw notReadable(folder, `has neither ${SINGLE} nor ${INDEX}`);
  }
  const map = JsonObject.parse(path, readText(path, MAX_INDEX_BYTES)).object('weight_map');
  if (map === undefined) throw malformed(path, 'has no weight_map');
  const index = new Map<string, string>();
  for (const tensor of map.keys()) {
    const file = map.string(tensor);
    // A name alone: an index must not reach out of its folder.
    if (file === undefined || !/^[^/\\\0]+\.safetensors$/.test(file)) {
      throw map.wrong(tensor, 'the name of a .safetensors file beside the index');
    }
    index.set(tensor, file);
  }
  if (index.size === 0) throw malformed(path, 'has an empty weight_map');
  if (new Set(index.values()).size > MAX_SHARDS) {
    throw malformed(path, `names more than ${MAX_SHARDS} files`);
  }
  return index;
}

function toTensor(
  file: string,
  fileIndex: number,
  name: string,
  entry: SafetensorsEntry,
): TensorEntry {
  const what = `tensor ${show(entry.name)}`;
  const format = FORMATS[entry.type];
  if (format === undefined) {
    throw unsupported(file, `${what} has dtype ${entry.type}: F32, F16 and BF16 are read`);
  }
  // A vector has one row.
  const [cols, rows = 1, ...more] = entry.shape.toReversed();
  if (cols === undefined || more.length > 0 || entry.bytes === 0) {
    throw malformed(file, `${what} has shape ${show(entry.shape)}: 1 or 2 sizes are expected`);
  }
  return {
    name,
    nameInFile: entry.name,
    file: fileIndex,
    format,
    rows,
    cols,
    offset: entry.offset,
    bytes: entry.bytes,
  };
}
