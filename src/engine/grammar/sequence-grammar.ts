import { DEAD_STATE, type GrammarState, type NativeGrammar } from '../../native/addon.js';
import type { TokenTable } from '../../tokenizer/token-table.js';
import { isWhitespace } from '../text/thought-text.js';
import type { GrammarTrigger } from '../types.js';
import type { TextPhase } from '../text/sequence-text.js';

/** Tokens of line ends that may stand between a thought and its answer. */
const MAX_GAP_TOKENS = 2;

/** What a sequence's grammar has around it. */
export interface GrammarSurroundings {
  readonly table: TokenTable;
  readonly phase: TextPhase;
  /** null: the text has no thoughts. */
  readonly thoughtTokens: ThoughtTokens | null;
  readonly trigger: GrammarTrigger | null;
}

/**
 * Where a sequence's answer stands in its grammar. A thought is free: the grammar begins with the
 * answer. While a thought may still open, its tag is let through beside the grammar.
 */
export class SequenceGrammar {
  readonly #grammar: NativeGrammar;
  readonly #table: TokenTable;
  readonly #thoughtTokens: ThoughtTokens | null;
  /** What announces the grammar, as long as it hasn't come. */
  #watch: TriggerWatch | null;
  #state: GrammarState;
  #phase: TextPhase;
  /** The beginning of the answer or of a tag, as long as it may be either. */
  #lead = '';
  #gapTokens = 0;
  /** States before each token that is assumed. */
  readonly #before: GrammarState[] = [];

  /** `phase`: where the text is before its first token. */
  constructor(grammar: NativeGrammar, surroundings: GrammarSurroundings) {
    const { table, phase, thoughtTokens, trigger } = surroundings;
    this.#watch = trigger === null ? null : new TriggerWatch(trigger);
    this.#grammar = grammar;
    this.#table = table;
    this.#thoughtTokens = thoughtTokens;
    this.#state = grammar.start;
    this.#phase = phase;
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
      if (phase === 'answer') this.#look(this.#watch, this.#answerPart(token, before));
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
  #look(watch: TriggerWatch, bytes: Buffer): void {
    const behind = watch.take(bytes);
    if (behind === null) return;
    const state = this.#grammar.stepBytes(this.#grammar.start, behind);
    // What came in one token with the announcement was not masked: if it leads elsewhere, the answer
    // goes on as one that announces nothing.
    if (state === DEAD_STATE) return;
    this.#state = state;
    this.#watch = null;
  }

  /** The token's part behind the thought is the answer's first. */
  #beginAnswer(token: number, before: TextPhase): void {
    this.#state = this.#grammar.stepBytes(this.#state, this.#answerPart(token, before));
  }

  /** What of a token belongs to the answer. */
  #answerPart(token: number, before: TextPhase): Buffer {
    if (before === 'answer' || before === 'lead') return this.#bytesOf(token);
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
    const { bytes, offsets } = this.#table;
    return Buffer.from(bytes.subarray(offsets[token], offsets[token + 1]));
  }

  /** Tokens that are likely to follow, since their text must; `most` at the most. */
  forcedTokens(most: number): readonly number[] {
    return this.begun ? [...this.#grammar.forcedTokens(this.#state, most)] : [];
  }

  /** As if the token had been drawn; only where the answer has begun. Until `takeBack`. */
  assume(token: number): void {
    this.#before.push(this.#state);
    this.#state = this.#grammar.step(this.#state, token);
  }

  takeBack(): void {
    const [first] = this.#before;
    if (first !== undefined) this.#state = first;
    this.#before.length = 0;
  }

  /**
   * Writes the mask of the next token. `free`: every token may come, and nothing was written; behind
   * a token that was assumed and cannot come nothing is drawn. `ended`: nothing but an end may come.
   */
  fillMask(mask: Uint32Array, offset: number): 'free' | 'masked' | 'ended' {
    if (this.#phase === 'thought' || this.#watch !== null) return 'free';
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

/** Looks for what announces a grammar, in bytes, so that no character is cut. */
class TriggerWatch {
  readonly #bytes: Buffer;
  readonly #brace: boolean;
  /** The end of what has come, as long as it may be the announcement's beginning. */
  #tail = Buffer.alloc(0);
  #begun = false;

  constructor({ text, brace }: GrammarTrigger) {
    this.#bytes = Buffer.from(text);
    this.#brace = brace;
  }

  /** What of the answer stands behind the announcement; null where it hasn't come. */
  take(bytes: Buffer): Buffer | null {
    const text = Buffer.concat([this.#tail, bytes]);
    if (this.#brace && !this.#begun) {
      const begin = text.findIndex((byte) => !isWhitespace(String.fromCharCode(byte)));
      if (begin >= 0) this.#begun = true;
      if (text[begin] === BRACE) return text.subarray(begin);
    }
    const at = text.indexOf(this.#bytes);
    if (at >= 0) return text.subarray(at + this.#bytes.length);
    this.#tail = text.subarray(Math.max(0, text.length - this.#bytes.length + 1));
    return null;
  }
}

const BRACE = 0x7b;

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
