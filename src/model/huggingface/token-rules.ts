/** Reads which tokens a generation_config.json never wants, and after which others. */
import { show } from '../../errors/model-file.js';
import { ignored } from '../../errors/model-warnings.js';
import { tokensOf } from '../../errors/tokens.js';
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
  const lists = new TokenLists(config, vocabSize, warnings);
  const suppressed = new Set(lists.ids('suppress_tokens'));
  const words: number[][] = [];
  for (const ids of lists.sequences('bad_words_ids')) {
    const [id, ...more] = ids;
    if (more.length > 0) words.push(ids);
    else if (id !== undefined && !eosIds.includes(id)) suppressed.add(id);
  }

  const rules: { -readonly [K in keyof TokenRules]: TokenRules[K] } = {};
  if (suppressed.size > 0) rules.suppressTokens = [...suppressed];
  const first = lists.ids('begin_suppress_tokens');
  if (first.length > 0) rules.beginSuppressTokens = first;
  if (words.length > 0) rules.badWords = words;
  const biased = lists.biasedSequences('sequence_bias');
  if (biased.length > 0) rules.sequenceBias = biased;
  const size = config.raw('no_repeat_ngram_size') ?? 0;
  if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= MAX_NGRAM) {
    if (size > 0) rules.noRepeatNgramSize = size;
  } else {
    lists.ignore('no_repeat_ngram_size', `0 to ${MAX_NGRAM}`);
  }
  return rules;
}

/** Lists of token ids under a key. One that is not what it should be is ignored with a warning. */
class TokenLists {
  readonly #config: JsonObject;
  readonly #vocabSize: number;
  readonly #warnings: string[];

  constructor(config: JsonObject, vocabSize: number, warnings: string[]) {
    this.#config = config;
    this.#vocabSize = vocabSize;
    this.#warnings = warnings;
  }

  ignore(key: string, expected: string): void {
    const value = show(this.#config.raw(key));
    this.#warnings.push(ignored(this.#config.file, key, value, `${expected} is expected`));
  }

  ids(key: string): number[] {
    const value = this.#config.raw(key);
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length > MAX_TOKENS) {
      this.ignore(key, `a list of up to ${MAX_TOKENS} token ids below ${this.#vocabSize}`);
      return [];
    }
    // As transformers does it, an id that the model doesn't have takes no others with it.
    const known = value.filter((id) => this.#isId(id));
    if (known.length < value.length) {
      this.#warnings.push(
        `${this.#config.file}: ${value.length - known.length} of ${key} are ignored: ${tokensOf(this.#vocabSize)}`,
      );
    }
    return [...new Set(known)];
  }

  sequences(key: string): number[][] {
    return this.#list(key, '', (entry) => (this.#isSequence(entry) ? entry : null));
  }

  /** Of pairs of a sequence and a number. */
  biasedSequences(key: string): SequenceBias[] {
    return this.#list(key, ', each with a number,', (entry) => {
      if (!Array.isArray(entry) || entry.length !== 2) return null;
      const [ids, bias] = entry as unknown[];
      const isBias = typeof bias === 'number' && Number.isFinite(Math.fround(bias));
      return this.#isSequence(ids) && isBias ? { ids, bias } : null;
    });
  }

  #list<T>(key: string, and: string, read: (entry: unknown) => T | null): T[] {
    const value = this.#config.raw(key);
    if (value === undefined) return [];
    const entries = Array.isArray(value) ? value.map(read) : [null];
    if (entries.length <= MAX_SEQUENCES && entries.every((entry) => entry !== null)) return entries;
    this.ignore(
      key,
      `a list of up to ${MAX_SEQUENCES} lists of 1 to ${MAX_SEQUENCE_TOKENS} token ids below ${this.#vocabSize}${and}`,
    );
    return [];
  }

  #isId(value: unknown): value is number {
    return Number.isInteger(value) && (value as number) >= 0 && (value as number) < this.#vocabSize;
  }

  #isSequence(value: unknown): value is number[] {
    return (
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= MAX_SEQUENCE_TOKENS &&
      value.every((id) => this.#isId(id))
    );
  }
}
