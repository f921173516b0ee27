import { fileURLToPath } from 'node:url';
import { REPOSITORY } from './reference.js';

/** The program and its first arguments: compiled, or the source where the tests themselves run so. */
export const KINGLET: readonly [command: string, ...args: string[]] = import.meta.url.endsWith(
  '.ts',
)
  ? [process.execPath, '--import', 'tsx', fileURLToPath(new URL('src/cli/main.ts', REPOSITORY))]
  : [process.execPath, fileURLToPath(new URL('dist/src/cli/main.js', REPOSITORY))];
