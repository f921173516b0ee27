/**
 * What a tokenizer is to the rest of Kinglet. `load-tokenizer.ts` makes one of a tokenizer.json,
 * `byte-tokenizer.ts` in test/support is a fake of one token a byte.
 */
import type { EncodingTables } from './encoding-tables.js';
import type { TokenTable } from './token-table.js';

export type { TokenTable } from './token-table.js';

/** How special-token strings in a text are taken. */
export type SpecialTokens = 'parse' | 'plain';

export interface Tokenizer {
  /** Token ids that the tokenizer knows (the model's vocabulary may be padded beyond). */
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly addBos: boolean;
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  readonly templateTokens: Readonly<Record<string, string>>;
  readonly chatTemplate: string | null;
  readonly table: TokenTable;

  /** What an encoder in a thread is made of. */
  readonly encoding: EncodingTables;

  /** Text of ids, special tokens left in unless told otherwise. Invalid UTF-8 becomes U+FFFD. */
  decode(ids: ArrayLike<number>, options?: { skipSpecial?: boolean }): string;

  /** Strings of the added tokens that are special. */
  readonly specialStrings: readonly string[];

  /** The id of a token by its string, or null. */
  idOf(token: string): number | null;

  /** A token's string as the vocabulary has it, such as "\u0120hello"; '' for no token. */
  tokenString(id: number): string;
}
