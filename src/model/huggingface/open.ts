/** Opens a Hugging Face checkpoint: a folder with config.json, safetensors and tokenizer.json. */
import { createHash } from 'node:crypto';
import { basename, join, resolve, sep } from 'node:path';
import { readHuggingFaceConfig } from './config.js';
import { withoutCopiedHead } from '../copied-head.js';
import { readSafetensorsCheckpoint } from '../safetensors/checkpoint.js';
import type { ModelSource } from '../model-source.js';
import { arrangeTensors, ggufName } from '../tensor-layout.js';
import { JsonObject, MAX_CONFIG_BYTES, readText } from './json.js';
import { readHuggingFaceTokenizer } from './tokenizer.js';

export async function openHuggingFace(folder: string): Promise<ModelSource> {
  const configPath = join(folder, 'config.json');
  const configText = readText(configPath, MAX_CONFIG_BYTES);
  const config = JsonObject.parse(configPath, configText);
  const { spec, layout, tied } = readHuggingFaceConfig(config);
  const hash = createHash('sha256').update(configText);
  const { files, tensors } = readSafetensorsCheckpoint(folder, hash, (file, name) =>
    ggufName(file, layout, name),
  );
  const warnings: string[] = [];
  const { tensors: arranged, ownHead } = await withoutCopiedHead(
    files,
    arrangeTensors('huggingface', files, spec, layout, tensors, tied),
  );
  if (tied && ownHead) {
    warnings.push(
      `${configPath}: tie_word_embeddings is true, but lm_head.weight is not the embedding: the logits are computed with lm_head.weight, as in transformers 5`,
    );
  }
  return {
    kind: 'huggingface',
    path: folder,
    name: nameOf(folder),
    files,
    spec,
    tensors: arranged,
    warnings,
    hash: hash.digest('hex'),
    readTokenizer: () => readHuggingFaceTokenizer(folder, config, spec.vocabSize),
  };
}

/** The folder's name; in the hub's cache (models--OWNER--NAME/snapshots/HASH) the model's. */
function nameOf(folder: string): string {
  const path = resolve(folder).split(sep).join('/');
  const [, owner, model] = /(?:^|\/)models--([^/]+?)--([^/]+)\/snapshots\/[^/]+$/.exec(path) ?? [];
  return model === undefined ? basename(path) : `${owner}/${model}`;
}
