/** Cuts a text into words as the pre-tokenizer says, one at a time: no list of them is made. */
import { PatternMatcher } from './pattern/matcher.js';
import type { CutTables, PreTokenizerTables } from './pre-tokenizer.js';
import type { WorkMeter } from './work-meter.js';

const SPACE = 0x20;

/** A source of pieces, each between `start` and `end`. */
interface Pieces {
  readonly start: number;
  readonly end: number;
  next(): boolean;
}

/** `start` and `end` are those of the word that `next` found. */
export class WordCutter {
  /** The text's bytes. Byte 0 is the cutter's own: the text begins at byte 1. */
  static readonly FIRST = 1;

  start = 0;
  end = 0;

  readonly #whole: Whole;
  readonly #cuts: Cut[] = [];
  readonly #beforeLast: Pieces;
  readonly #last: Cut | null;
  readonly #prefixSpace: boolean;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(tables: PreTokenizerTables, meter: WorkMeter) {
    let source: Pieces = (this.#whole = new Whole());
    for (const cut of tables.cuts) {
      this.#cuts.push((source = new Cut(cut, source, meter)));
    }
    this.#prefixSpace = tables.prefixSpace;
    this.#beforeLast = source;
    this.#last =
      tables.last === null
        ? null
        : new Cut(tables.last, { start: 0, end: 0, next: () => false }, meter);
  }

  /** A text in UTF-8 in bytes [1, end), which the cutter may write to. */
  begin(bytes: Uint8Array, end: number): void {
    this.#bytes = bytes;
    this.#whole.begin(WordCutter.FIRST, end);
    for (const cut of this.#cuts) cut.begin(bytes);
    this.#last?.begin(bytes);
  }

  next(): boolean {
    const last = this.#last;
    for (;;) {
      if (last !== null && last.nextInPiece()) {
        this.start = last.start;
        this.end = last.end;
        return true;
      }
      const pieces = this.#beforeLast;
      if (!pieces.next()) return false;
      this.start = pieces.start;
      this.end = pieces.end;
      if (this.#prefixSpace && this.#bytes[this.start] !== SPACE) {
        // What lies there was cut and encoded already, and nothing looks back.
        this.start--;
        this.#bytes[this.start] = SPACE;
      }
      if (last === null) return true;
      last.enter(this.start, this.end);
    }
  }
}

class Whole implements Pieces {
  start = 0;
  end = 0;
  #given = true;

  begin(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.#given = start === end;
  }

  next(): boolean {
    const first = !this.#given;
    this.#given = true;
    return first;
  }
}

/** Cuts the pieces of a source at a pattern's matches. Empty pieces don't come out. */
class Cut implements Pieces {
  start = 0;
  end = 0;

  readonly #tables: CutTables;
  readonly #source: Pieces;
  readonly #matcher: PatternMatcher;
  #bytes: Uint8Array = new Uint8Array(0);
  /** The piece's bytes that are not cut yet. */
  #at = 0;
  #to = 0;
  /** A match that was found and not handed out: [found, foundEnd). */
  #found = -1;
  #foundEnd = -1;
  /** The span that was seen last. */
  #spanStart = 0;
  #spanEnd = 0;
  #spanMatches = false;
  /** A span that was looked at ahead waits in those three. */
  #waiting = false;

  constructor(tables: CutTables, source: Pieces, meter: WorkMeter) {
    this.#tables = tables;
    this.#source = source;
    this.#matcher = new PatternMatcher(tables.program, meter);
  }

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.enter(0, 0);
  }

  /** Goes on with another piece of the text. */
  enter(start: number, end: number): void {
    this.#at = start;
    this.#to = end;
    this.#found = -1;
    this.#waiting = false;
    this.#matcher.reset();
  }

  next(): boolean {
    while (!this.nextInPiece()) {
      if (!this.#source.next()) return false;
      this.enter(this.#source.start, this.#source.end);
    }
    return true;
  }

  nextInPiece(): boolean {
    if (!this.#span()) return false;
    let matches = this.#spanMatches;
    this.start = this.#spanStart;
    this.end = this.#spanEnd;
    switch (this.#tables.behavior) {
      case 'Isolated':
        return true;
      case 'Removed':
        while (matches) {
          if (!this.#span()) return false;
          matches = this.#spanMatches;
        }
        this.start = this.#spanStart;
        this.end = this.#spanEnd;
        return true;
      case 'Contiguous':
        while (this.#span()) {
          if (this.#spanMatches !== matches) return this.#putBack();
          this.end = this.#spanEnd;
        }
        return true;
      case 'MergedWithPrevious':
        // The first of several matches goes to the text before them.
        if (!matches && this.#span()) {
          if (!this.#spanMatches) return this.#putBack();
          this.end = this.#spanEnd;
        }
        return true;
      case 'MergedWithNext':
        // The last of several matches goes to the text after them.
        if (matches && this.#span()) {
          if (this.#spanMatches) return this.#putBack();
          this.end = this.#spanEnd;
        }
        return true;
    }
  }

  #putBack(): true {
    this.#waiting = true;
    return true;
  }

  /** The next span: a match, or the text up to one. */
  #span(): boolean {
    if (this.#waiting) {
      this.#waiting = false;
      return true;
    }
    const at = this.#at;
    if (at >= this.#to) return false;
    if (this.#found < 0) {
      const found = this.#matcher.find(this.#bytes, at, this.#to);
      this.#found = found ? this.#matcher.start : this.#to;
      this.#foundEnd = found ? this.#matcher.end : this.#to;
    }
    this.#spanStart = at;
    if (this.#found === at) {
      this.#spanEnd = this.#foundEnd;
      this.#spanMatches = !this.#tables.invert;
      this.#found = -1;
    } else {
      this.#spanEnd = this.#found;
      this.#spanMatches = this.#tables.invert;
      if (this.#found === this.#to) this.#found = -1;
    }
    this.#at = this.#spanEnd;
    return true;
  }
}
