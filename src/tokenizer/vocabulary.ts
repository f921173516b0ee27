/** Tokens by their bytes: a hash in flat arrays, in shared memory. */
import { byteOfCharacter, spell, tokenOfBytes } from './byte-alphabet.js';
import { ByteRows } from './byte-rows.js';
import { sharedBytes, sharedInt32 } from './shared-arrays.js';
import type { TokenTable } from './token-table.js';
import type { TokenizerJson } from './tokenizer-json.js';

const BYTE_FALLBACK = /^<0x([0-9A-Fa-f]{2})>$/;

/**
 * Rows of bytes. Row i < vocabSize is what token i stands for in an answer; the rows after those spell
 * tokens that are written otherwise in the model's vocabulary than they stand for.
 */
export interface VocabularyTables {
  readonly vocabSize: number;
  readonly bytes: Uint8Array;
  /** [rows + 1] */
  readonly offsets: Uint32Array;
  /** [rows - vocabSize] whose spelling a row is. */
  readonly idOfRow: Int32Array;
  /** [power of two] the row of a token that the model has, plus 1; 0: free, -1: taken out again. */
  readonly slots: Int32Array;
}

/** FNV-1a with a last mix, over bytes [start, end). */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** The id of the token of bytes [start, end), or -1. `hash` is their `hashBytes`. */
export function findToken(
  tables: VocabularyTables,
  source: Uint8Array,
  start: number,
  end: number,
  hash: number,
): number {
  const slot = findSlot(tables, source, start, end, hash);
  if (slot < 0) return -1;
  const row = tables.slots[slot]! - 1;
  return row < tables.vocabSize ? row : tables.idOfRow[row - tables.vocabSize]!;
}

function findSlot(
  { bytes, offsets, slots }: VocabularyTables,
  source: Uint8Array,
  start: number,
  end: number,
  hash: number,
): number {
  const mask = slots.length - 1;
  const length = end - start;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const row = slots[slot]! - 1;
    if (row === -1) return -1;
    if (row < 0) continue;
    const from = offsets[row]!;
    if (offsets[row + 1]! - from !== length) continue;
    let i = 0;
    while (i < length && bytes[from + i] === source[start + i]) i++;
    if (i === length) return slot;
  }
}

const NO_PAIR = [-1, -1, -1] as const;

/** Bytes that the rows take, about. */
function capacityOf({ vocab, added }: TokenizerJson): number {
  let units = 16;
  for (const token of vocab.tokens) units += token.length;
  for (const { content } of added) units += content.length * 4;
  return units;
}

/**
 * Appends what each token stands for in an answer. Returns the strings of tokens that these bytes
 * don't give, and the tokens that are spelled otherwise in the model's vocabulary, both by id.
 */
function answerRows(
  { added, vocabSize, byteFallback }: TokenizerJson,
  tokens: readonly (string | undefined)[],
  rows: ByteRows,
): { strings: Map<number, string>; elsewhere: Map<number, string> } {
  const contents = new Map(added.map(({ id, content }) => [id, content]));
  const strings = new Map<number, string>();
  const elsewhere = new Map<number, string>();
  for (let id = 0; id < vocabSize; id++) {
    const token = tokens[id];
    const content = contents.get(id);
    if (content !== undefined) {
      rows.append(Buffer.from(content, 'utf8'));
      if (token !== undefined) elsewhere.set(id, token);
      if (/[^!-~]/.test(content)) strings.set(id, content);
      continue;
    }
    if (token === undefined) {
      rows.append(new Uint8Array(0));
      continue;
    }
    const byte = byteFallback ? BYTE_FALLBACK.exec(token)?.[1] : undefined;
    if (byte === undefined && rows.spell(token)) continue;
    rows.append(
      byte === undefined ? Buffer.from(token, 'utf8') : Uint8Array.of(parseInt(byte, 16)),
    );
    elsewhere.set(id, token);
    strings.set(id, token);
  }
  return { strings, elsewhere };
}

/**
 * Appends how the model spells tokens that stand for something else in an answer. Returns the ids
 * of these rows, and the tokens that leave the alphabet of bytes.
 */
function spellingRows(
  elsewhere: ReadonlyMap<number, string>,
  rows: ByteRows,
): { idOfRow: number[]; others: Map<string, number> } {
  const idOfRow: number[] = [];
  const others = new Map<string, number>();
  for (const [id, token] of elsewhere) {
    if (rows.spell(token)) idOfRow.push(id);
    else others.set(token, id);
  }
  return { idOfRow, others };
}

/** A vocabulary while its tables are built. */
export class Vocabulary {
  readonly tables: VocabularyTables;
  readonly table: TokenTable;
  /** Strings of tokens that their bytes don't give, by id. */
  readonly strings: ReadonlyMap<number, string>;
  /** The model's tokens that leave the alphabet of bytes. */
  readonly #others: ReadonlyMap<string, number>;
  readonly #scratch = new Uint8Array(1 << 17);

  constructor(json: TokenizerJson) {
    const { vocab, added, vocabSize } = json;
    const tokens = new Array<string | undefined>(vocabSize);
    vocab.tokens.forEach((token, i) => (tokens[vocab.ids[i]!] = token));
    const rows = new ByteRows(capacityOf(json));
    const { strings, elsewhere } = answerRows(json, tokens, rows);
    const { others, idOfRow } = spellingRows(elsewhere, rows);
    this.strings = strings;
    this.#others = others;

    const { bytes, offsets } = rows.tables();
    const slots = sharedInt32(1 << Math.max(4, Math.ceil(Math.log2(vocab.tokens.length * 2))));
    const rowIds = sharedInt32(idOfRow.length);
    rowIds.set(idOfRow);
    this.tables = { vocabSize, bytes, offsets, idOfRow: rowIds, slots };
    for (let row = 0; row < rows.count; row++) {
      if (row < vocabSize && (tokens[row] === undefined || elsewhere.has(row))) continue;
      this.#insert(row);
    }
    const special = sharedBytes(vocabSize);
    for (const token of added) if (token.special) special[token.id] = 1;
    this.table = { bytes, offsets: offsets.subarray(0, vocabSize + 1), special };
  }

  /** The id of the model's token `text`[from, to), or -1. */
  idOf(text: string, from = 0, to = text.length): number {
    if (to - from > this.#scratch.length) return -1;
    for (let i = from; i < to; i++) {
      const byte = byteOfCharacter(text.charCodeAt(i));
      if (byte < 0) return this.#others.get(text.slice(from, to)) ?? -1;
      this.#scratch[i - from] = byte;
    }
    const bytes = this.#scratch;
    return findToken(this.tables, bytes, 0, to - from, hashBytes(bytes, 0, to - from));
  }

  /**
   * The ids of two of the model's tokens and of what they make together, -1 for what it has not:
   * `text`[0, middle) and `text`[from, end).
   */
  idsOfPair(text: string, middle: number, from: number): readonly [number, number, number] {
    const bytes = this.#scratch;
    const length = middle + text.length - from;
    if (length > bytes.length) return NO_PAIR;
    let at = 0;
    for (let i = 0; i < text.length; i = i + 1 === middle ? from : i + 1) {
      const byte = byteOfCharacter(text.charCodeAt(i));
      if (byte < 0) {
        const [left, right] = [text.slice(0, middle), text.slice(from)];
        return [this.idOf(left), this.idOf(right), this.idOf(left + right)];
      }
      bytes[at++] = byte;
    }
    const { tables } = this;
    return [
      findToken(tables, bytes, 0, middle, hashBytes(bytes, 0, middle)),
      findToken(tables, bytes, middle, length, hashBytes(bytes, middle, length)),
      findToken(tables, bytes, 0, length, hashBytes(bytes, 0, length)),
    ];
  }

  /** Takes a token out of the model: no text becomes it. */
  remove(token: string): void {
    const bytes = new Uint8Array(token.length);
    if (!spell(token, bytes, 0)) return;
    const slot = findSlot(this.tables, bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
    if (slot >= 0) this.tables.slots[slot] = -1;
  }

  #insert(row: number): void {
    const { bytes, offsets, slots } = this.tables;
    const mask = slots.length - 1;
    let slot = hashBytes(bytes, offsets[row]!, offsets[row + 1]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row + 1;
  }
}

/** The string of a token as the vocabulary has it; '' where there is no such token. */
export function tokenStringOf(
  table: TokenTable,
  strings: ReadonlyMap<number, string>,
  id: number,
): string {
  const known = strings.get(id);
  if (known !== undefined) return known;
  if (!Number.isInteger(id) || id < 0 || id + 1 >= table.offsets.length) return '';
  return tokenOfBytes(table.bytes.subarray(table.offsets[id], table.offsets[id + 1]));
}
