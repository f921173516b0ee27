import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KingletError } from './errors.js';

/** The folder of package.json: above src in a clone, above dist when compiled. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'binding-options.cjs'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new KingletError(
        'addon_missing',
        `Kinglet's package folder was not found above ${fileURLToPath(import.meta.url)}: binding-options.cjs is missing. Install Kinglet anew.`,
      );
    }
    folder = parent;
  }
  return folder;
}
