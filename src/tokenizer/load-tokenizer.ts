import { Tokenizer as Library } from 'tokenizers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KingletError } from '../errors.js';
import type { TokenizerSource } from '../model/spec.js';
import { AddedTokenSplitter, type TextPart } from './added-token-splitter.js';
import { decodeIds, tokenTableOf } from './token-table.js';
import type { SpecialTokens, Tokenizer, TokenTable } from './tokenizer.js';
import { modelAlone, parseTokenizerJson, type TokenizerJson } from './tokenizer-json.js';

/**
 * Makes a tokenizer on Hugging Face's own library. Throws `file_malformed` or `unsupported_model`,
 * naming the key of tokenizer.json that is wrong.
 */
export async function loadTokenizer(source: TokenizerSource): Promise<Tokenizer> {
  const json = parseTokenizerJson(source.json);
  // The library parses on this thread, a second or more; between the steps others get a turn.
  await nextTurn();
  const model = modelAlone(json);
  await nextTurn();
  let library: Library;
  try {
    library = Library.fromString(model);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KingletError('file_malformed', `tokenizer.json: ${reason}`, { cause });
  }
  await nextTurn();
  return new HuggingFaceTokenizer(source, json, library);
}

/**
 * The library has no switch for "special tokens in this text are plain text", so it is given the
 * model alone, and texts are cut at added tokens here, with the special ones or without. (A second
 * instance for the other case would take 100 MB more for a vocabulary of 128,000.)
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
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #all: AddedTokenSplitter;
  readonly #ordinary: AddedTokenSplitter;

  constructor(source: TokenizerSource, json: TokenizerJson, library: Library) {
    this.vocabSize = json.vocabSize;
    this.bosId = source.bosId;
    this.addBos = source.addBos;
    this.eosIds = source.eosIds;
    this.padId = source.padId;
    this.templateTokens = source.templateTokens;
    this.chatTemplate = source.chatTemplate;
    this.table = tokenTableOf(json);
    this.specialStrings = json.added.filter((t) => t.special).map((t) => t.content);
    this.#library = library;
    this.#addedIds = new Map(json.added.map((t) => [t.content, t.id]));
    const normalizer = library.getNormalizer();
    const normalize = (text: string): string => normalizer?.normalizeString(text) ?? text;
    this.#all = new AddedTokenSplitter(json.added, normalize);
    this.#ordinary = new AddedTokenSplitter(
      json.added.filter((t) => !t.special),
      normalize,
    );
  }

  encode(text: string, special: SpecialTokens): Promise<Int32Array> {
    return this.#encodeParts((special === 'parse' ? this.#all : this.#ordinary).split(text));
  }

  encodeRendered(rendered: string, guard: string): Promise<Int32Array> {
    const parts = this.#all.split(rendered);
    if (guard === '') return this.#encodeParts(parts);
    return this.#encodeParts(
      parts.flatMap((part) =>
        'id' in part || !part.text.includes(guard)
          ? [part]
          : this.#ordinary.split(part.text.replaceAll(guard, '')),
      ),
    );
  }

  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    return decodeIds(this.table, ids, options.skipSpecial ?? false);
  }

  idOf(token: string): number | null {
    return this.#addedIds.get(token) ?? this.#library.tokenToId(token);
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
