/** Finds out what a path holds and reads it. */
import { readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isThere } from './bounded-file.js';
import { cannotBe, notReadable } from '../errors/model-file.js';
import { openGguf } from './gguf/open.js';
import { isLaterPart } from './gguf/split.js';
import { openHuggingFace } from './huggingface/open.js';
import type { ModelSource } from './model-source.js';

/** A file may give cause for as many as it has keys. */
const MAX_WARNINGS = 40;

/**
 * Reads the headers of a model, of which `path` is a Hugging Face folder, a GGUF file (the first
 * of a split one) or a folder that holds one GGUF model. Takes no memory for weights, and leaves
 * the vocabulary to `readTokenizer`.
 *
 * Rejects with `model_not_readable` where there is no model, `file_malformed` where a file
 * contradicts itself, `unsupported_model` where it asks for what is not built; each message names
 * the file and what was expected.
 */
export async function openModel(path: string): Promise<ModelSource> {
  const source = await openAny(path);
  return {
    ...withFewWarnings(path, source),
    readTokenizer: () => withFewWarnings(path, source.readTokenizer()),
  };
}

function withFewWarnings<T extends { readonly warnings: readonly string[] }>(
  path: string,
  source: T,
): T {
  const { warnings } = source;
  if (warnings.length <= MAX_WARNINGS) return source;
  const left = warnings.length - MAX_WARNINGS;
  return {
    ...source,
    warnings: [...warnings.slice(0, MAX_WARNINGS), `${path}: and ${left} more of the like`],
  };
}

async function openAny(path: string): Promise<ModelSource> {
  let stat: Stats;
  try {
    stat = statSync(path);
  } catch (error) {
    throw cannotBe(path, 'read', error);
  }
  if (!stat.isDirectory()) {
    if (/\.(safetensors|json)$/i.test(path)) {
      throw notReadable(path, 'is part of a checkpoint: give the folder that holds it');
    }
    return openGguf(path);
  }
  if (isThere(join(path, 'config.json'))) return openHuggingFace(path);
  return openGguf(join(path, onlyGguf(path)));
}

function onlyGguf(folder: string): string {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw cannotBe(folder, 'listed', error);
  }
  const models = names.filter((name) => /\.gguf$/i.test(name) && !isLaterPart(name)).sort();
  const [model, ...others] = models;
  if (model === undefined) {
    throw notReadable(folder, 'has neither a config.json nor a .gguf file');
  }
  if (others.length === 0) return model;
  throw notReadable(
    folder,
    `holds ${models.length} GGUF models (${models.slice(0, 5).join(', ')}): name one of them`,
  );
}
