import type { TokenTable } from '../../tokenizer/tokenizer.js';
import type { ReasoningTags } from '../types.js';
import { HeldText } from './held-text.js';
import { PrefixMatcher } from './prefix-matcher.js';
import { isWhitespace, ThoughtText } from './thought-text.js';
import { Utf8Stream } from './utf8-stream.js';

/**
 * Where a sequence is. `lead`: nothing but whitespace or a part of the start tag so far, it may
 * still open a thought. `gap`: the thought is over, the answer's first character has not come.
 */
type State = 'lead' | 'thought' | 'gap' | 'answer' | 'stopped';

/** Where a text is: before, in or behind its thought, or in its answer. */
export type TextPhase = Exclude<State, 'stopped'>;

/** What a token made certain. */
export interface AcceptedText {
  /** Answer text. */
  readonly text: string;
  /** Thought text, without tags and without the whitespace around it. */
  readonly reasoning: string;
  /** The stop string that this token completed: the answer is over. */
  readonly stopMatched: string | null;
}

/**
 * What a sequence thinks and says: one state machine, fed by its accepted tokens only, that decodes
 * them, splits the thought from the answer and finds stop strings. The result does not depend on
 * how the text is cut into tokens; the cost is O(1) amortised a character.
 *
 * - A thought opens at the beginning only (whitespace before it is dropped), or was opened by the
 *   prompt; a tag later on is text. An answer that never opens a thought is all answer.
 * - Tags and stop strings are matched on decoded text, special tokens' strings included, so several
 *   tokens may spell one and a special token may be one. Special tokens are not part of the text,
 *   but for those that are to be shown.
 * - Whitespace around a thought is dropped: after the start tag, before the end tag, and between
 *   the end tag and the answer.
 * - Stop strings are matched in the answer only. The one completed first wins; of those completed
 *   by the same character, the longest. The answer ends before it.
 */
export class SequenceText {
  readonly #table: TokenTable;
  readonly #utf8 = new Utf8Stream();
  readonly #startTag: PrefixMatcher | null;
  readonly #endTag: PrefixMatcher | null;
  readonly #stops: readonly PrefixMatcher[];
  readonly #minTokens: number;
  readonly #shown: readonly number[];
  readonly #thought = new ThoughtText();
  readonly #held = new HeldText();
  /** Units at the start of #held that the matchers of this state have seen. */
  #seen = 0;
  /** In #held, while in `lead`: the first character that is neither hidden nor whitespace. */
  #firstShown = Infinity;
  #state: State;
  #accepted = 0;
  #reasoningTokens = 0;
  #text = '';
  #reasoning = '';
  #stopMatched: string | null = null;

  /**
   * `stop` may hold strings that can never occur in decoded text (empty, or with half a surrogate
   * pair); they match nothing. Text of the first `minTokens` tokens is not searched for them.
   */
  constructor(options: {
    readonly table: TokenTable;
    readonly reasoning: ReasoningTags | null;
    readonly stop: readonly string[];
    readonly minTokens?: number;
    /** Special tokens that are part of the text. */
    readonly shown?: readonly number[];
  }) {
    const { table, reasoning, stop } = options;
    this.#table = table;
    this.#startTag = reasoning === null ? null : new PrefixMatcher(reasoning.start);
    this.#endTag = reasoning === null ? null : new PrefixMatcher(reasoning.end);
    this.#stops = stop.filter(canOccur).map((pattern) => new PrefixMatcher(pattern));
    this.#minTokens = options.minTokens ?? 0;
    this.#shown = options.shown ?? [];
    this.#state = reasoning === null ? 'answer' : reasoning.open ? 'thought' : 'lead';
  }

  /** Tokens before the answer began, tags included; 0 where no thought was opened. */
  get reasoningTokens(): number {
    return this.#reasoningTokens;
  }

  /** Where the text is; one that a stop string has ended is in its answer. */
  get phase(): TextPhase {
    return this.#state === 'stopped' ? 'answer' : this.#state;
  }

  /** What the last token belonged to; one that may yet open a thought counts as answer. */
  get part(): 'answer' | 'reasoning' {
    return this.#state === 'thought' || this.#state === 'gap' ? 'reasoning' : 'answer';
  }

  /** Bytes have come that make no whole character yet. */
  get insideCharacter(): boolean {
    return this.#utf8.inside;
  }

  /**
   * Takes a token. A token that ends the sequence by its id (stop-rules.ts) is not given
   * here, unless a stop string may be its text and the id is ignored.
   */
  accept(tokenId: number): AcceptedText {
    this.#accepted++;
    const { bytes, offsets, special } = this.#table;
    // Ids beyond the table (a padded vocabulary) stand for no bytes.
    const [begin, end] =
      tokenId < special.length ? [offsets[tokenId]!, offsets[tokenId + 1]!] : [0, 0];
    if (special[tokenId] === 1 && !this.#shown.includes(tokenId)) {
      this.#read(this.#utf8.flush(), false);
      this.#read(decoder.decode(bytes.subarray(begin, end)), true);
    } else {
      const text = this.#utf8.push(bytes, begin, end);
      if (this.#nothingIsLookedFor) return { text, reasoning: '', stopMatched: null };
      this.#read(text, false);
    }
    if (this.part === 'reasoning') this.#reasoningTokens = this.#accepted;
    return this.#deliver();
  }

  /**
   * The sequence is over: gives out what was held back as a possible beginning of a tag or a stop
   * string, and U+FFFD for an incomplete character. After a matched stop string there is nothing left.
   * `stopMatched`: the held text turned out to hold a stop string (an answer of
   * nothing but whitespace, say).
   */
  finish(): AcceptedText {
    this.#read(this.#utf8.flush(), false);
    if (this.#state === 'lead') this.#beginAnswer();
    if (this.#state === 'thought') {
      this.#reasoning += this.#thought.push(this.#held.take(this.#held.length));
    } else if (this.#state === 'answer') {
      this.#text += this.#held.take(this.#held.length);
    }
    return this.#deliver();
  }

  /** All text is answer from here on, and none of it is held. */
  get #nothingIsLookedFor(): boolean {
    return this.#state === 'answer' && this.#stops.length === 0 && this.#held.length === 0;
  }

  #read(text: string, hidden: boolean): void {
    this.#held.append(text, hidden);
    for (let i = 0; i < text.length && this.#state !== 'stopped'; i++) {
      const unit = text.charCodeAt(i);
      this.#seen++;
      if (this.#state === 'lead') {
        if (!this.#stepLead(unit, hidden)) {
          this.#beginAnswer();
          return;
        }
      } else if (this.#state === 'thought') {
        this.#stepThought(unit);
      } else {
        if (this.#state === 'gap' && !hidden && isWhitespace(text.charAt(i))) {
          this.#drop();
          continue;
        }
        this.#state = 'answer';
        this.#stepAnswer(unit);
      }
    }
    if (this.#state === 'stopped') this.#held.drain();
  }

  /**
   * False when what is held cannot open a thought: a character that shows lies before the part of
   * the tag that has come.
   */
  #stepLead(unit: number, hidden: boolean): boolean {
    const tag = this.#startTag!;
    const complete = tag.push(unit);
    if (!hidden && !isWhitespace(String.fromCharCode(unit))) {
      this.#firstShown = Math.min(this.#firstShown, this.#seen - 1);
    }
    if (this.#firstShown < this.#seen - tag.matched) return false;
    if (complete) {
      this.#drop();
      this.#state = 'thought';
    }
    return true;
  }

  /** No thought: everything held is read again, as answer. */
  #beginAnswer(): void {
    this.#state = 'answer';
    this.#seen = 0;
    for (const { text, hidden } of this.#held.drain()) this.#read(text, hidden);
  }

  #stepThought(unit: number): void {
    const tag = this.#endTag!;
    if (!tag.push(unit)) return;
    const length = this.#seen - tag.pattern.length;
    this.#reasoning += this.#thought.push(this.#held.take(length));
    this.#seen = tag.pattern.length;
    this.#drop();
    this.#state = 'gap';
  }

  #stepAnswer(unit: number): void {
    if (this.#accepted <= this.#minTokens) return;
    let found: PrefixMatcher | null = null;
    for (const stop of this.#stops) {
      if (stop.push(unit) && stop.pattern.length > (found?.pattern.length ?? 0)) found = stop;
    }
    if (found === null) return;
    this.#text += this.#held.take(this.#seen - found.pattern.length);
    this.#stopMatched = found.pattern;
    this.#state = 'stopped';
  }

  /** Forgets the held text that has been seen. */
  #drop(): void {
    this.#held.take(this.#seen);
    this.#seen = 0;
  }

  /** Everything but the longest possible beginning of what is looked for. */
  #deliver(): AcceptedText {
    if (this.#state === 'thought') {
      const matched = this.#endTag!.matched;
      this.#reasoning += this.#thought.push(this.#held.take(this.#held.length - matched));
      this.#seen = matched;
    } else if (this.#state === 'answer') {
      let matched = 0;
      for (const stop of this.#stops) matched = Math.max(matched, stop.matched);
      this.#text += this.#held.take(this.#held.length - matched);
      this.#seen = matched;
    }
    const out = {
      text: this.#text,
      reasoning: this.#reasoning,
      stopMatched: this.#stopMatched,
    };
    this.#text = '';
    this.#reasoning = '';
    return out;
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function canOccur(pattern: string): boolean {
  return pattern.length > 0 && !/\p{Surrogate}/u.test(pattern);
}
