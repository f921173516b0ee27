/** Builds a tokenizer.json and what goes with it from a GGUF file's tokens and merges. */
import { checkedEndIds } from '../end-ids.js';
import { malformed, show, unsupported } from '../../errors/model-file.js';
import { ignored } from '../../errors/model-warnings.js';
import { tokensOf } from '../../errors/tokens.js';
import type { TokenizerSource } from '../model-source.js';
import type { StringTable } from '../string-table.js';
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
  const tokens = keys.requiredStrings('tokenizer.ggml.tokens');
  if (tokens.length > vocabSize) {
    throw malformed(
      keys.file,
      `key tokenizer.ggml.tokens has ${tokens.length} tokens: the embedding has ${vocabSize} rows`,
    );
  }
  if (tokens.length === 0) throw malformed(keys.file, 'key tokenizer.ggml.tokens is empty');
  const types = readTypes(keys, tokens.length);
  const merges = keys.requiredStrings('tokenizer.ggml.merges');
  const ends = tokens.indexesOf(END_TOKENS);

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
  const named = [special.eos, id('eot'), id('eom')].filter((end) => end !== null);
  const templateTokens: Record<string, string> = {};
  for (const [name, token] of Object.entries(special)) {
    if (token !== null) templateTokens[`${name}_token`] = tokens.text(token);
  }
  return {
    document: tokenizerJson(preTokenizer, tokens, merges, addedTokens(tokens, types, ends)),
    bosId: special.bos,
    addBos:
      special.bos !== null && (keys.boolean('tokenizer.ggml.add_bos_token') ?? preTokenizer.addBos),
    eosIds: checkedEndIds(keys.file, [...named, ...ends], warnings),
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
  for (let token = 0; token < types.length; token++) {
    const type = types[token] ?? 0;
    if (type >= TokenType.normal && type <= TokenType.byte) continue;
    throw malformed(
      keys.file,
      `key tokenizer.ggml.token_type has ${type} for token ${token}: 1 to 6 are known`,
    );
  }
  return types;
}

/** The rows of `added_tokens`; `ends` are control tokens, whatever their type says. */
function addedTokens(
  tokens: StringTable,
  types: ArrayLike<number>,
  ends: readonly number[],
): object[] {
  const controls = new Set(ends);
  const rows = [];
  for (let id = 0; id < tokens.length; id++) {
    const special = types[id] === TokenType.control || controls.has(id);
    if (!special && types[id] !== TokenType.userDefined) continue;
    const content = tokens.text(id);
    if (content === '') continue;
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special };
    rows.push({ id, content, ...flags });
  }
  return rows;
}

/** That its tokens differ, and that each merge makes one of two, shows when it is loaded. */
function tokenizerJson(
  { normalizer, preTokenizer, ignoreMerges }: PreTokenizer,
  tokens: StringTable,
  merges: StringTable,
  added: readonly object[],
): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
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
      vocab: tokens,
      merges,
    },
  };
}
