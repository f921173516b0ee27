import { RepetitionWatch } from './control/repetition-watch.js';
import { ThoughtControl, UNLIMITED } from './control/thought-control.js';
import type { Grammars } from './grammar/grammars.js';
import { SequenceGrammar } from './grammar/sequence-grammar.js';
import { NgramIndex, type TokenAt } from './ngram-index.js';
import { MAX_SAMPLES, type Vocabulary } from './options.js';
import type { PrefixNode } from './prefix-cache.js';
import type { RequestState } from './request-state.js';
import { SequenceText, type TextPhase } from './text/sequence-text.js';
import type { StopRules } from './text/stop-rules.js';
import { TokenCounts } from './token-counts.js';
import type { EmitBias, TokenRules } from './token-rules.js';
import type { GrammarUse } from './types.js';

/** What the sequences of an engine have in common. */
export interface SequenceOptions extends Vocabulary {
  readonly tokenRules?: TokenRules;
  /** Of requests with a grammar. */
  readonly grammars?: Grammars;
}

/**
 * `following`: has a place, waits for its request's leader to compute the prompt. `paused`: its
 * reader has too much to read.
 */
export type SequenceState = 'waiting' | 'following' | 'running' | 'paused' | 'finished';

/** One choice of a request: its tokens, and how far and where their KV lies. */
export class Sequence {
  readonly request: RequestState;
  readonly choice: number;
  /** Orders sequences: by request, then by choice. Smaller is older. */
  readonly age: number;
  readonly text: SequenceText;
  readonly rules: StopRules;
  /** null: it has no thought. */
  readonly thought: ThoughtControl | null;
  /** null: nobody looks whether it repeats itself. */
  readonly repetition: RepetitionWatch | null;
  readonly grammar: SequenceGrammar | null;
  /** Words of a mask. */
  readonly maskWords: number;
  readonly generated: number[] = [];
  state: SequenceState = 'waiting';
  /** Sequences that share the prompt which this one computes. */
  readonly followers = new Set<Sequence>();

  /** Tokens whose KV lies in `blocks`. */
  computed = 0;
  blocks: number[] = [];
  /** Full blocks that the prefix cache knows, and their name in it. */
  cachedBlocks = 0;
  prefixNode: PrefixNode = '';

  #counts: TokenCounts | null = null;
  readonly #tokenRules: TokenRules | null;
  /** Tokens at the end of `generated` that are assumed. */
  #assumed = 0;
  /** N-grams that end in the answer, up to the token at #indexed. */
  #ngrams: NgramIndex | null = null;
  #indexed = 0;

  constructor(request: RequestState, choice: number, options: SequenceOptions) {
    const { reasoning, stop, stopTokenIds, shownTokens, ignoreEos, minTokens, maxTokens } =
      request.generation;
    this.request = request;
    this.choice = choice;
    this.age = request.serial * MAX_SAMPLES + choice;
    this.#tokenRules = options.tokenRules ?? null;
    this.text = new SequenceText({
      table: options.tokenTable,
      reasoning,
      stop: [...stop, ...(this.#tokenRules?.stopStrings ?? [])],
      minTokens,
      shown: shownTokens,
    });
    this.rules = { eosIds: options.eosIds, stopTokenIds, ignoreEos, minTokens, maxTokens };
    const { grammar, repetition } = request.generation;
    const limits = request.generation.thought ?? UNLIMITED;
    this.thought = reasoning && new ThoughtControl(limits, this.text, maxTokens);
    this.repetition = repetition && new RepetitionWatch(repetition);
    this.maskWords = options.grammars?.maskWords ?? 0;
    this.grammar =
      grammar === null || options.grammars === undefined
        ? null
        : this.#heldTo(grammar, options.grammars);
  }

  #heldTo(use: GrammarUse, grammars: Grammars): SequenceGrammar {
    const { reasoning, shownTokens } = this.request.generation;
    const grammar = grammars.of(use, shownTokens);
    return new SequenceGrammar(grammar, {
      table: grammars.table,
      phase: this.text.phase,
      shown: shownTokens,
      thoughtTokens: reasoning === null ? null : grammars.thoughtTokens(reasoning),
      watch: use.trigger === null ? null : grammars.watch(grammar, use.trigger),
    });
  }

  /** Tokens of prompt and answer. */
  get length(): number {
    return this.request.generation.promptIds.length + this.generated.length;
  }

  /** Tokens that must be computed before the next can be drawn. */
  get remaining(): number {
    return this.length - this.computed;
  }

  /** Nothing was drawn yet. */
  get fresh(): boolean {
    return this.generated.length === 0;
  }

  tokenAt(position: number): number {
    const { promptIds } = this.request.generation;
    return position < promptIds.length
      ? promptIds[position]!
      : this.generated[position - promptIds.length]!;
  }

  /** Tokens that may still be drawn. */
  get tokensLeft(): number {
    return this.rules.maxTokens - this.generated.length;
  }

  /** `phase`: where the text is behind the token, if another has been read since. */
  append(token: number, phase: TextPhase = this.text.phase): void {
    this.#add(token);
    this.grammar?.append(token, phase);
  }

  #add(token: number): void {
    this.generated.push(token);
    this.#counts?.add(token);
  }

  /** As if the next token had been drawn: what the draw after it depends on. Until `takeBack`. */
  assume(token: number): void {
    this.#add(token);
    this.grammar?.assume(token);
    this.#assumed++;
  }

  /** Nothing is assumed any more. */
  takeBack(): void {
    this.grammar?.takeBack();
    for (; this.#assumed > 0; this.#assumed--) {
      const token = this.generated.pop();
      if (token !== undefined) this.#counts?.takeBack(token);
    }
  }

  /** At least as many as the counts, and as the biases, of the next draw. */
  get mostDrawEntries(): number {
    const { logitBias } = this.request.generation.sampling;
    const { eosIds, stopTokenIds } = this.rules;
    const rules = this.#tokenRules;
    const ngrams = rules !== null && rules.ngramSize > 0 ? this.length : 0;
    const biases = logitBias.length + eosIds.length + stopTokenIds.length + ngrams;
    return Math.max(this.counts?.length ?? 0, biases + (rules?.mostBiases ?? 0));
  }

  /** Biases that the checkpoint's rules put on the next token. */
  eachRuleBias(emit: EmitBias): void {
    const rules = this.#tokenRules;
    if (rules === null) return;
    const tokenAt: TokenAt = (position) => this.tokenAt(position);
    rules.each(tokenAt, this.length, this.fresh, emit);
    if (rules.ngramSize > 0) this.#eachRepetition(rules.ngramSize, tokenAt, emit);
  }

  /** Bans every token that would repeat an n-gram of prompt or answer. */
  #eachRepetition(size: number, tokenAt: TokenAt, emit: EmitBias): void {
    const prompt = this.request.promptNgrams(size);
    if (this.#ngrams === null) {
      this.#ngrams = new NgramIndex(size);
      this.#indexed = this.request.generation.promptIds.length;
    }
    const drawn = this.length - this.#assumed;
    for (; this.#indexed < drawn; this.#indexed++) this.#ngrams.add(tokenAt, this.#indexed);
    const banned = new Set(prompt.followers(tokenAt, this.length));
    for (const id of this.#ngrams.followers(tokenAt, this.length)) banned.add(id);
    // The index only grows: n-grams that end in what is assumed are looked through.
    for (let end = Math.max(drawn, size - 1); end < this.length; end++) {
      if (endsAlike(tokenAt, end, this.length, size - 1)) banned.add(tokenAt(end));
    }
    for (const id of banned) emit(id, -Infinity);
  }

  /** How often each token occurred, as far as this request's penalties ask; else null. */
  get counts(): TokenCounts | null {
    const { sampling, promptIds } = this.request.generation;
    const repetition = sampling.repetitionPenalty !== 1;
    if (!repetition && sampling.presencePenalty === 0 && sampling.frequencyPenalty === 0) {
      return null;
    }
    if (this.#counts === null) {
      this.#counts = new TokenCounts();
      if (repetition) for (const id of promptIds) this.#counts.mention(id);
      for (const id of this.generated) this.#counts.add(id);
    }
    return this.#counts;
  }
}

/** Whether the `count` tokens before two positions are the same; `a` is `count` at least. */
function endsAlike(tokenAt: TokenAt, a: number, b: number, count: number): boolean {
  for (let i = 1; i <= count; i++) if (tokenAt(a - i) !== tokenAt(b - i)) return false;
  return true;
}

/** The n choices of a request. */
export function sequencesOf(request: RequestState, options: SequenceOptions): readonly Sequence[] {
  const { n } = request.generation;
  return Array.from({ length: n }, (_, choice) => new Sequence(request, choice, options));
}
