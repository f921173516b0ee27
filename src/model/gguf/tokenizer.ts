/** Builds a tokenizer.json and what goes with it from a GGUF file's tokens and merges. */
import { checkedEndIds } from '../end-ids.js';
import { malformed, show, unsupported } from '../../errors/model-file.js';
import { ignored } from '../../errors/model-warnings.js';
import { tokensOf } from '../../errors/tokens.js';
import type { TokenizerSource } from '../model-source.js';
import type { GgufMetadata } from './metadata.js';
import { findPreTokenizer, PRE_TOKENIZER_NAMES, type PreTokenizer } from './pre-tokenizers.js';
import { readSamplingKeys } from './sampling-keys.js';

/** Values of `tokenizer.ggml.token_type`. */
const TokenType = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

/**
 * Tokens that end an answer or a message by their name, as llama.cpp knows them. A GGUF file names
 * one or two, where the checkpoint's generation_config.json lists all, and converters have typed
 * many of them as ordinary or user-defined: they are control tokens whatever their type says. (Not
 * `</s>`: in Qwen's vocabulary it is a word of HTML.)
 */
const END_TOKENS: ReadonlySet<string> = new Set([
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<|end|>',
  '<|return|>',
  '<|call|>',
  '<|flush|>',
  '<|calls|>',
  '<end_of_turn>',
  '<end_of_utterance>',
  '<EOT>',
  '_<EOT>',
  '[EOT]',
  '[EOS]',
  '<｜end▁of▁sentence｜>',
]);

/**
 * `vocabSize` is the embedding's row count, which the tokens must fit. Throws `unsupported_model`
 * for a tokenizer that is not byte-level BPE or has an unknown pre-tokenizer.
 */
export function readGgufTokenizer(keys: GgufMetadata, vocabSize: number): TokenizerSource {
  const warnings: string[] = [];
  const preTokenizer = readPreTokenizer(keys, warnings);
  const tokens = keys.requiredStrings('tokenizer.ggml.tokens').texts();
  if (tokens.length > vocabSize) {
    throw malformed(
      keys.file,
      `key tokenizer.ggml.tokens has ${tokens.length} tokens: the embedding has ${vocabSize} rows`,
    );
  }
  const types = readTypes(keys, tokens.length);
  const vocabulary = readVocabulary(keys, tokens);
  const merges = readMerges(keys, vocabulary);

  const id = (name: string): number | null => readId(keys, name, tokens.length, warnings);
  const special = {
    bos: id('bos'),
    eos: id('eos'),
    unk: id('unknown'),
    pad: id('padding'),
    sep: id('seperator'), // GGUF's spelling
    mask: id('mask'),
    cls: id('cls'),
  };
  const eosIds = new Set([special.eos, id('eot'), id('eom')].filter((end) => end !== null));
  for (const [token, text] of tokens.entries()) if (END_TOKENS.has(text)) eosIds.add(token);
  const templateTokens: Record<string, string> = {};
  for (const [name, token] of Object.entries(special)) {
    const text = token === null ? undefined : tokens[token];
    if (text !== undefined) templateTokens[`${name}_token`] = text;
  }
  return {
    document: tokenizerJson(preTokenizer, tokens, types, vocabulary, merges),
    bosId: special.bos,
    addBos:
      special.bos !== null && (keys.boolean('tokenizer.ggml.add_bos_token') ?? preTokenizer.addBos),
    eosIds: checkedEndIds(keys.file, eosIds, warnings),
    padId: special.pad,
    templateTokens,
    chatTemplate: keys.string('tokenizer.chat_template') ?? null,
    generation: readSamplingKeys(keys, warnings),
    warnings,
  };
}

/** An id that may be absent. Nothing needs one that the vocabulary doesn't have; -1 means none. */
function readId(
  keys: GgufMetadata,
  name: string,
  count: number,
  warnings: string[],
): number | null {
  const key = `tokenizer.ggml.${name}_token_id`;
  const id = keys.integer(key, { least: -0x8000_0000, most: 0xffff_ffff });
  if (id === undefined || id === -1 || id === 0xffff_ffff) return null;
  if (id >= 0 && id < count) return id;
  warnings.push(ignored(keys.file, `key ${key}`, String(id), tokensOf(count)));
  return null;
}

function readPreTokenizer(keys: GgufMetadata, warnings: string[]): PreTokenizer {
  const model = keys.requiredString('tokenizer.ggml.model');
  if (model !== 'gpt2') {
    throw unsupported(
      keys.file,
      `key tokenizer.ggml.model is ${show(model)}: gpt2 (byte-level BPE) is built; SentencePiece and others are not`,
    );
  }
  const pre = keys.string('tokenizer.ggml.pre') ?? 'default';
  if (!keys.has('tokenizer.ggml.pre')) {
    warnings.push(
      `${keys.file}: has no key tokenizer.ggml.pre: how texts are cut before merging is a guess ("default"), and tokens may differ from those that the model was trained on; convert the model again`,
    );
  }
  const preTokenizer = findPreTokenizer(pre);
  if (preTokenizer === undefined) {
    throw unsupported(
      keys.file,
      `key tokenizer.ggml.pre is ${show(pre)}: built are ${PRE_TOKENIZER_NAMES.join(', ')}`,
    );
  }
  return preTokenizer;
}

function readTypes(keys: GgufMetadata, count: number): ArrayLike<number> {
  const types = keys.integers('tokenizer.ggml.token_type');
  if (types === undefined) return new Uint8Array(count).fill(TokenType.normal);
  if (types.length !== count) {
    throw malformed(
      keys.file,
      `key tokenizer.ggml.token_type has ${types.length} entries: ${count} are expected`,
    );
  }
  const wrong = Array.from(types).findIndex(
    (type) => type < TokenType.normal || type > TokenType.byte,
  );
  if (wrong >= 0) {
    throw malformed(
      keys.file,
      `key tokenizer.ggml.token_type has ${types[wrong]} for token ${wrong}: 1 to 6 are known`,
    );
  }
  return types;
}

function readVocabulary(keys: GgufMetadata, tokens: readonly string[]): Map<string, number> {
  const vocabulary = new Map<string, number>();
  for (const [token, text] of tokens.entries()) {
    const before = vocabulary.get(text);
    if (before !== undefined) {
      throw malformed(
        keys.file,
        `key tokenizer.ggml.tokens has ${show(text)} twice, as ${before} and ${token}`,
      );
    }
    vocabulary.set(text, token);
  }
  if (vocabulary.size === 0) throw malformed(keys.file, 'key tokenizer.ggml.tokens is empty');
  return vocabulary;
}

/** "left right", each of which is a token, as their concatenation is. */
function readMerges(
  keys: GgufMetadata,
  vocabulary: ReadonlyMap<string, number>,
): readonly string[] {
  const merges = keys.requiredStrings('tokenizer.ggml.merges').texts();
  for (const [i, merge] of merges.entries()) {
    // A part never holds a space: byte-level BPE writes it as another character.
    const space = merge.indexOf(' ', 1);
    const left = merge.slice(0, Math.max(0, space));
    const right = merge.slice(space + 1);
    if (!vocabulary.has(left) || !vocabulary.has(right) || !vocabulary.has(left + right)) {
      throw malformed(
        keys.file,
        `key tokenizer.ggml.merges has ${show(merge)} as entry ${i}: two tokens that make a third are expected`,
      );
    }
  }
  return merges;
}

function tokenizerJson(
  { normalizer, preTokenizer, ignoreMerges }: PreTokenizer,
  tokens: readonly string[],
  types: ArrayLike<number>,
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly string[],
): object {
  const addedTokens = [];
  for (const [id, content] of tokens.entries()) {
    const special = types[id] === TokenType.control || END_TOKENS.has(content);
    if (!special && types[id] !== TokenType.userDefined) continue;
    if (content === '') continue;
    addedTokens.push({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special,
    });
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens,
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoreMerges,
      vocab: vocabulary,
      merges,
    },
  };
}
