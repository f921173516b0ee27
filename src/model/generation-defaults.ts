/** Checks the sampling defaults that a checkpoint brings. */
import { malformed } from './failures.js';
import type { GenerationDefaults } from './spec.js';

type Given = { readonly [K in keyof GenerationDefaults]: number | undefined };

const RANGES: Readonly<
  Record<keyof GenerationDefaults, readonly [expected: string, ok: (value: number) => boolean]>
> = {
  temperature: ['0 to 100', (value) => value >= 0 && value <= 100],
  topP: ['above 0 up to 1', (value) => value > 0 && value <= 1],
  topK: ['an integer of at least 0', (value) => Number.isInteger(value) && value >= 0],
  minP: ['0 to 1', (value) => value >= 0 && value <= 1],
  repetitionPenalty: ['above 0 up to 100', (value) => value > 0 && value <= 100],
  maxNewTokens: ['an integer of at least 1', (value) => Number.isInteger(value) && value >= 1],
};

/** Leaves out what is not given. A top_k of -1 means all tokens, as 0 does. */
export function checkGenerationDefaults(file: string, given: Given): GenerationDefaults {
  const defaults: Partial<Record<keyof GenerationDefaults, number>> = {};
  for (const name of Object.keys(RANGES) as (keyof GenerationDefaults)[]) {
    const value = name === 'topK' && given.topK === -1 ? 0 : given[name];
    if (value === undefined) continue;
    const [expected, ok] = RANGES[name];
    if (!ok(value)) {
      throw malformed(file, `asks for a default ${name} of ${value}: ${expected} is expected`);
    }
    defaults[name] = value;
  }
  return defaults;
}
