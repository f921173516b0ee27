/** Reads the sampling defaults that a GGUF file may bring as `general.sampling.…`. */
import { checkedNumbers, givenSampling } from '../generation-numbers.js';
import { show } from '../../errors/model-file.js';
import { notHonoured } from '../../errors/model-warnings.js';
import type { GenerationDefaults } from '../generation-defaults.js';
import { CHECKPOINT_ROWS } from '../sampling-parameters.js';
import type { GgufMetadata } from './metadata.js';

const PREFIX = 'general.sampling.';
const HONOURED: ReadonlySet<string> = new Set(CHECKPOINT_ROWS.map(([, { gguf }]) => PREFIX + gguf));

/** `warnings` names what is ignored for its value and what is not built. */
export function readSamplingKeys(keys: GgufMetadata, warnings: string[]): GenerationDefaults {
  for (const key of keys.keys()) {
    if (!key.startsWith(PREFIX) || HONOURED.has(key)) continue;
    const value = keys.raw(key);
    const shown = typeof value === 'object' ? 'with a list' : show(value);
    warnings.push(notHonoured(keys.file, `key ${key}`, shown));
  }
  const given = givenSampling(({ gguf }) => {
    const value = keys.raw(PREFIX + gguf);
    return [`key ${PREFIX}${gguf}`, typeof value === 'bigint' ? Number(value) : value];
  });
  return checkedNumbers(keys.file, given, warnings);
}
