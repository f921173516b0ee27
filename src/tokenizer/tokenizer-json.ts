/** The parts of a tokenizer.json, checked one by one; the encoder's tables are built from them. */
import {
  array,
  flag,
  malformed,
  nestedTooDeep,
  object,
  quoted,
  typeOf,
  unsupported,
} from './document.js';
import { MAX_NESTING, type JsonObject } from './document.js';
import { readMerges, type MergeEntries } from './merge-entries.js';
import { readNormalizer, type NormalizerStep } from './normalizer.js';
import { isId, noId, readVocab, type VocabEntries } from './vocab-entries.js';

/** A row of `added_tokens`, with the flags that say how it is found in a text. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Only where no word character is next to it. */
  readonly singleWord: boolean;
  /** Takes the whitespace on its left along. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Looked for in the normalized text. */
  readonly normalized: boolean;
}

/** What byte-level BPE needs to know of the model. */
export interface TokenizerJson {
  readonly vocab: VocabEntries;
  /** Not checked. */
  readonly merges: MergeEntries;
  readonly added: readonly AddedToken[];
  /** One above the largest id. */
  readonly vocabSize: number;
  /** [vocabSize] the entry of `vocab` with an id, or -1. */
  readonly entryOf: Int32Array;
  readonly unknown: string | null;
  readonly fuseUnknown: boolean;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
  readonly normalizer: readonly NormalizerStep[];
  /** Not checked. */
  readonly preTokenizer: unknown;
}

/**
 * Reads and checks a parsed tokenizer.json (`vocab` and `merges` may be a StringTable each). Only byte-level BPE is taken:
 * every token stands for bytes then, whatever comes before it. Throws `file_malformed` or
 * `unsupported_model`, naming the key.
 */
export function readTokenizerJson(parsed: unknown): TokenizerJson {
  const document = object(parsed, 'the document');
  const model = object(document['model'], 'model');
  if (model['type'] !== undefined && model['type'] !== 'BPE') {
    throw unsupported('model.type', model['type'], 'BPE');
  }
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if ((model[key] ?? '') !== '') throw unsupported(`model.${key}`, model[key], 'null');
  }
  if (!hasByteLevel(document['decoder'], 0)) {
    throw unsupported('decoder', typeOf(document['decoder']), 'ByteLevel');
  }
  const vocab = readVocab(model['vocab']);
  const unknown = model['unk_token'] ?? null;
  if (unknown !== null && typeof unknown !== 'string') throw notInVocab(unknown);
  const merges = readMerges(model['merges']);
  const normalizer = readNormalizer(document['normalizer']);
  const added = array(document['added_tokens'] ?? [], 'added_tokens').map(addedToken);
  const entryOf = entriesById(vocab, added);
  return {
    vocab,
    merges,
    added,
    vocabSize: entryOf.length,
    entryOf,
    unknown,
    fuseUnknown: flag(model, 'fuse_unk', 'model', false),
    byteFallback: flag(model, 'byte_fallback', 'model', false),
    ignoreMerges: flag(model, 'ignore_merges', 'model', false),
    normalizer,
    preTokenizer: document['pre_tokenizer'],
  };
}

/** An error for an `unk_token` that the model doesn't have. */
export function notInVocab(unknown: unknown): Error {
  return malformed('model.unk_token', `${quoted(unknown)} is not in model.vocab`);
}

/**
 * [vocabulary's size] the entry of an id, or -1. No id stands for two tokens; that no token stands
 * for two ids is found out when tokens are looked up by their bytes.
 */
function entriesById(vocab: VocabEntries, added: readonly AddedToken[]): Int32Array {
  let size = 0;
  for (let i = 0; i < vocab.ids.length; i++) size = Math.max(size, vocab.ids[i]! + 1);
  for (const { id } of added) if (id >= size) size = id + 1;
  if (size === 0) throw malformed('model.vocab', 'is empty');

  const entryOf = new Int32Array(size).fill(-1);
  for (let i = 0; i < vocab.ids.length; i++) {
    const id = vocab.ids[i]!;
    const other = entryOf[id]!;
    if (other >= 0) throw vocab.wrong(i, sharedId(id, vocab.text(other)));
    entryOf[id] = i;
  }
  const contents = new Map<number, string>();
  for (const [i, { id, content }] of added.entries()) {
    const entry = entryOf[id]!;
    const other = contents.get(id) ?? (entry < 0 ? content : vocab.text(entry));
    if (other !== content) throw malformed(`added_tokens[${i}]`, sharedId(id, other));
    contents.set(id, content);
  }
  return entryOf;
}

function addedToken(value: unknown, i: number): AddedToken {
  const key = `added_tokens[${i}]`;
  const row = object(value, key);
  const content = row['content'];
  if (typeof content !== 'string' || content === '') {
    throw malformed(`${key}.content`, 'expected a string that is not empty');
  }
  const special = flag(row, 'special', key, false);
  const id = row['id'];
  if (!isId(id)) throw malformed(`${key}.id`, noId(id));
  return {
    id,
    content,
    special,
    singleWord: flag(row, 'single_word', key, false),
    lstrip: flag(row, 'lstrip', key, false),
    rstrip: flag(row, 'rstrip', key, false),
    normalized: flag(row, 'normalized', key, !special),
  };
}

function hasByteLevel(decoder: unknown, depth: number): boolean {
  if (typeOf(decoder) === 'ByteLevel') return true;
  if (typeOf(decoder) !== 'Sequence') return false;
  if (depth === MAX_NESTING) throw nestedTooDeep('decoder');
  const parts = (decoder as JsonObject)['decoders'];
  return Array.isArray(parts) && parts.some((part) => hasByteLevel(part, depth + 1));
}

function sharedId(id: number, other: string): string {
  return `id ${id} is also that of ${quoted(other)}`;
}
