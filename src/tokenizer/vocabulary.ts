/** Tokens by their bytes: a hash in flat arrays, in shared memory. */
import { byteOfCharacter, spell, tokenOfBytes } from './byte-alphabet.js';
import { ByteRows } from './byte-rows.js';
import { malformed, quoted } from './document.js';
import type { MergeEntries } from './merge-entries.js';
import { sharedBytes, sharedInt32 } from './shared-arrays.js';
import type { TokenTable } from './token-table.js';
import { notInVocab, type TokenizerJson } from './tokenizer-json.js';
import type { VocabEntries } from './vocab-entries.js';

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
  return mixed(hashOn(FIRST_HASH, bytes, start, end));
}

const FIRST_HASH = 0x811c9dc5;

/** `hash` of what comes before, continued. */
function hashOn(hash: number, bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function mixed(hash: number): number {
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
  tables: VocabularyTables,
  source: Uint8Array,
  start: number,
  end: number,
  hash: number,
): number {
  const { slots } = tables;
  const mask = slots.length - 1;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const row = slots[slot]! - 1;
    if (row === -1) return -1;
    if (row >= 0 && isRow(tables, row, source, start, end)) return slot;
  }
}

/** Whether a row's bytes are these. */
function isRow(
  { bytes, offsets }: VocabularyTables,
  row: number,
  source: Uint8Array,
  start: number,
  end: number,
): boolean {
  const from = offsets[row]!;
  const length = end - start;
  if (offsets[row + 1]! - from !== length) return false;
  let i = 0;
  while (i < length && bytes[from + i] === source[start + i]) i++;
  return i === length;
}

/** Bytes that the rows take, about. */
function capacityOf({ vocab, added }: TokenizerJson): number {
  let units = 16;
  for (let i = 0; i < vocab.ids.length; i++) units += vocab.size(i);
  for (const { content } of added) units += content.length * 4;
  return units;
}

/**
 * Appends what each token stands for in an answer. Returns the strings of tokens that these bytes
 * don't give, by id, and the ids of tokens that are spelled otherwise in the model's vocabulary.
 */
function answerRows(
  { vocab, entryOf, added, byteFallback }: TokenizerJson,
  rows: ByteRows,
): { strings: Map<number, string>; elsewhere: Set<number> } {
  const contents = new Map(added.map(({ id, content }) => [id, content]));
  const strings = new Map<number, string>();
  const elsewhere = new Set<number>();
  for (let id = 0; id < entryOf.length; id++) {
    const entry = entryOf[id]!;
    const content = contents.get(id);
    if (content !== undefined) {
      rows.append(Buffer.from(content, 'utf8'));
      if (entry >= 0) elsewhere.add(id);
      if (/[^!-~]/.test(content)) strings.set(id, content);
      continue;
    }
    if (entry < 0) {
      rows.append(new Uint8Array(0));
      continue;
    }
    const byte = byteFallback ? BYTE_FALLBACK.exec(vocab.text(entry))?.[1] : undefined;
    if (byte === undefined && rows.spell(vocab, entry)) continue;
    const token = vocab.text(entry);
    rows.append(
      byte === undefined ? Buffer.from(token, 'utf8') : Uint8Array.of(parseInt(byte, 16)),
    );
    elsewhere.add(id);
    strings.set(id, token);
  }
  return { strings, elsewhere };
}

/**
 * Appends how the model spells tokens that stand for something else in an answer. Returns the ids
 * of these rows, and the tokens that leave the alphabet of bytes.
 */
function spellingRows(
  { vocab, entryOf }: TokenizerJson,
  elsewhere: ReadonlySet<number>,
  rows: ByteRows,
): { idOfRow: number[]; others: Map<string, number> } {
  const idOfRow: number[] = [];
  const others = new Map<string, number>();
  for (const id of elsewhere) {
    const entry = entryOf[id]!;
    if (rows.spell(vocab, entry)) {
      idOfRow.push(id);
      continue;
    }
    const token = vocab.text(entry);
    const first = others.get(token);
    if (first !== undefined) throw twice(vocab, token, first, id);
    others.set(token, id);
  }
  return { idOfRow, others };
}

/** Two ids have the same token: only a list of tokens can say so, whose places are the ids. */
function twice(vocab: VocabEntries, token: string, a: number, b: number): Error {
  return vocab.wrong(Math.max(a, b), `${quoted(token)} is also token ${Math.min(a, b)}`);
}

/** A vocabulary while its tables are built. */
export class Vocabulary {
  readonly tables: VocabularyTables;
  readonly table: TokenTable;
  /** Strings of tokens that their bytes don't give, by id. */
  readonly strings: ReadonlyMap<number, string>;
  /** The model's tokens that leave the alphabet of bytes. */
  readonly #others: ReadonlyMap<string, number>;
  /** [vocabSize] 1: the row of an id is how the model spells the token. */
  readonly #spelled: Uint8Array;
  readonly #scratch = new Uint8Array(1 << 17);
  /** What the merge that was looked up last makes. */
  #made = 0;

  /** Throws `file_malformed` where two tokens are the same, or `json` contradicts itself. */
  constructor(json: TokenizerJson) {
    const { vocab, entryOf, added, vocabSize } = json;
    const rows = new ByteRows({ rows: vocabSize + added.length, bytes: capacityOf(json) });
    const { strings, elsewhere } = answerRows(json, rows);
    const { others, idOfRow } = spellingRows(json, elsewhere, rows);
    this.strings = strings;
    this.#others = others;

    const { bytes, offsets } = rows.tables();
    const slots = sharedInt32(1 << Math.max(4, Math.ceil(Math.log2(vocab.ids.length * 2))));
    const rowIds = sharedInt32(idOfRow.length);
    rowIds.set(idOfRow);
    this.tables = { vocabSize, bytes, offsets, idOfRow: rowIds, slots };
    this.#spelled = new Uint8Array(vocabSize);
    for (let row = 0; row < rows.count; row++) {
      if (row < vocabSize) {
        if (entryOf[row]! < 0 || elsewhere.has(row)) continue;
        this.#spelled[row] = 1;
      }
      const same = this.#insert(row);
      if (same < 0) continue;
      const [first, second] = [this.#idOfRow(same), this.#idOfRow(row)];
      throw twice(vocab, vocab.text(entryOf[second]!), first, second);
    }
    const special = sharedBytes(vocabSize);
    for (const token of added) if (token.special) special[token.id] = 1;
    this.table = { bytes, offsets: offsets.subarray(0, vocabSize + 1), special };
    this.#check(json);
  }

  /** What tokenizer.json says of tokens elsewhere. */
  #check({ added, unknown }: TokenizerJson): void {
    for (const [i, { id, content }] of added.entries()) {
      const own = this.idOf(content);
      if (own >= 0 && own !== id) {
        throw malformed(`added_tokens[${i}]`, `id ${id}, but model.vocab says ${own}`);
      }
    }
    if (unknown !== null && this.idOf(unknown) < 0) throw notInVocab(unknown);
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
   * Puts the ids of a merge's parts and of what they make together into `ids` at `at`, -1 for what
   * the model has not.
   */
  findMerge(merges: MergeEntries, rank: number, ids: Int32Array, at: number): void {
    const bytes = this.#scratch;
    const end = merges.spell(rank, bytes);
    if (end < 0) {
      const [left, right] = merges.parts(rank);
      ids.set([this.idOf(left), this.idOf(right), this.idOf(left + right)], at);
      return;
    }
    const { tables } = this;
    const { middle } = merges;
    const hash = hashOn(FIRST_HASH, bytes, 0, middle);
    ids[at] = findToken(tables, bytes, 0, middle, mixed(hash));
    ids[at + 1] = findToken(tables, bytes, middle, end, hashBytes(bytes, middle, end));
    if (!this.#isNext(end)) {
      const whole = mixed(hashOn(hash, bytes, middle, end));
      this.#made = findToken(tables, bytes, 0, end, whole);
    }
    ids[at + 2] = this.#made;
  }

  /**
   * Vocabularies list tokens in the order of the merges that make them, as a rule, so that a merge
   * makes what the one before made, or the token after it. Moves `#made` there if it is so.
   */
  #isNext(end: number): boolean {
    for (let id = this.#made; id <= this.#made + 1; id++) {
      if (this.#spelled[id] !== 1 || !isRow(this.tables, id, this.#scratch, 0, end)) continue;
      this.#made = id;
      return true;
    }
    return false;
  }

  /** Takes a token out of the model: no text becomes it. */
  remove(token: string): void {
    const bytes = new Uint8Array(token.length);
    if (spell(token, bytes, 0) < 0) return;
    const slot = findSlot(this.tables, bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
    if (slot >= 0) this.tables.slots[slot] = -1;
  }

  /** Returns the row that has the same bytes, or -1. */
  #insert(row: number): number {
    const { bytes, offsets, slots } = this.tables;
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    const mask = slots.length - 1;
    let slot = hashBytes(bytes, start, end) & mask;
    while (slots[slot] !== 0) {
      const other = slots[slot]! - 1;
      if (isRow(this.tables, other, bytes, start, end)) return other;
      slot = (slot + 1) & mask;
    }
    slots[slot] = row + 1;
    return -1;
  }

  #idOfRow(row: number): number {
    const { vocabSize, idOfRow } = this.tables;
    return row < vocabSize ? row : idOfRow[row - vocabSize]!;
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
