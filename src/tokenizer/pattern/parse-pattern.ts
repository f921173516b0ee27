/**
 * Reads the patterns of pre-tokenizers: the part of Oniguruma's Ruby syntax that real ones use.
 * Anything else is refused, never taken for something similar.
 */
import { categorySet, digits, WHITE_SPACE, wordCharacters } from '../unicode/properties.js';
import {
  complement,
  NO_CODE_POINT,
  range,
  union,
  type CodePointSet,
} from '../unicode/code-point-set.js';

export type PatternNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: PatternNode;
      readonly least: number;
      /** Infinity where there is no bound. */
      readonly most: number;
      readonly lazy: boolean;
    }
  /** Holds where a code point of the set follows, or, negated, where none does. */
  | { readonly kind: 'ahead'; readonly set: CodePointSet; readonly negative: boolean };

/** What a pattern has that is not built; the message tells what, and where. */
export class PatternError extends Error {}

const MAX_LENGTH = 20_000;
const MAX_DEPTH = 50;
const MAX_REPEAT = 1000;

/** Throws `PatternError`. */
export function parsePattern(pattern: string): PatternNode {
  if (pattern.length > MAX_LENGTH) {
    throw new PatternError(`has ${pattern.length} characters: at most ${MAX_LENGTH} are read`);
  }
  const node = new Parser([...pattern]).parse();
  if (matchesNothing(node)) throw new PatternError('matches the empty text');
  return node;
}

/** A pattern that finds a text as it stands. */
export function literalPattern(text: string): PatternNode {
  const parts = [...text].map((character) => setOf(range(codeOf(character), codeOf(character))));
  return { kind: 'sequence', parts };
}

export function setOf(set: CodePointSet): PatternNode {
  return { kind: 'set', set };
}

/** Whether the empty text is a match. */
function matchesNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'ahead':
      return true;
    case 'repeat':
      return node.least === 0 || matchesNothing(node.node);
    case 'sequence':
      return node.parts.every(matchesNothing);
    case 'choice':
      return node.parts.some(matchesNothing);
  }
}

/** Sets that a letter after a backslash stands for; its capital stands for all but them. */
const SETS: ReadonlyMap<string, () => CodePointSet> = new Map([
  ['s', () => WHITE_SPACE],
  ['d', digits],
  ['w', wordCharacters],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['t', 0x09],
  ['r', 0x0d],
  ['f', 0x0c],
  ['v', 0x0b],
  ['a', 0x07],
  ['e', 0x1b],
]);
const ESCAPED_AS_ITSELF = /^[!-/:-@[-`{-~ ]$/;
/** Two letters whose other cases include one letter more: "ss" is "ß". */
const EXPANDING = /ss|st|ff|fi|fl/i;

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;
  #anyCase = false;

  constructor(text: readonly string[]) {
    this.#text = text;
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw this.#refuse('a ) without its (');
    return node;
  }

  #refuse(what: string): PatternError {
    return new PatternError(`has ${what} at character ${this.#at}, which is not built`);
  }

  #peek(text: string): boolean {
    return [...text].every((character, i) => this.#text[this.#at + i] === character);
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    let letters = '';
    while (this.#at < this.#text.length && !this.#peek('|') && !this.#peek(')')) {
      const character = this.#text[this.#at];
      parts.push(this.#repeated(this.#atom()));
      if (this.#anyCase) letters += character;
    }
    if (EXPANDING.test(letters)) throw this.#refuse('letters that other cases join');
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #atom(): PatternNode {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return setOf(this.#class());
    if (this.#take('.')) return setOf(complement(range(0x0a, 0x0a)));
    if (this.#peek('\\')) return setOf(this.#escape().set);
    const character = this.#text[this.#at] ?? '';
    if ('^$*+?{]'.includes(character)) throw this.#refuse(JSON.stringify(character));
    this.#at++;
    const code = codeOf(character);
    return setOf(this.#anyCase ? this.#bothCases(code) : range(code, code));
  }

  #group(): PatternNode {
    if (++this.#depth > MAX_DEPTH) throw this.#refuse(`more than ${MAX_DEPTH} groups in groups`);
    const outer = this.#anyCase;
    if (outer) throw this.#refuse('a group in either case');
    let ahead: boolean | null = null;
    if (this.#take('?:')) {
      // A group without a number, as all are here.
    } else if (this.#take('?i:')) {
      this.#anyCase = true;
    } else if (this.#peek('?!') || this.#peek('?=')) {
      ahead = this.#peek('?!');
      this.#at += 2;
    } else if (this.#peek('?')) {
      throw this.#refuse(`(${this.#text.slice(this.#at, this.#at + 3).join('')}`);
    }
    const node = this.#choice();
    if (!this.#take(')')) throw this.#refuse('a ( without its )');
    this.#anyCase = outer;
    this.#depth--;
    if (ahead === null) return node;
    const options = node.kind === 'choice' ? node.parts : [node];
    const sets = options.map((option) => {
      if (option.kind !== 'set') throw this.#refuse('a look ahead at more than one character');
      return option.set;
    });
    return { kind: 'ahead', set: union(...sets), negative: ahead };
  }

  #repeated(node: PatternNode): PatternNode {
    const begin = this.#at;
    let [least, most] = [1, 1];
    let interval = false;
    if (this.#take('*')) [least, most] = [0, Infinity];
    else if (this.#take('+')) [least, most] = [1, Infinity];
    else if (this.#take('?')) [least, most] = [0, 1];
    else if (this.#take('{')) {
      interval = true;
      [least, most] = this.#interval();
    }
    if (this.#at === begin) return node;
    if (this.#anyCase) throw this.#refuse('a repetition in either case');
    if (node.kind === 'ahead') throw this.#refuse('a look ahead that is repeated');
    if (most > 1 && matchesNothing(node)) throw this.#refuse('a repetition of the empty text');
    // After an interval these would be repetitions of their own.
    if (interval && this.#peek('?')) throw this.#refuse('a ? after an interval');
    const lazy = this.#take('?');
    if (this.#peek('+')) throw this.#refuse('a repetition that never gives back');
    if (this.#peek('*') || this.#peek('?') || this.#peek('{')) {
      throw this.#refuse('a repetition of a repetition');
    }
    return { kind: 'repeat', node, least, most, lazy };
  }

  /** Behind the `{`: "n}", "n,}", "n,m}". */
  #interval(): [least: number, most: number] {
    const close = this.#text.indexOf('}', this.#at);
    const inside = close < 0 ? '' : this.#text.slice(this.#at, close).join('');
    const match = /^(\d{1,4})(,(\d{1,4})?)?$/.exec(inside);
    if (match === null) throw this.#refuse('a { that is no interval');
    const least = Number(match[1]);
    const most =
      match[2] === undefined ? least : match[3] === undefined ? Infinity : Number(match[3]);
    if (least > MAX_REPEAT || (most !== Infinity && most > MAX_REPEAT)) {
      throw this.#refuse(`an interval beyond ${MAX_REPEAT}`);
    }
    if (most < least || most === 0) throw this.#refuse('an interval that is empty');
    this.#at = close + 1;
    return [least, most];
  }

  /** Behind the `[`. */
  #class(): CodePointSet {
    const negative = this.#take('^');
    if (this.#peek(']')) throw this.#refuse('an empty class');
    let set = NO_CODE_POINT;
    while (!this.#take(']')) {
      if (this.#at >= this.#text.length) throw this.#refuse('a [ without its ]');
      if (this.#peek('&&')) throw this.#refuse('an intersection');
      const first = this.#member();
      if (!this.#peek('-') || this.#text[this.#at + 1] === ']') {
        set = union(set, this.#anyCase ? this.#eitherCase(first) : first.set);
        continue;
      }
      this.#at++;
      const last = this.#at < this.#text.length ? this.#member() : first;
      if (first.code === null || last.code === null || first.code > last.code || this.#anyCase) {
        throw this.#refuse('a range of no two characters in order');
      }
      set = union(set, range(first.code, last.code));
    }
    if (negative && this.#anyCase) throw this.#refuse('a negated class in either case');
    return negative ? complement(set) : set;
  }

  #member(): Member {
    if (this.#peek('[')) throw this.#refuse('a class in a class');
    if (this.#peek('\\')) return this.#escape();
    const code = codeOf(this.#text[this.#at++]!);
    return { set: range(code, code), code };
  }

  /** A `\` and what belongs to it. */
  #escape(): Member {
    const letter = this.#text[this.#at + 1] ?? '';
    const single = (code: number): Member => ({
      set: this.#anyCase ? this.#bothCases(code) : range(code, code),
      code,
    });
    const set = SETS.get(letter.toLowerCase())?.();
    if (set !== undefined) {
      this.#at += 2;
      return { set: letter === letter.toLowerCase() ? set : complement(set), code: null };
    }
    if (letter === 'p' || letter === 'P') return this.#property();
    const control = CONTROLS.get(letter);
    if (control !== undefined) {
      this.#at += 2;
      return single(control);
    }
    if (letter === 'u' && !this.#anyCase) {
      const hex = this.#text.slice(this.#at + 2, this.#at + 6).join('');
      if (!/^[0-9A-Fa-f]{4}$/.test(hex)) throw this.#refuse('a \\u without four digits');
      const code = parseInt(hex, 16);
      if (code >= 0xd800 && code < 0xe000) throw this.#refuse('a surrogate');
      this.#at += 6;
      return single(code);
    }
    if (!ESCAPED_AS_ITSELF.test(letter)) throw this.#refuse(`\\${letter}`);
    this.#at += 2;
    return single(codeOf(letter));
  }

  #property(): Member {
    const inside = /^\\([pP])\{(\^?)([A-Za-z]{1,2})\}/.exec(
      this.#text.slice(this.#at, this.#at + 8).join(''),
    );
    const set = inside === null ? undefined : categorySet(inside[3]!);
    if (inside === null || set === undefined) {
      throw this.#refuse('a property other than a general category');
    }
    this.#at += inside[0].length;
    const negative = (inside[1] === 'P') !== (inside[2] === '^');
    return { set: negative ? complement(set) : set, code: null };
  }

  #eitherCase(member: Member): CodePointSet {
    if (member.code === null) throw this.#refuse('a set of characters in either case');
    return this.#bothCases(member.code);
  }

  /** A character and its other cases; two letters have a third one. */
  #bothCases(code: number): CodePointSet {
    if (code > 0x7f) throw this.#refuse('a character beyond ASCII in either case');
    const lower = String.fromCodePoint(code).toLowerCase();
    const third = lower === 's' ? '\u017f' : lower === 'k' ? '\u212a' : lower;
    const all = [lower, lower.toUpperCase(), third].map(codeOf);
    return union(...all.map((one) => range(one, one)));
  }
}

interface Member {
  readonly set: CodePointSet;
  /** Where the set is one character as written. */
  readonly code: number | null;
}

function codeOf(character: string): number {
  return character.codePointAt(0)!;
}
