/** Reads which tokens a generation_config.json never wants, and after which others. */
import { show } from '../../errors/model-file.js';
import type { GenerationRules, SequenceBias } from '../generation-defaults.js';
import type { JsonObject } from './json.js';

/** Each sequence that draws carries them all. */
const MAX_TOKENS = 16_384;
const MAX_SEQUENCES = 4096;
const MAX_SEQUENCE_TOKENS = 64;
/** As many entries of an index are kept for each token. */
const MAX_NGRAM = 32;

type TokenRules = Omit<GenerationRules, 'stopStrings'>;

/**
 * `bad_words_ids` and `sequence_bias` of one token become suppressed tokens or a bias that always
 * applies. An end of the answer among the bad words is left out, as transformers does.
 */
export function readTokenRules(
  config: JsonObject,
  vocabSize: number,
  eosIds: readonly number[],
  warnings: string[],
): TokenRules {
  const ignore = (key: string, expected: string): void => {
    warnings.push(
      `${config.file}: ${key} ${show(config.raw(key))} is ignored: ${expected} is expected`,
    );
  };
  const ignoreSome = (key: string, count: number): void => {
    warnings.push(
      `${config.file}: ${count} of ${key} are ignored: the model has tokens 0 to ${vocabSize - 1}`,
    );
  };
  const isIds = (value: unknown): value is number[] =>
    Array.isArray(value) &&
    value.every((id) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabSize);
  const isSequence = (value: unknown): value is number[] =>
    isIds(value) && value.length >= 1 && value.length <= MAX_SEQUENCE_TOKENS;

  const readIds = (key: string): number[] => {
    const value = config.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length <= MAX_TOKENS) {
      // As transformers does it, an id that the model doesn't have takes no others with it.
      const known = value.filter((id) => isIds([id])) as number[];
      if (known.length < value.length) ignoreSome(key, value.length - known.length);
      return [...new Set(known)];
    }
    ignore(key, `a list of up to ${MAX_TOKENS} token ids below ${vocabSize}`);
    return [];
  };
  const readList = <T>(key: string, read: (entry: unknown) => T | null): T[] => {
    const value = config.raw(key);
    if (value === undefined) return [];
    const entries = Array.isArray(value) ? value.map(read) : [null];
    if (entries.length <= MAX_SEQUENCES && entries.every((entry) => entry !== null)) return entries;
    const and = key === 'sequence_bias' ? ', each with a number,' : '';
    ignore(
      key,
      `a list of up to ${MAX_SEQUENCES} lists of 1 to ${MAX_SEQUENCE_TOKENS} token ids below ${vocabSize}${and}`,
    );
    return [];
  };

  const banned = readList('bad_words_ids', (entry) => (isSequence(entry) ? entry : null)).filter(
    (ids) => ids.length > 1 || !eosIds.includes(ids[0]),
  );
  const biased = readList('sequence_bias', (entry): SequenceBias | null => {
    if (!Array.isArray(entry) || entry.length !== 2) return null;
    const [ids, bias] = entry as unknown[];
    const isBias = typeof bias === 'number' && Number.isFinite(Math.fround(bias));
    return isSequence(ids) && isBias ? { ids, bias } : null;
  });
  const suppressed = new Set(readIds('suppress_tokens'));
  for (const ids of banned) if (ids.length === 1) suppressed.add(ids[0]);

  const rules: { -readonly [K in keyof TokenRules]: TokenRules[K] } = {};
  if (suppressed.size > 0) rules.suppressTokens = [...suppressed];
  const first = readIds('begin_suppress_tokens');
  if (first.length > 0) rules.beginSuppressTokens = first;
  const words = banned.filter((ids) => ids.length > 1);
  if (words.length > 0) rules.badWords = words;
  if (biased.length > 0) rules.sequenceBias = biased;
  const size = config.raw('no_repeat_ngram_size') ?? 0;
  if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= MAX_NGRAM) {
    if (size > 0) rules.noRepeatNgramSize = size;
  } else {
    ignore('no_repeat_ngram_size', `0 to ${MAX_NGRAM}`);
  }
  return rules;
}
