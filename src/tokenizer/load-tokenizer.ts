import { Tokenizer as Library } from 'tokenizers';
import { KingletError } from '../errors.js';
import type { TokenizerSource } from '../model/spec.js';
import { SpecialSplitter, type TextPart } from './special-splitter.js';
import { decodeIds, tokenTableOf } from './token-table.js';
import type { SpecialTokens, Tokenizer, TokenTable } from './tokenizer.js';
import { parseTokenizerJson, type TokenizerJson, withoutSpecialTokens } from './tokenizer-json.js';

/**
 * Makes a tokenizer on Hugging Face's own library. Throws `file_malformed` or `unsupported_model`,
 * naming the key of tokenizer.json that is wrong.
 */
export async function loadTokenizer(source: TokenizerSource): Promise<Tokenizer> {
  const json = parseTokenizerJson(source.json);
  let library: Library;
  try {
    library = Library.fromString(withoutSpecialTokens(json));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KingletError('file_malformed', `tokenizer.json: ${reason}`, { cause });
  }
  return new HuggingFaceTokenizer(source, json, library);
}

/**
 * The library has no switch for "special tokens in this text are plain text", so it is given a
 * vocabulary without them, and texts are cut at the special tokens here. A second, full instance
 * would do for texts that are parsed whole, and take 100 MB more for a vocabulary of 128,000.
 */
class HuggingFaceTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly addBos: boolean;
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  readonly templateTokens: Readonly<Record<string, string>>;
  readonly chatTemplate: string | null;
  readonly table: TokenTable;
  readonly specialStrings: readonly string[];
  readonly #library: Library;
  readonly #splitter: SpecialSplitter;
  readonly #specialIds: ReadonlyMap<string, number>;

  constructor(source: TokenizerSource, json: TokenizerJson, library: Library) {
    this.vocabSize = json.vocabSize;
    this.bosId = source.bosId;
    this.addBos = source.addBos;
    this.eosIds = source.eosIds;
    this.padId = source.padId;
    this.templateTokens = source.templateTokens;
    this.chatTemplate = source.chatTemplate;
    this.table = tokenTableOf(json);
    const special = json.added.filter((token) => token.special);
    this.#specialIds = new Map(special.map((token) => [token.content, token.id]));
    this.specialStrings = [...this.#specialIds.keys()];
    this.#splitter = new SpecialSplitter(json.added);
    this.#library = library;
  }

  encode(text: string, special: SpecialTokens): Promise<Int32Array> {
    return this.#encodeParts(special === 'plain' ? [{ text }] : this.#splitter.split(text));
  }

  encodeRendered(rendered: string, guard: string): Promise<Int32Array> {
    const parts = this.#splitter.split(rendered);
    if (guard === '') return this.#encodeParts(parts);
    return this.#encodeParts(
      parts.map((part) => ('id' in part ? part : { text: part.text.replaceAll(guard, '') })),
    );
  }

  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    return decodeIds(this.table, ids, options.skipSpecial ?? false);
  }

  idOf(token: string): number | null {
    return this.#specialIds.get(token) ?? this.#library.tokenToId(token);
  }

  async #encodeParts(parts: readonly TextPart[]): Promise<Int32Array> {
    const texts = parts.flatMap((part) => ('id' in part ? [] : [part.text]));
    const encodings = (await this.#library.encodeBatch(texts, { addSpecialTokens: false }))[
      Symbol.iterator
    ]();
    const ids: number[][] = parts.map((part) =>
      'id' in part ? [part.id] : encodings.next().value!.getIds(),
    );
    const out = new Int32Array(ids.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of ids) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }
}
