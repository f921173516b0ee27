import { DEAD_STATE, type GrammarState, type NativeGrammar } from '../../native/addon.js';
import type { TokenTable } from '../../tokenizer/token-table.js';
import { isWhitespace } from '../text/thought-text.js';
import type { TextPhase } from '../text/sequence-text.js';
import type { TriggerWatch } from './trigger-watch.js';

/** Tokens of line ends that may stand between a thought and its answer. */
const MAX_GAP_TOKENS = 2;

/** What a sequence's grammar has around it. */
export interface GrammarSurroundings {
  readonly table: TokenTable;
  readonly phase: TextPhase;
  /** Special tokens that are part of the text. */
  readonly shown: readonly number[];
  /** null: the text has no thoughts. */
  readonly thoughtTokens: ThoughtTokens | null;
  /** What announces the grammar; null: it begins with the answer. */
  readonly watch: TriggerWatch | null;
}

/**
 * Where a sequence's answer stands in its grammar. A thought is free: the grammar begins with the
 * answer. While a thought may still open, its tag is let through beside the grammar.
 */
export class SequenceGrammar {
  readonly #grammar: NativeGrammar;
  readonly #table: TokenTable;
  readonly #shown: readonly number[];
  readonly #thoughtTokens: ThoughtTokens | null;
  /** What announces the grammar, as long as it hasn't come. */
  #watch: TriggerWatch | null;
  #state: GrammarState;
  #phase: TextPhase;
  /** The beginning of the answer or of a tag, as long as it may be either. */
  #lead = '';
  #gapTokens = 0;
  /** What brings back where the text was before each token that is assumed. */
  readonly #before: (() => void)[] = [];

  /** `phase`: where the text is before its first token. */
  constructor(grammar: NativeGrammar, surroundings: GrammarSurroundings) {
    const { table, phase, shown, thoughtTokens, watch } = surroundings;
    this.#watch = watch;
    this.#shown = shown;
    this.#grammar = grammar;
    this.#table = table;
    this.#thoughtTokens = thoughtTokens;
    this.#state = grammar.start;
    this.#phase = phase;
  }

  /** The grammar has come to the memory that it may take: nothing more can be drawn. */
  get exhausted(): boolean {
    return this.#grammar.exhausted;
  }

  /** The answer is held to the grammar: from here on its tokens decide everything. */
  get begun(): boolean {
    return this.#phase === 'answer' && this.#watch === null;
  }

  /** A token came, and brought the text to `phase`. */
  append(token: number, phase: TextPhase): void {
    const before = this.#phase;
    this.#phase = phase;
    if (this.#watch !== null) {
      if (phase === 'answer' || phase === 'lead') this.#look(this.#watch, token, before);
      else if (before === 'lead') this.#watch.reset();
    } else if (before === 'answer') this.#state = this.#grammar.step(this.#state, token);
    else if (before === 'lead') this.#appendToLead(token, phase);
    else if (phase === 'answer') this.#beginAnswer(token, before);
    else if (before === 'gap') this.#gapTokens++;
  }

  #appendToLead(token: number, phase: TextPhase): void {
    this.#lead += this.#textOf(token);
    if (phase === 'lead' || phase === 'answer') {
      this.#state = this.#grammar.step(this.#state, token);
    } else {
      this.#state = this.#grammar.start;
    }
  }

  /** The grammar begins behind what announces it, if that has come. */
  #look(watch: TriggerWatch, token: number, before: TextPhase): void {
    const state = watch.take(this.#answerPart(token, before));
    if (state === null) return;
    this.#state = state;
    this.#watch = null;
  }

  /** The token's part behind the thought is the answer's first. */
  #beginAnswer(token: number, before: TextPhase): void {
    this.#state = this.#grammar.stepBytes(this.#state, this.#answerPart(token, before));
  }

  /** What of a token belongs to the answer. */
  #answerPart(token: number, before: TextPhase): Buffer {
    if (before === 'answer' || before === 'lead') return this.#shownBytes(token);
    let text = this.#textOf(token);
    if (before === 'thought') text = behindTag(text, this.#thoughtTokens!.endTag);
    let begin = 0;
    while (isWhitespace(text.charAt(begin))) begin++;
    return Buffer.from(text.slice(begin));
  }

  #textOf(token: number): string {
    return this.#bytesOf(token).toString();
  }

  #bytesOf(token: number): Buffer {
    const { bytes, offsets, special } = this.#table;
    // Ids beyond the table (a padded vocabulary) stand for no bytes.
    if (token >= special.length) return Buffer.alloc(0);
    return Buffer.from(bytes.subarray(offsets[token], offsets[token + 1]));
  }

  /** As `#bytesOf`, of what the text has. */
  #shownBytes(token: number): Buffer {
    const hidden = this.#table.special[token] === 1 && !this.#shown.includes(token);
    return hidden ? Buffer.alloc(0) : this.#bytesOf(token);
  }

  /** Tokens that are likely to follow, since their text must; `most` at the most. */
  forcedTokens(most: number): readonly number[] {
    return this.begun ? [...this.#grammar.forcedTokens(this.#state, most)] : [];
  }

  /**
   * How many of a draft's tokens it is known for what they make of the grammar: inside a thought
   * those that can't end it, in an answer that announces nothing so far those that don't either.
   */
  known(tokens: readonly number[]): number {
    if (this.begun) return tokens.length;
    if (this.#phase === 'thought') {
      const last = Buffer.from(this.#thoughtTokens!.endTag).at(-1)!;
      const end = tokens.findIndex((token) => this.#bytesOf(token).includes(last));
      return end < 0 ? tokens.length : end;
    }
    if (this.#phase !== 'answer' || this.#watch === null) return 0;
    return this.#watch.quiet(tokens.map((token) => this.#shownBytes(token)));
  }

  /** As if a token of those that `known` counts had been drawn. Until `takeBack`. */
  assume(token: number): void {
    if (this.#phase === 'thought') return;
    if (this.#watch !== null) {
      this.#before.push(this.#watch.assume(this.#shownBytes(token)));
      return;
    }
    const before = this.#state;
    this.#before.push(() => (this.#state = before));
    this.#state = this.#grammar.step(this.#state, token);
  }

  takeBack(): void {
    const [takeBack] = this.#before;
    takeBack?.();
    this.#before.length = 0;
  }

  /**
   * Writes the mask of the next token. `free`: every token may come, and nothing was written; behind
   * a token that was assumed and cannot come nothing is drawn. `ended`: nothing but an end may come.
   */
  fillMask(mask: Uint32Array, offset: number): 'free' | 'masked' | 'ended' {
    if (this.#phase === 'thought') return 'free';
    if (this.#watch !== null) return this.#watch.fillMask(mask, offset);
    if (this.#state === DEAD_STATE && this.#before.length > 0) return 'free';
    const leadsOn = this.#grammar.fillMask(this.#state, mask, offset);
    if (this.#phase === 'answer') {
      return !leadsOn && this.#grammar.accepts(this.#state) ? 'ended' : 'masked';
    }
    if (this.#phase === 'lead') this.#thoughtTokens?.addOpening(this.#lead, mask, offset);
    if (this.#phase === 'gap' && this.#gapTokens < MAX_GAP_TOKENS) {
      this.#thoughtTokens?.addLineEnds(mask, offset);
    }
    return 'masked';
  }
}

/** What of a token's text stands behind a tag that it completes. */
function behindTag(text: string, tag: string): string {
  const whole = text.indexOf(tag);
  if (whole >= 0) return text.slice(whole + tag.length);
  for (let length = Math.min(text.length, tag.length); length > 0; length--) {
    if (tag.endsWith(text.slice(0, length))) return text.slice(length);
  }
  return text;
}

/** Tokens around thoughts that masks let through beside a grammar's. */
export class ThoughtTokens {
  readonly endTag: string;
  readonly #startTag: string;
  readonly #texts: readonly (readonly [id: number, text: string])[];
  readonly #lineEnds: readonly number[];

  constructor(table: TokenTable, vocabSize: number, tags: { start: string; end: string }) {
    this.#startTag = tags.start;
    this.endTag = tags.end;
    const texts: [number, string][] = [];
    const lineEnds: number[] = [];
    const { bytes, offsets, special } = table;
    for (let id = 0; id < Math.min(vocabSize, special.length); id++) {
      const piece = bytes.subarray(offsets[id], offsets[id + 1]);
      if (piece.length === 0 || piece.length > tags.start.length * 4) continue;
      const text = Buffer.from(piece).toString();
      if (tags.start.includes(text)) texts.push([id, text]);
      if (/^\n{1,2}$/.test(text) && special[id] === 0) lineEnds.push(id);
    }
    this.#texts = texts;
    this.#lineEnds = lineEnds;
  }

  /** Tokens with which `lead` goes on towards the tag that opens a thought. */
  addOpening(lead: string, mask: Uint32Array, offset: number): void {
    const begun = lead.trimStart();
    if (!this.#startTag.startsWith(begun)) return;
    for (const [id, text] of this.#texts) {
      if (this.#startTag.startsWith(begun + text)) allow(id, mask, offset);
    }
  }

  addLineEnds(mask: Uint32Array, offset: number): void {
    for (const id of this.#lineEnds) allow(id, mask, offset);
  }
}

function allow(id: number, mask: Uint32Array, offset: number): void {
  mask[offset + (id >> 5)]! |= 1 << (id & 31);
}
