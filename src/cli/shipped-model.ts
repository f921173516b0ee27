import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KingletError } from '../errors.js';
import { packageRoot } from '../package-root.js';

/** Said once the shipped model serves, to whoever wanted another one. */
export const SHIPPED_MODEL_HINT =
  'kinglet-nano knows sums and small stories with numbers. A general model: `script/server smollm2` in a ' +
  'clone fetches SmolLM2-135M-Instruct, and `kinglet serve PATH` serves any GGUF file or Hugging Face folder';

/** The folder of the model that is served where none is named. Fails where this copy has none. */
export function shippedModel(): string {
  const folder = join(packageRoot(), 'models', 'kinglet-nano');
  if (!existsSync(folder)) {
    throw new KingletError(
      'model_not_readable',
      `This copy of Kinglet has no model of its own: ${folder} is missing. Name a model, a GGUF file or a ` +
        'Hugging Face folder.',
    );
  }
  return folder;
}
