import { KingletError } from '../errors.js';

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

/** What Kinglet itself needs to know of a tokenizer.json; the rest is the library's. */
export interface TokenizerJson {
  readonly vocab: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
  readonly added: readonly AddedToken[];
  /** One above the largest id. */
  readonly vocabSize: number;
  /** The document, still as it was. */
  readonly document: JsonObject;
}

export type JsonObject = { [key: string]: unknown };

/** Larger than any vocabulary in use, small enough that a table of as many rows is no harm. */
const MAX_VOCAB = 1 << 22;

/**
 * Reads and checks the text of a tokenizer.json. Only byte-level BPE is taken: every token stands
 * for bytes then, whatever comes before it. Throws `file_malformed` or `unsupported_model`, naming
 * the key.
 */
export function parseTokenizerJson(text: string): TokenizerJson {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new KingletError('file_malformed', `tokenizer.json is not JSON: ${String(cause)}`, {
      cause,
    });
  }
  const document = object(parsed, 'the document');
  const model = object(document['model'], 'model');
  if (model['type'] !== undefined && model['type'] !== 'BPE') {
    throw unsupported('model.type', model['type'], 'BPE');
  }
  // Byte-level BPE has neither; the library aborts the process over a prefix longer than a token.
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if ((model[key] ?? '') !== '') throw unsupported(`model.${key}`, model[key], 'null');
  }
  if (!hasByteLevel(document['decoder'])) {
    throw unsupported('decoder', typeOf(document['decoder']), 'ByteLevel');
  }

  const vocab = new Map<string, number>();
  for (const [token, id] of Object.entries(object(model['vocab'], 'model.vocab'))) {
    vocab.set(token, tokenId(id, `model.vocab[${JSON.stringify(token)}]`));
  }
  const unknown = model['unk_token'] ?? null;
  if (unknown !== null && !(typeof unknown === 'string' && vocab.has(unknown))) {
    throw malformed('model.unk_token', `${JSON.stringify(unknown)} is not in model.vocab`);
  }
  const merges = mergePairs(model['merges']);
  checkNormalizer(document['normalizer'] ?? null, 'normalizer');
  const added = array(document['added_tokens'] ?? [], 'added_tokens').map(addedToken);

  const tokenOf = new Map<number, string>();
  let vocabSize = 0;
  const claim = (id: number, token: string, key: string): void => {
    const other = tokenOf.get(id);
    if (other !== undefined && other !== token) {
      throw malformed(key, `id ${id} is also that of ${JSON.stringify(other)}`);
    }
    tokenOf.set(id, token);
    vocabSize = Math.max(vocabSize, id + 1);
  };
  for (const [token, id] of vocab) claim(id, token, `model.vocab[${JSON.stringify(token)}]`);
  added.forEach(({ id, content }, i) => {
    const own = vocab.get(content);
    if (own !== undefined && own !== id) {
      throw malformed(`added_tokens[${i}]`, `id ${id}, but model.vocab says ${own}`);
    }
    claim(id, content, `added_tokens[${i}]`);
  });
  if (vocabSize === 0) throw malformed('model.vocab', 'is empty');
  return { vocab, merges, added, vocabSize, document };
}

/**
 * The model alone, for text between added tokens: without those, and without what would add, cut or
 * vary tokens (post-processor, truncation, padding, dropout). Special tokens leave the vocabulary
 * too (`ignore_merges` looks whole words up), save those that merges spell: they are text as well.
 */
export function modelAlone(json: TokenizerJson): string {
  const model = json.document['model'] as JsonObject;
  const special = new Set(json.added.filter((t) => t.special).map((t) => t.content));
  const unknown = model['unk_token'];
  if (typeof unknown === 'string') special.delete(unknown);
  for (const [a, b] of json.merges) {
    special.delete(a);
    special.delete(b);
    special.delete(a + b);
  }
  return JSON.stringify({
    ...json.document,
    added_tokens: [],
    post_processor: null,
    truncation: null,
    padding: null,
    model: {
      ...model,
      dropout: null,
      vocab: Object.fromEntries([...json.vocab].filter(([token]) => !special.has(token))),
    },
  });
}

function addedToken(value: unknown, i: number): AddedToken {
  const key = `added_tokens[${i}]`;
  const row = object(value, key);
  const content = row['content'];
  if (typeof content !== 'string' || content === '') {
    throw malformed(`${key}.content`, 'expected a string that is not empty');
  }
  const flag = (name: string, otherwise: boolean): boolean => {
    const given = row[name] ?? otherwise;
    if (typeof given !== 'boolean') throw malformed(`${key}.${name}`, 'expected true or false');
    return given;
  };
  const special = flag('special', false);
  return {
    id: tokenId(row['id'], `${key}.id`),
    content,
    special,
    singleWord: flag('single_word', false),
    lstrip: flag('lstrip', false),
    rstrip: flag('rstrip', false),
    normalized: flag('normalized', !special),
  };
}

/** Pairs as ["a", "b"], or "a b" in older files; that their tokens exist is the library's check. */
function mergePairs(value: unknown): (readonly [string, string])[] {
  return array(value, 'model.merges').map((merge, i) => {
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((s) => typeof s !== 'string')) {
      throw malformed(`model.merges[${i}]`, 'expected a pair of tokens');
    }
    return pair as [string, string];
  });
}

/** Normalizers that leave alone what they have normalized: texts may go through them twice. */
const NORMALIZERS = new Set(['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents']);

function checkNormalizer(value: unknown, key: string): void {
  if (value === null) return;
  const type = typeOf(value);
  if (type === 'Sequence') {
    const parts = array((value as JsonObject)['normalizers'], `${key}.normalizers`);
    parts.forEach((part, i) => checkNormalizer(part, `${key}.normalizers[${i}]`));
  } else if (typeof type !== 'string' || !NORMALIZERS.has(type)) {
    throw unsupported(`${key}.type`, type, [...NORMALIZERS].join(', '));
  }
}

function hasByteLevel(decoder: unknown): boolean {
  if (typeOf(decoder) === 'ByteLevel') return true;
  const parts = (decoder as JsonObject | null | undefined)?.['decoders'];
  return typeOf(decoder) === 'Sequence' && Array.isArray(parts) && parts.some(hasByteLevel);
}

function typeOf(value: unknown): unknown {
  return (value as JsonObject | null | undefined)?.['type'] ?? null;
}

function tokenId(value: unknown, key: string): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= MAX_VOCAB) {
    throw malformed(key, `expected an id from 0 to ${MAX_VOCAB - 1}, got ${JSON.stringify(value)}`);
  }
  return value as number;
}

function object(value: unknown, key: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(key, 'expected an object');
  }
  return value as JsonObject;
}

function array(value: unknown, key: string): unknown[] {
  if (!Array.isArray(value)) throw malformed(key, 'expected an array');
  return value;
}

function malformed(key: string, what: string): KingletError {
  return new KingletError('file_malformed', `tokenizer.json: ${key}: ${what}`);
}

function unsupported(key: string, got: unknown, expected: string): KingletError {
  return new KingletError(
    'unsupported_model',
    `tokenizer.json: ${key} is ${JSON.stringify(got)}; Kinglet reads ${expected} only`,
  );
}
