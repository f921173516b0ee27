import type { Addon, GrammarTables, NativeGrammar, NativeVocabulary } from '../../native/addon.js';
import type { TokenTable } from '../../tokenizer/token-table.js';
import { MAX_AUTOMATON_BYTES } from '../grammar-memory.js';
import type { Vocabulary } from '../options.js';
import type { GrammarTrigger, GrammarUse, ReasoningTags } from '../types.js';
import { ThoughtTokens } from './sequence-grammar.js';
import { AnnouncingTokens, TriggerWatch } from './trigger-watch.js';

/** Of what is kept, a grammar that has grown so large begins anew with the next request. */
const REUSED_SHARE = 1 / 4;
/** What one may grow to, where less than this is kept. */
const LEAST_AUTOMATON_BYTES = 4 << 20;

/** The grammars of an engine: one for all requests that have the same. */
export class Grammars {
  readonly #addon: Addon;
  readonly #tables: GrammarTables;
  /** By their special tokens that are text: none, and those around the model's calls of tools. */
  readonly #vocabularies = new Map<string, NativeVocabulary>();
  /** Words of a mask over the model's vocabulary. */
  readonly maskWords: number;
  readonly table: TokenTable;
  readonly #tokens: number;
  readonly #thoughtTokens = new Map<string, ThoughtTokens>();
  /** By what they announce. */
  readonly #announcing = new Map<string, AnnouncingTokens>();
  readonly #maxBytes: number;
  /** The longest unused first. */
  readonly #kept = new Map<string, NativeGrammar>();

  /** `maxAutomatonBytes`: of the grammars that are kept for the next request; those in use count too. */
  constructor(
    addon: Addon,
    { tokenTable, eosIds }: Vocabulary,
    {
      vocabSize,
      maxAutomatonBytes = MAX_AUTOMATON_BYTES,
    }: { readonly vocabSize: number; readonly maxAutomatonBytes?: number | undefined },
  ) {
    this.#maxBytes = maxAutomatonBytes;
    const { bytes, offsets, special } = tokenTable;
    this.#addon = addon;
    // A tokenizer may know ids that the model has no row for, and a model rows without a token.
    const tokens = Math.min(special.length, vocabSize);
    this.maskWords = Math.ceil(vocabSize / 32);
    this.table = tokenTable;
    this.#tokens = tokens;
    const ends = new Set(eosIds.filter((id) => id < vocabSize));
    const usable = new Uint8Array(vocabSize);
    for (let id = 0; id < tokens; id++) usable[id] = special[id] === 1 || ends.has(id) ? 0 : 1;
    this.#tables = {
      bytes,
      offsets: offsets.subarray(0, tokens + 1),
      usable,
      ends: Int32Array.from(ends),
    };
    this.#vocabulary([]);
  }

  /** The vocabulary with some special tokens that are text. */
  #vocabulary(shown: readonly number[]): NativeVocabulary {
    const key = shown.join();
    let vocabulary = this.#vocabularies.get(key);
    if (vocabulary === undefined) {
      const usable = this.#tables.usable.slice();
      for (const id of shown) usable[id] = 1;
      vocabulary = new this.#addon.GrammarVocabulary({ ...this.#tables, usable });
      this.#vocabularies.set(key, vocabulary);
    }
    return vocabulary;
  }

  /** Tokens around a thought that has these tags. */
  thoughtTokens(tags: Pick<ReasoningTags, 'start' | 'end'>): ThoughtTokens {
    const key = JSON.stringify([tags.start, tags.end]);
    let tokens = this.#thoughtTokens.get(key);
    if (tokens === undefined) {
      tokens = new ThoughtTokens(this.table, this.#tokens, tags);
      this.#thoughtTokens.set(key, tokens);
    }
    return tokens;
  }

  /** Looks for what announces a grammar. */
  watch(grammar: NativeGrammar, trigger: GrammarTrigger): TriggerWatch {
    let announcing = this.#announcing.get(trigger.text);
    if (announcing === undefined) {
      const sizes = { tokens: this.#tokens, maskWords: this.maskWords };
      announcing = new AnnouncingTokens(this.table, sizes, trigger.text);
      this.#announcing.set(trigger.text, announcing);
    }
    return new TriggerWatch(grammar, trigger, announcing);
  }

  /** The grammar of a request in which some special tokens are text. */
  of({ key, program }: GrammarUse, shown: readonly number[]): NativeGrammar {
    const name = `${key} ${shown.join()}`;
    let grammar = this.#kept.get(name);
    this.#kept.delete(name);
    if (grammar === undefined || grammar.bytes > REUSED_SHARE * this.#maxBytes) {
      const most = Math.max(this.#maxBytes, LEAST_AUTOMATON_BYTES);
      grammar = new this.#addon.Grammar(this.#vocabulary(shown), program, most);
    }
    this.#kept.set(name, grammar);
    this.#shrink();
    return grammar;
  }

  #shrink(): void {
    let bytes = 0;
    for (const grammar of this.#kept.values()) bytes += grammar.bytes;
    for (const [key, grammar] of this.#kept) {
      if (bytes <= this.#maxBytes || this.#kept.size === 1) return;
      this.#kept.delete(key);
      bytes -= grammar.bytes;
    }
  }
}
