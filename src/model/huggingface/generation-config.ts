/** Reads generation_config.json: what is honoured, and by name what is not. */
import { checkedNumbers, givenSampling, type Given } from '../generation-numbers.js';
import { show } from '../../errors/model-file.js';
import { ignored, notHonoured } from '../../errors/model-warnings.js';
import type { GenerationDefaults } from '../generation-defaults.js';
import { CHECKPOINT_ROWS } from '../sampling-parameters.js';
import { NOT_HONOURED, QUIET } from './generation-keys.js';
import type { JsonObject } from './json.js';
import { readTokenRules } from './token-rules.js';

const MAX_STOP_STRINGS = 64;
const MAX_STOP_CHARACTERS = 1024;

const HONOURED: ReadonlySet<string> = new Set([
  ...CHECKPOINT_ROWS.map(([, { huggingFace }]) => huggingFace),
  ...['do_sample', 'max_new_tokens', 'min_new_tokens', 'stop_strings', 'eos_token_id'],
  ...['suppress_tokens', 'begin_suppress_tokens', 'bad_words_ids', 'sequence_bias'],
  'no_repeat_ngram_size',
]);

/**
 * Nothing in this file refuses a model: values of a wrong type or range are ignored, and `warnings`
 * names them as it names what is not built. `do_sample` false means temperature 0, as for
 * transformers; absent it says nothing, as for vLLM.
 */
export function readGenerationConfig(
  config: JsonObject,
  vocabSize: number,
  eosIds: readonly number[],
  warnings: string[],
): GenerationDefaults {
  nameUnhonoured(config, warnings);
  const at = (key: string): Given => [key, config.raw(key)];
  const doSample = config.raw('do_sample');
  if (doSample !== undefined && typeof doSample !== 'boolean') {
    const shown = show(doSample);
    warnings.push(ignored(config.file, 'do_sample', shown, 'true or false is expected'));
  }
  const numbers = checkedNumbers(
    config.file,
    {
      ...givenSampling(({ huggingFace }) => at(huggingFace)),
      ...(doSample === false ? { temperature: ['do_sample', 0] } : {}),
      maxNewTokens: at('max_new_tokens'),
      minNewTokens: at('min_new_tokens'),
    },
    warnings,
  );
  const stopStrings = readStopStrings(config, warnings);
  return {
    ...numbers,
    ...(stopStrings.length === 0 ? {} : { stopStrings }),
    ...readTokenRules(config, vocabSize, eosIds, warnings),
  };
}

function readStopStrings(config: JsonObject, warnings: string[]): readonly string[] {
  const value = config.raw('stop_strings');
  if (value === undefined) return [];
  const strings: unknown[] = Array.isArray(value) ? value : [value];
  const fits = (text: unknown): text is string =>
    typeof text === 'string' && text !== '' && text.length <= MAX_STOP_CHARACTERS;
  if (strings.length <= MAX_STOP_STRINGS && strings.every(fits)) return strings;
  const expected = `up to ${MAX_STOP_STRINGS} strings of 1 to ${MAX_STOP_CHARACTERS} characters`;
  warnings.push(ignored(config.file, 'stop_strings', show(value), `${expected} are expected`));
  return [];
}

function nameUnhonoured(config: JsonObject, warnings: string[]): void {
  for (const key of config.keys()) {
    const value = config.raw(key);
    if (value === undefined || HONOURED.has(key) || QUIET.has(key)) continue;
    const neutral = NOT_HONOURED.get(key);
    if (neutral === undefined) {
      warnings.push(notHonoured(config.file, key, show(value), 'the key is unknown'));
    } else if (!neutral.includes(value as number | boolean)) {
      warnings.push(notHonoured(config.file, key, show(value)));
    }
  }
}
