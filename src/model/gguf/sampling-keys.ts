/** Reads the sampling defaults that a GGUF file may bring as `general.sampling.…`. */
import { show } from '../failures.js';
import { checkedNumbers } from '../generation-numbers.js';
import type { GenerationDefaults } from '../generation-defaults.js';
import type { GgufMetadata } from './metadata.js';

const PREFIX = 'general.sampling.';
const HONOURED: ReadonlySet<string> = new Set(
  ['temp', 'top_p', 'top_k', 'min_p', 'penalty_repeat'].map((name) => PREFIX + name),
);

/** `warnings` names what is ignored for its value and what is not built. */
export function readSamplingKeys(keys: GgufMetadata, warnings: string[]): GenerationDefaults {
  for (const key of keys.keys()) {
    if (!key.startsWith(PREFIX) || HONOURED.has(key)) continue;
    const value = keys.raw(key);
    const shown = typeof value === 'object' ? 'with a list' : show(value);
    warnings.push(`${keys.file}: key ${key} ${shown} is not honoured`);
  }
  const at = (name: string): readonly [string, unknown] => {
    const value = keys.raw(PREFIX + name);
    return [`key ${PREFIX}${name}`, typeof value === 'bigint' ? Number(value) : value];
  };
  return checkedNumbers(
    keys.file,
    {
      temperature: at('temp'),
      topP: at('top_p'),
      topK: at('top_k'),
      minP: at('min_p'),
      repetitionPenalty: at('penalty_repeat'),
    },
    warnings,
  );
}
