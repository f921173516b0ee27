/**
 * How text is cut before byte-pair merging, by `tokenizer.ggml.pre`, written as the published
 * tokenizer.json of the family has it.
 */

export interface PreTokenizer {
  /** tokenizer.json's `normalizer`. */
  readonly normalizer: object | null;
  /** tokenizer.json's `pre_tokenizer`. */
  readonly preTokenizer: object;
  /** A word that is a token as a whole is taken without merging. */
  readonly ignoreMerges: boolean;
  /** Whether prompts begin with BOS where the file doesn't say. */
  readonly addBos: boolean;
}

const byteLevel = (useRegex: boolean): object => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

const split = (pattern: string): object => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
});

const sequence = (...pretokenizers: object[]): object => ({ type: 'Sequence', pretokenizers });

/** Words, runs of digits up to `digits`, punctuation, line ends and spaces. */
const words = (digits: string): object =>
  split(
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  );

const NFC = { type: 'NFC' };
const PLAIN = { normalizer: null, ignoreMerges: false, addBos: false };

const GPT2: PreTokenizer = { ...PLAIN, preTokenizer: byteLevel(true) };
const CL100K: PreTokenizer = {
  ...PLAIN,
  preTokenizer: sequence(words(String.raw`\p{N}{1,3}`), byteLevel(false)),
};
const LLAMA3: PreTokenizer = { ...CL100K, ignoreMerges: true, addBos: true };
const QWEN2: PreTokenizer = {
  ...PLAIN,
  normalizer: NFC,
  preTokenizer: sequence(words(String.raw`\p{N}`), byteLevel(false)),
};

const BY_NAME: ReadonlyMap<string, PreTokenizer> = new Map([
  ['llama-bpe', LLAMA3],
  ['llama3', LLAMA3],
  ['llama-v3', LLAMA3],
  ['qwen2', QWEN2],
  // The distilled models' tokenizer.json has Qwen's pattern, and no normalizer.
  ['deepseek-r1-qwen', { ...QWEN2, normalizer: null }],
  [
    'smollm',
    {
      ...PLAIN,
      preTokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)),
    },
  ],
  // OLMo-2 has the vocabulary of cl100k, which converters know under the name of DBRX.
  ['dbrx', CL100K],
  ['olmo', { ...GPT2, normalizer: NFC }],
  ['gpt-2', GPT2],
  // Files from before the key was written; llama.cpp's pattern for them.
  [
    'default',
    {
      ...PLAIN,
      preTokenizer: sequence(
        split(String.raw`[\p{P}\$\+<=>\^~\|]+`),
        split(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`),
        split(String.raw`\p{N}+`),
        split('[0-9][0-9][0-9]'),
        byteLevel(false),
      ),
    },
  ],
]);

export const PRE_TOKENIZER_NAMES: readonly string[] = [...BY_NAME.keys()];

/** The row of a `tokenizer.ggml.pre`, or undefined where it is not built. */
export function findPreTokenizer(name: string): PreTokenizer | undefined {
  return BY_NAME.get(name);
}
