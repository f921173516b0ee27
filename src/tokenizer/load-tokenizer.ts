import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenizerSource } from '../model/model-source.js';
import { buildEncodingTables, type EncodingTables } from './encoding-tables.js';
import { readTokenizerJson, type TokenizerJson } from './tokenizer-json.js';
import { decodeIds, type TokenTable } from './token-table.js';
import type { Tokenizer } from './tokenizer.js';
import { tokenStringOf, type Vocabulary } from './vocabulary.js';

/** What of a model's files decides how texts become ids and back. */
export type TextSource = Omit<TokenizerSource, 'generation' | 'warnings'>;

/**
 * Makes a tokenizer of what a model file says. Others get a turn in between. Throws
 * `file_malformed` or `unsupported_model`, naming the key of tokenizer.json that is wrong.
 */
export async function loadTokenizer(source: TextSource): Promise<Tokenizer> {
  const json = readTokenizerJson(source.document);
  await nextTurn();
  const { tables, vocabulary } = await buildEncodingTables(json);
  return new ByteLevelTokenizer(source, json, tables, vocabulary);
}

class ByteLevelTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly addBos: boolean;
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  readonly templateTokens: Readonly<Record<string, string>>;
  readonly chatTemplate: string | null;
  readonly table: TokenTable;
  readonly encoding: EncodingTables;
  readonly specialStrings: readonly string[];
  readonly #vocabulary: Vocabulary;
  readonly #addedIds: ReadonlyMap<string, number>;

  constructor(
    source: TextSource,
    json: TokenizerJson,
    tables: EncodingTables,
    vocabulary: Vocabulary,
  ) {
    this.vocabSize = json.vocabSize;
    this.bosId = source.bosId;
    this.addBos = source.addBos;
    this.eosIds = source.eosIds;
    this.padId = source.padId;
    this.templateTokens = source.templateTokens;
    this.chatTemplate = source.chatTemplate;
    this.table = vocabulary.table;
    this.encoding = tables;
    this.specialStrings = json.added.filter((t) => t.special).map((t) => t.content);
    this.#vocabulary = vocabulary;
    this.#addedIds = new Map(json.added.map((t) => [t.content, t.id]));
  }

  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    return decodeIds(this.table, ids, options.skipSpecial ?? false);
  }

  idOf(token: string): number | null {
    const added = this.#addedIds.get(token);
    if (added !== undefined) return added;
    const id = this.#vocabulary.idOf(token);
    return id < 0 ? null : id;
  }

  tokenString(id: number): string {
    return tokenStringOf(this.table, this.#vocabulary.strings, id);
  }
}
