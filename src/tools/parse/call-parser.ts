import { openingOf, partsOf, type CallFormat } from '../call-format.js';
import { readBody } from './call-body.js';
import { readOneOf } from './literals.js';
import { isSpace, Reader, type CallEvent, type Reading } from './reader.js';

/** What calls are looked for. */
export interface CallsWanted {
  readonly format: CallFormat;
  /** Calls of other names are text. */
  readonly names: ReadonlySet<string>;
  /** false: what follows the first call is left out. */
  readonly parallel: boolean;
}

/**
 * Finds the calls in one answer while it comes. What it says, joined, doesn't depend on how the
 * text is cut, and the work is a bounded number of operations a unit.
 *
 * - Text is certain, and comes out, once it can't begin a call. Whitespace before a call, and after
 *   the last one, is left out.
 * - What begins like a call and is none (of no known name, or not of the format) is text again, and
 *   the next call is looked for behind it.
 * - A call that has begun stays one. Its arguments end where their brackets close; what follows that
 *   isn't as the format has it is text.
 */
export class CallParser {
  readonly #wanted: CallsWanted;
  readonly #reader = new Reader();
  readonly #reading: Reading<void>;
  readonly #opening: string;
  readonly #rest: readonly string[];
  readonly #after: readonly string[];
  readonly #next: readonly string[];
  readonly #end: readonly string[];
  readonly #bare: boolean;
  /** Text has come out, or is about to. */
  #spoken = false;
  #called = false;
  /** No unit that was read is undecided, and the next is looked at as text. */
  #plain = false;

  constructor(wanted: CallsWanted) {
    const { before, after, between, end } = wanted.format;
    const opening = openingOf(wanted.format);
    this.#wanted = wanted;
    this.#opening = opening.text;
    this.#rest = opening.rest;
    this.#bare = opening.bare;
    this.#after = partsOf(after);
    this.#next = [...partsOf(between), ...partsOf(before)];
    this.#end = partsOf(end);
    this.#reading = this.#answer();
    this.#reading.next();
  }

  /** Takes more of the answer; returns what is certain now. */
  push(text: string): CallEvent[] {
    if (this.#plain && this.#saysNothing(text)) return [{ type: 'text', text }];
    for (let i = 0; i < text.length; i++) this.#reading.next(text.charAt(i));
    return this.#reader.takeEvents();
  }

  /** The answer is over: what was undecided is text, and an open call ends. */
  finish(): CallEvent[] {
    this.#reading.next(null);
    return this.#reader.takeEvents();
  }

  /** A text in which nothing begins: most are. */
  #saysNothing(text: string): boolean {
    const [first = ''] = this.#opening;
    return text !== '' && !text.includes(first) && !isSpace(text.charAt(text.length - 1));
  }

  *#answer(): Reading<void> {
    const reader = this.#reader;
    reader.unit = yield;
    while (yield* this.#text()) {
      yield* this.#calls();
      if (this.#called && !this.#wanted.parallel) {
        reader.drop();
        while (reader.unit !== null) reader.unit = yield;
        return;
      }
    }
  }

  /** What is held is text, but for its last `kept` units. */
  #speak(kept = 0): void {
    const reader = this.#reader;
    const text = reader.take(reader.held.length - kept);
    reader.text(this.#called && !this.#spoken ? text.trimStart() : text);
    this.#spoken ||= text.trim() !== '';
  }

  /**
   * Reads text up to where a call may begin, and its opening; false at the end of the answer. A mark
   * is held, an object without an opening is not read yet. What is held before is text, but for what
   * may begin an opening.
   */
  *#text(): Reading<boolean> {
    const reader = this.#reader;
    let matched = this.#beginning(reader.held);
    if (reader.held.slice(0, reader.held.length - matched).trim() !== '') this.#speak(matched);
    for (;;) {
      const { unit } = reader;
      if (unit === null) {
        if (this.#called && reader.held.trim() === '') reader.drop();
        if (reader.held !== '') this.#speak();
        return false;
      }
      if (matched > 0 && unit !== this.#opening[matched]) {
        matched = 0;
        this.#speak();
      }
      if (unit === this.#opening[matched]) {
        matched++;
      } else if (!isSpace(unit)) {
        if (this.#bare && unit === '{' && !this.#spoken) return true;
        reader.hold();
        this.#speak();
        this.#plain = true;
        reader.unit = yield;
        this.#plain = false;
        continue;
      }
      reader.hold();
      reader.unit = yield;
      if (matched > 0 && matched === this.#opening.length) return true;
    }
  }

  /** How much of the end of a text is the beginning of an opening. */
  #beginning(text: string): number {
    const at = text.lastIndexOf(this.#opening.charAt(0));
    const length = at < 0 ? 0 : text.length - at;
    return length < this.#opening.length && this.#opening.startsWith(text.slice(-length))
      ? length
      : 0;
  }

  /** Reads calls from behind their opening. What is held afterwards is text. */
  *#calls(): Reading<void> {
    const reader = this.#reader;
    if (!this.#bare && (yield* readOneOf(reader, [this.#rest])) === null) return;
    for (;;) {
      const outcome = yield* readBody(reader, this.#wanted.format.body, this.#wanted.names);
      if (outcome === 'none') return;
      this.#called = true;
      reader.end(outcome === 'ended' || reader.unit !== null);
      if (outcome === 'broken' || !this.#wanted.parallel) return;
      if ((yield* readOneOf(reader, [this.#after])) === null) return;
      reader.drop();
      if (!(yield* this.#another())) return;
    }
  }

  /** Whether another call follows, read up to its body. */
  *#another(): Reading<boolean> {
    const reader = this.#reader;
    // The opening of the next call is looked for like that of the first.
    if (!this.#bare && this.#end.length === 0) return false;
    yield* reader.space();
    if (this.#bare && reader.unit === '{') return true;
    const found = yield* readOneOf(
      reader,
      this.#end.length === 0 ? [this.#next] : [this.#next, this.#end],
    );
    if (found === 1) reader.drop();
    return found === 0;
  }
}
