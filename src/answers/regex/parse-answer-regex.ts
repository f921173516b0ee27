/**
 * Reads the regular expressions that answers are looked for with: as JavaScript has them with its flag
 * `u`, and of what others write beside it the same that grammars take (`\A`, `\Z`, `(?P<name>`, needless
 * escapes). Look-around, back-references and flags are refused.
 */
import { invalidValue } from '../../errors/requests.js';
import { GrammarError } from '../../grammar/grammar-error.js';
import { parseRegex } from '../../grammar/regex/parse-regex.js';
import { range, type CodePointSet } from '../../tokenizer/unicode/code-point-set.js';
import { PatternCursor } from './pattern-cursor.js';
import type { Place, RegexNode } from './syntax.js';

/** UTF-16 units. */
const MAX_LENGTH = 1000;
const MAX_DEPTH = 100;
const MAX_COUNT = 1000;

const PLACES: readonly (readonly [written: string, place: Place])[] = [
  ['^', 'start'],
  ['$', 'end'],
  ['\\A', 'start'],
  ['\\z', 'end'],
  ['\\Z', 'end'],
  ['\\b', 'boundary'],
  ['\\B', 'inside'],
];
const LOOKING_AROUND = ['?=', '?!', '?<=', '?<!'];
const CAPTURE = /\?P?<[\p{L}_][\p{L}\p{N}_]*>/uy;
const INTERVAL = /\{(\d*)(,(\d*))?\}/y;
/** An escape of one character or set; `parseRegex` knows what it means, or that it means nothing. */
const ESCAPE = new RegExp(
  [
    String.raw`\\u\{[^}]*\}`,
    String.raw`\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}`,
    String.raw`\\u[0-9A-Fa-f]{4}`,
    String.raw`\\x[0-9A-Fa-f]{2}`,
    String.raw`\\c[A-Za-z]`,
    String.raw`\\[pP]\{[^}]*\}`,
    String.raw`\\[pP][A-Z]`,
    String.raw`\\[^]`,
  ].join('|'),
  'uy',
);

export interface AnswerRegexTree {
  readonly node: RegexNode;
  /** Groups that capture. */
  readonly groups: number;
}

/** Throws `invalid_value` for `field`, with the place of the fault, counted from 0 in UTF-16 units. */
export function parseAnswerRegex(source: string, field: string): AnswerRegexTree {
  if (source.length > MAX_LENGTH) {
    throw invalidValue(field, `it has ${source.length} characters, and at most ${MAX_LENGTH} fit`);
  }
  return new AnswerRegexParser(source, field).parse();
}

class AnswerRegexParser {
  readonly #cursor: PatternCursor;
  #depth = 0;
  #groups = 0;

  constructor(source: string, field: string) {
    this.#cursor = new PatternCursor(source, field);
  }

  parse(): AnswerRegexTree {
    const node = this.#choice();
    if (!this.#cursor.isAtEnd) throw this.#cursor.fault('a ) closes no group');
    return { node, groups: this.#groups };
  }

  #choice(): RegexNode {
    if (++this.#depth > MAX_DEPTH) {
      throw this.#cursor.fault(`groups are nested more than ${MAX_DEPTH} deep`);
    }
    const first = this.#sequence();
    const parts = [first];
    while (this.#cursor.take('|')) parts.push(this.#sequence());
    this.#depth--;
    return parts.length === 1 ? first : { kind: 'choice', parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (!this.#cursor.isAtEnd && !this.#cursor.peek('|') && !this.#cursor.peek(')')) {
      parts.push(this.#repeated());
    }
    return { kind: 'sequence', parts };
  }

  #repeated(): RegexNode {
    const firstGroup = this.#groups;
    const node = this.#atom();
    const start = this.#cursor.at;
    const counts = this.#quantifier();
    if (counts === null) return node;
    if (node.kind === 'place') throw this.#cursor.fault('a place of the text is repeated', start);
    const lazy = this.#cursor.take('?');
    const again = this.#cursor.at;
    if (this.#quantifier() !== null)
      throw this.#cursor.fault('what is repeated is repeated again', again);
    const [least, most] = counts;
    return { kind: 'repeat', node, least, most, lazy, groups: [firstGroup, this.#groups] };
  }

  #quantifier(): readonly [least: number, most: number] | null {
    if (this.#cursor.take('*')) return [0, Infinity];
    if (this.#cursor.take('+')) return [1, Infinity];
    if (this.#cursor.take('?')) return [0, 1];
    const start = this.#cursor.at;
    const interval = this.#cursor.match(INTERVAL);
    if (interval === null) return null;
    const [, first = '', comma, second = ''] = interval;
    if (first === '' && second === '') {
      // "{}" and "{,}" are only themselves.
      this.#cursor.at = start;
      return null;
    }
    const least = Number(first);
    const most = comma === undefined ? least : second === '' ? Infinity : Number(second);
    if (Math.max(least, most === Infinity ? 0 : most) > MAX_COUNT) {
      throw this.#cursor.fault(`a count is above ${MAX_COUNT}`, start);
    }
    if (most < least) throw this.#cursor.fault('a range of counts is not in order', start);
    return [least, most];
  }

  #atom(): RegexNode {
    if (this.#cursor.peek('(')) return this.#group();
    for (const [written, place] of PLACES)
      if (this.#cursor.take(written)) return { kind: 'place', place };
    const start = this.#cursor.at;
    if (this.#quantifier() !== null) throw this.#cursor.fault('nothing is repeated', start);
    return { kind: 'set', set: this.#set() };
  }

  #group(): RegexNode {
    const start = this.#cursor.at++;
    if (LOOKING_AROUND.some((kind) => this.#cursor.peek(kind))) {
      throw this.#cursor.fault('the expression looks around itself, which is not supported', start);
    }
    let number: number | null = null;
    if (!this.#cursor.take('?:')) {
      if (this.#cursor.match(CAPTURE) === null && this.#cursor.peek('?')) {
        throw this.#cursor.fault('a group is of a kind that is not supported', start);
      }
      number = this.#groups++;
    }
    const node = this.#choice();
    if (!this.#cursor.take(')'))
      throw this.#cursor.fault('a group is opened and never closed', start);
    return number === null ? node : { kind: 'group', node, number };
  }

  /** One character, or a set of them. */
  #set(): CodePointSet {
    const start = this.#cursor.at;
    const code = this.#cursor.source.codePointAt(start) ?? 0;
    if (this.#cursor.peek('[')) {
      this.#cursor.at = this.#endOfClass();
    } else if (this.#cursor.peek('\\')) {
      if (this.#cursor.match(ESCAPE) === null) throw this.#cursor.fault('a \\ escapes nothing');
    } else if (this.#cursor.take('.')) {
      // Its line ends are for `parseRegex` to know.
    } else {
      this.#cursor.at += code > 0xffff ? 2 : 1;
      return range(code, code);
    }
    return this.#setOf(this.#cursor.source.slice(start, this.#cursor.at), start);
  }

  #endOfClass(): number {
    for (let at = this.#cursor.at + 1; at < this.#cursor.source.length; at++) {
      if (this.#cursor.source[at] === '\\') at++;
      else if (this.#cursor.source[at] === ']') return at + 1;
    }
    throw this.#cursor.fault('a [ is opened and never closed');
  }

  /** The set that a part of the source means to grammars. */
  #setOf(part: string, at: number): CodePointSet {
    try {
      const node = parseRegex(part);
      if (node.kind === 'set') return node.set;
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      throw this.#cursor.fault(error.message, at);
    }
    throw this.#cursor.fault('an escape is no character', at);
  }
}
