/** Opens a Hugging Face checkpoint: a folder with config.json, safetensors and tokenizer.json. */
import { createHash } from 'node:crypto';
import { join, resolve, sep } from 'node:path';
import { readHuggingFaceConfig } from '../config-huggingface.js';
import { checkGenerationDefaults } from '../generation-defaults.js';
import { readSafetensorsCheckpoint } from '../safetensors/checkpoint.js';
import type { GenerationDefaults, ModelSource } from '../spec.js';
import { arrangeTensors, ggufName } from '../tensor-layout.js';
import { JsonObject, readText } from './json.js';
import { readHuggingFaceTokenizer } from './tokenizer.js';

const MAX_CONFIG_BYTES = 1 << 20;

export function openHuggingFace(folder: string): ModelSource {
  const configPath = join(folder, 'config.json');
  const configText = readText(configPath, MAX_CONFIG_BYTES);
  const config = JsonObject.parse(configPath, configText);
  const { spec, tied } = readHuggingFaceConfig(config);
  const hash = createHash('sha256').update(configText);
  const { files, tensors } = readSafetensorsCheckpoint(folder, hash, (file, name) =>
    ggufName(file, spec.architecture, name),
  );
  const arranged = arrangeTensors(files, spec, tensors, tied);
  const generation = JsonObject.readOptional(
    join(folder, 'generation_config.json'),
    MAX_CONFIG_BYTES,
  );
  return {
    kind: 'huggingface',
    path: folder,
    name: nameOf(folder),
    files,
    spec,
    tensors: arranged,
    tokenizer: readHuggingFaceTokenizer(folder, config, generation, spec.vocabSize),
    generation: generation === null ? {} : readGeneration(generation),
    hash: hash.digest('hex'),
  };
}

/** The folder's name; in the hub's cache (models--OWNER--NAME/snapshots/HASH) the model's. */
function nameOf(folder: string): string {
  const [model, snapshots, name] = resolve(folder).split(sep).slice(-3);
  const cached = snapshots === 'snapshots' ? /^models--(.+?)--(.+)$/.exec(model) : null;
  return cached === null ? name : `${cached[1]}/${cached[2]}`;
}

/** As vLLM, `do_sample` is not looked at: a request that wants greedy answers says so. */
function readGeneration(config: JsonObject): GenerationDefaults {
  return checkGenerationDefaults(config.file, {
    temperature: config.number('temperature'),
    topP: config.number('top_p'),
    topK: config.number('top_k'),
    minP: config.number('min_p'),
    repetitionPenalty: config.number('repetition_penalty'),
  });
}
