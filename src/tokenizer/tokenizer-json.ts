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
import { readNormalizer, type NormalizerStep } from './normalizer.js';

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

/** `model.vocab`, without an object for each of its entries. */
interface VocabEntries {
  readonly tokens: readonly string[];
  /** [tokens] */
  readonly ids: Int32Array;
  readonly get: (token: string) => number | undefined;
}

/** What byte-level BPE needs to know of the model. */
export interface TokenizerJson {
  readonly vocab: VocabEntries;
  /** As in the file: "a b" or ["a", "b"], not checked. */
  readonly merges: readonly unknown[];
  readonly added: readonly AddedToken[];
  /** One above the largest id. */
  readonly vocabSize: number;
  readonly unknown: string | null;
  readonly fuseUnknown: boolean;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
  readonly normalizer: readonly NormalizerStep[];
  /** Not checked. */
  readonly preTokenizer: unknown;
}

/** Larger than any vocabulary in use, small enough that a table of as many rows is no harm. */
const MAX_VOCAB = 1 << 22;
const MAX_MERGES = 1 << 22;
/** UTF-16 units of a token: real ones have up to 300. */
export const MAX_TOKEN_LENGTH = 1 << 16;

/**
 * Reads and checks a parsed tokenizer.json (`vocab` may be a Map). Only byte-level BPE is taken:
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
  if (unknown !== null && !(typeof unknown === 'string' && vocab.get(unknown) !== undefined)) {
    throw malformed('model.unk_token', `${quoted(unknown)} is not in model.vocab`);
  }
  const merges = array(model['merges'], 'model.merges');
  if (merges.length > MAX_MERGES) {
    throw malformed('model.merges', `${merges.length} of them: at most ${MAX_MERGES} are taken`);
  }
  const normalizer = readNormalizer(document['normalizer']);
  const added = array(document['added_tokens'] ?? [], 'added_tokens').map(addedToken);
  return {
    vocab,
    merges,
    added,
    vocabSize: checkIds(vocab, added),
    unknown,
    fuseUnknown: flag(model, 'fuse_unk', 'model', false),
    byteFallback: flag(model, 'byte_fallback', 'model', false),
    ignoreMerges: flag(model, 'ignore_merges', 'model', false),
    normalizer,
    preTokenizer: document['pre_tokenizer'],
  };
}

function readVocab(value: unknown): VocabEntries {
  let tokens: readonly string[];
  let idOf: (token: string) => unknown;
  if (value instanceof Map) {
    const map = value as ReadonlyMap<string, unknown>;
    tokens = [...map.keys()];
    idOf = (token) => map.get(token);
  } else {
    const row = object(value, 'model.vocab');
    tokens = Object.keys(row);
    idOf = (token) => (Object.hasOwn(row, token) ? row[token] : undefined);
  }
  const ids = new Int32Array(tokens.length);
  tokens.forEach((token, i) => {
    const id = idOf(token);
    if (!isId(id)) throw wrongId(id, `model.vocab[${quoted(token)}]`);
    if (token.length > MAX_TOKEN_LENGTH) {
      throw malformed(
        `model.vocab[${quoted(token)}]`,
        `longer than ${MAX_TOKEN_LENGTH} characters`,
      );
    }
    ids[i] = id;
  });
  return { tokens, ids, get: (token) => idOf(token) as number | undefined };
}

/** The vocabulary's size. No id stands for two tokens, and no token for two ids. */
function checkIds({ tokens, ids, get }: VocabEntries, added: readonly AddedToken[]): number {
  let size = 0;
  for (const id of ids) if (id >= size) size = id + 1;
  for (const { id } of added) if (id >= size) size = id + 1;
  if (size === 0) throw malformed('model.vocab', 'is empty');

  const tokenOf = new Array<string | undefined>(size);
  tokens.forEach((token, i) => {
    const id = ids[i]!;
    const other = tokenOf[id];
    if (other !== undefined) {
      throw sharedId(`model.vocab[${quoted(token)}]`, id, other);
    }
    tokenOf[id] = token;
  });
  added.forEach(({ id, content }, i) => {
    const own = get(content);
    if (own !== undefined && own !== id) {
      throw malformed(`added_tokens[${i}]`, `id ${id}, but model.vocab says ${own}`);
    }
    const other = tokenOf[id];
    if (other !== undefined && other !== content) {
      throw sharedId(`added_tokens[${i}]`, id, other);
    }
    tokenOf[id] = content;
  });
  return size;
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
  if (!isId(id)) throw wrongId(id, `${key}.id`);
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

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_VOCAB;
}

function sharedId(key: string, id: number, other: string): Error {
  return malformed(key, `id ${id} is also that of ${quoted(other)}`);
}

function wrongId(value: unknown, key: string): Error {
  return malformed(key, `expected an id from 0 to ${MAX_VOCAB - 1}, got ${quoted(value)}`);
}
