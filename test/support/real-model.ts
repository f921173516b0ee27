import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from './reference.js';

/** SmolLM2-135M-Instruct Q4_1 as script/fetch-model left it, or null. */
export function realModelPath(): string | null {
  const candidates = [
    process.env['KINGLET_TEST_MODEL'],
    fileURLToPath(new URL('.cache/models/SmolLM2-135M-Instruct.Q4_1.gguf', REPOSITORY)),
  ];
  return candidates.find((path) => path !== undefined && existsSync(path)) ?? null;
}
