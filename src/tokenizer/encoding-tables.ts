/**
 * All that encoding needs: plain data whose arrays lie in shared memory, so that a thread gets it
 * as a message without a copy (`createEncoder` makes an encoder of it there).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { addedTokenTables, type AddedTokenTables } from './added-tokens.js';
import { byteTokenTables, losesBytes, type ByteTokenTables } from './byte-tokens.js';
import { MergeBuilder, type MergeTables } from './merges.js';
import { Normalizer, shrinkage, type NormalizerStep } from './normalizer.js';
import { readPreTokenizer, removesText, type PreTokenizerTables } from './pre-tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';
import { Vocabulary, type VocabularyTables } from './vocabulary.js';
import { WorkMeter } from './work-meter.js';

export interface EncodingTables {
  readonly vocabulary: VocabularyTables;
  readonly byteTokens: ByteTokenTables;
  readonly merges: MergeTables;
  /** A word that is a token as a whole is taken without merging. */
  readonly ignoreMerges: boolean;
  readonly normalizer: readonly NormalizerStep[];
  readonly preTokenizer: PreTokenizerTables;
  /** Looked for in the text as it is, then in its normalized form; null: none. */
  readonly added: AddedTokenTables | null;
  readonly normalizedAdded: AddedTokenTables | null;
  /** UTF-8 bytes of the normalized text of a word that one token may stand for; null: any number. */
  readonly wordBytes: number | null;
  /** UTF-8 bytes of a text that one token may stand for; null: any number. */
  readonly textBytes: number | null;
}

/** Merges that are added before others get a turn. */
const TURN = 1 << 16;

/** Builds the tables; others get a turn in between. Throws `file_malformed`, `unsupported_model`. */
export async function buildEncodingTables(
  json: TokenizerJson,
): Promise<{ tables: EncodingTables; vocabulary: Vocabulary }> {
  const preTokenizer = readPreTokenizer(json.preTokenizer);
  const normalizer = new Normalizer(json.normalizer, new WorkMeter());
  const added = addedTokenTables(
    json.added.filter((token) => !token.normalized),
    (content) => content,
  );
  const normalizedAdded = addedTokenTables(
    json.added.filter((token) => token.normalized),
    (content) => normalizer.apply(content),
  );
  await nextTurn();
  const vocabulary = new Vocabulary(json);
  await nextTurn();

  const special = new Set<number>();
  for (const { special: is, content, id } of json.added) {
    if (is && vocabulary.idOf(content) >= 0 && content !== json.unknown) special.add(id);
  }
  const builder = new MergeBuilder(json.merges, vocabulary, special);
  for (let from = 0; from < json.merges.length; from += TURN) {
    builder.add(from, from + TURN);
    await nextTurn();
  }
  // Special tokens leave the model (`ignore_merges` looks whole words up), save those that merges
  // spell: they are text as well.
  for (const { content, id } of json.added) {
    if (special.has(id) && !builder.isSpelled(id)) vocabulary.remove(content);
  }
  const byteTokens = byteTokenTables(json, vocabulary);
  const lost = losesBytes(byteTokens);
  const wordBytes = lost ? null : longestToken(vocabulary.tables);
  const strips = json.added.some((token) => token.lstrip || token.rstrip);
  const shrinks = shrinkage(json.normalizer);
  const bounded = wordBytes !== null && !strips && !removesText(preTokenizer) && shrinks < Infinity;
  return {
    vocabulary,
    tables: {
      vocabulary: vocabulary.tables,
      byteTokens,
      merges: builder.tables,
      ignoreMerges: json.ignoreMerges,
      normalizer: json.normalizer,
      preTokenizer,
      added,
      normalizedAdded,
      wordBytes,
      textBytes: bounded ? wordBytes * shrinks : null,
    },
  };
}

/** Bytes of the longest row: of added tokens, and of all that the model has. */
function longestToken({ offsets }: VocabularyTables): number {
  let longest = 1;
  for (let row = 0; row + 1 < offsets.length; row++) {
    longest = Math.max(longest, offsets[row + 1]! - offsets[row]!);
  }
  return longest;
}

/** UTF-8 bytes, at most, of a text of `tokens` tokens; null where there is no bound. */
export function maxBytesOf({ textBytes }: EncodingTables, tokens: number): number | null {
  return textBytes === null ? null : Math.floor(tokens * textBytes);
}

/** Tokens, at least, of a text of `bytes` UTF-8 bytes. */
export function minTokensOf({ textBytes }: EncodingTables, bytes: number): number {
  return textBytes === null ? 0 : Math.ceil(bytes / textBytes);
}
