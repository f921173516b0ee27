/**
 * Reads regular expressions as ECMA-262 has them with its flag `u`, which JSON Schema's `pattern`
 * asks for; what others write beside it and means the same is taken too (`\A`, `\z`, `(?P<name>`,
 * needless escapes). Look-around, back-references and word boundaries are refused: they describe
 * more than one pass over the text decides.
 */
import {
  CODE_POINTS,
  complement,
  isInSurrogates,
  NO_CODE_POINT,
  range,
  union,
  unionOf,
  type CodePointSet,
} from '../../tokenizer/unicode/code-point-set.js';
import { categorySet, WHITE_SPACE } from '../../tokenizer/unicode/properties.js';
import { malformed, tooComplex, unsupported, type GrammarError } from '../grammar-error.js';
import type { RegexNode } from './syntax.js';

const MAX_LENGTH = 20_000;
const MAX_DEPTH = 100;
/** A count of a repetition; larger ones would only exceed the automaton's size. */
const MAX_COUNT = 100_000;

/** Half of a surrogate pair is no character, and no text has it. */
const setOf = (set: CodePointSet): RegexNode => ({
  kind: 'set',
  set: isInSurrogates(set) ? NO_CODE_POINT : set,
});
const one = (code: number): CodePointSet => range(code, code);
const EMPTY: RegexNode = { kind: 'sequence', parts: [] };

const DIGITS = range(0x30, 0x39);
const WORD = union(DIGITS, range(0x41, 0x5a), one(0x5f), range(0x61, 0x7a));
const SPACE = union(WHITE_SPACE, one(0xfeff));
// U+0085 is white space to Unicode and not to ECMA-262.
const ECMA_SPACE = complement(union(complement(SPACE), one(0x85)));
const LINE_ENDS = union(one(0x0a), one(0x0d), range(0x2028, 0x2029));
const SETS: ReadonlyMap<string, CodePointSet> = new Map([
  ['d', DIGITS],
  ['D', complement(DIGITS)],
  ['w', WORD],
  ['W', complement(WORD)],
  ['s', ECMA_SPACE],
  ['S', complement(ECMA_SPACE)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['t', 0x09],
  ['r', 0x0d],
  ['f', 0x0c],
  ['v', 0x0b],
  ['0', 0x00],
  ['a', 0x07],
  ['e', 0x1b],
]);
/** Long names of general categories that schemas use. */
const CATEGORY_NAMES: ReadonlyMap<string, string> = new Map([
  ['Letter', 'L'],
  ['Lowercase_Letter', 'Ll'],
  ['Uppercase_Letter', 'Lu'],
  ['Titlecase_Letter', 'Lt'],
  ['Modifier_Letter', 'Lm'],
  ['Other_Letter', 'Lo'],
  ['Mark', 'M'],
  ['Number', 'N'],
  ['Decimal_Number', 'Nd'],
  ['digit', 'Nd'],
  ['Punctuation', 'P'],
  ['punct', 'P'],
  ['Symbol', 'S'],
  ['Separator', 'Z'],
  ['Space_Separator', 'Zs'],
  ['Other', 'C'],
  ['Control', 'Cc'],
  ['cntrl', 'Cc'],
]);

interface Member {
  readonly set: CodePointSet;
  /** Where the set is one character as written. */
  readonly code: number | null;
}

/** Throws `GrammarError` with the place of the fault in its message. */
export function parseRegex(source: string): RegexNode {
  if (source.length > MAX_LENGTH) {
    throw tooComplex(`a regular expression of more than ${MAX_LENGTH} characters`);
  }
  return new RegexParser([...source], source).parse();
}

class RegexParser {
  readonly #text: readonly string[];
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(text: readonly string[], source: string) {
    this.#text = text;
    this.#source = source;
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw this.#malformed('has a ) without its (');
    return node;
  }

  #named(what: string): string {
    const shown = this.#source.length > 80 ? `${this.#source.slice(0, 80)}...` : this.#source;
    return `the regular expression ${JSON.stringify(shown)} ${what} at character ${this.#at}`;
  }

  #malformed(what: string): GrammarError {
    return malformed(this.#named(what));
  }

  #unsupported(what: string): GrammarError {
    return unsupported(this.#named(what));
  }

  #openClass(): GrammarError {
    return this.#malformed('has a [ without its ]');
  }

  #peek(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.#text[this.#at + i] !== text[i]) return false;
    return true;
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): RegexNode {
    if (++this.#depth > MAX_DEPTH) {
      throw tooComplex(this.#named(`has more than ${MAX_DEPTH} groups in groups`));
    }
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#text.length && !this.#peek('|') && !this.#peek(')')) {
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #atom(): RegexNode {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return setOf(this.#class());
    if (this.#take('.')) return setOf(complement(LINE_ENDS));
    if (this.#take('^')) return { kind: 'start' };
    if (this.#take('$')) return { kind: 'end' };
    if (this.#peek('\\')) return this.#escapedAtom();
    const character = this.#text[this.#at]!;
    if ('*+?'.includes(character)) throw this.#malformed('repeats nothing');
    this.#at++;
    return setOf(one(character.codePointAt(0)!));
  }

  #escapedAtom(): RegexNode {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'A') {
      this.#at += 2;
      return { kind: 'start' };
    }
    if (letter === 'z' || letter === 'Z') {
      this.#at += 2;
      return { kind: 'end' };
    }
    if (letter === 'b' || letter === 'B') throw this.#unsupported('has a word boundary');
    if (/^[1-9]$/.test(letter) || letter === 'k') {
      throw this.#unsupported('has a back-reference');
    }
    return setOf(this.#escape().set);
  }

  #group(): RegexNode {
    if (this.#take('?')) {
      if (this.#peek('=') || this.#peek('!') || this.#peek('<=') || this.#peek('<!')) {
        throw this.#unsupported('looks around itself');
      }
      const named = this.#take('P<') || this.#take('<');
      if (named) {
        while (this.#at < this.#text.length && !this.#take('>')) this.#at++;
      } else if (!this.#take(':')) {
        throw this.#unsupported('has a group with flags');
      }
    }
    const node = this.#choice();
    if (!this.#take(')')) throw this.#malformed('has a ( without its )');
    return node;
  }

  #repeated(node: RegexNode): RegexNode {
    let repeated = node;
    for (;;) {
      let least: number;
      let most: number;
      if (this.#take('*')) [least, most] = [0, Infinity];
      else if (this.#take('+')) [least, most] = [1, Infinity];
      else if (this.#take('?')) [least, most] = [0, 1];
      else {
        const interval = this.#interval();
        if (interval === null) return repeated;
        [least, most] = interval;
      }
      if (repeated.kind === 'start' || repeated.kind === 'end') {
        throw this.#malformed('repeats a place of the text');
      }
      // Whether it takes much or little first decides nothing about what it matches as a whole.
      this.#take('?');
      repeated = most === 0 ? EMPTY : { kind: 'repeat', node: repeated, least, most };
    }
  }

  /** "{n}", "{n,}", "{n,m}"; null where a { is only itself. */
  #interval(): [least: number, most: number] | null {
    if (!this.#peek('{')) return null;
    const close = this.#text.indexOf('}', this.#at);
    const inside = close < 0 ? '' : this.#text.slice(this.#at + 1, close).join('');
    const match = /^(\d*)(,(\d*))?$/.exec(inside);
    if (match === null || (match[1] === '' && (match[3] ?? '') === '')) return null;
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === '' ? Infinity : Number(match[3]);
    if (least > MAX_COUNT || (most !== Infinity && most > MAX_COUNT)) {
      throw tooComplex(this.#named(`repeats more than ${MAX_COUNT} times`));
    }
    if (most < least) throw this.#malformed('has an interval that is empty');
    this.#at = close + 1;
    return [least, most];
  }

  /** Behind the `[`. */
  #class(): CodePointSet {
    const negative = this.#take('^');
    const sets: CodePointSet[] = [];
    while (!this.#take(']')) {
      if (this.#at >= this.#text.length) throw this.#openClass();
      const first = this.#member();
      if (!this.#peek('-') || this.#text[this.#at + 1] === ']' || first.code === null) {
        sets.push(first.set);
        continue;
      }
      this.#at++;
      if (this.#at >= this.#text.length) throw this.#openClass();
      const last = this.#member();
      if (last.code === null) {
        // "[a-\w]": without the flag `u` a minus that is only itself.
        sets.push(first.set, one(0x2d), last.set);
        continue;
      }
      if (first.code > last.code) throw this.#malformed('has a range that is not in order');
      sets.push(range(first.code, last.code));
    }
    const set = unionOf(sets);
    return negative ? complement(set) : set;
  }

  #member(): Member {
    if (this.#peek('[:')) {
      const posix = this.#posixClass();
      if (posix !== null) return { set: posix, code: null };
    }
    if (this.#peek('\\')) return this.#escape(true);
    const code = this.#text[this.#at++]!.codePointAt(0)!;
    return { set: one(code), code };
  }

  #posixClass(): CodePointSet | null {
    const match = /^\[:(alpha|digit|alnum|upper|lower|space|punct|xdigit):\]/.exec(
      this.#text.slice(this.#at, this.#at + 12).join(''),
    );
    if (match === null) return null;
    throw this.#unsupported(`has the class ${match[0]}, which ECMA-262 doesn't know`);
  }

  /** A `\` and what belongs to it. */
  #escape(inClass = false): Member {
    const letter = this.#text[this.#at + 1];
    if (letter === undefined) throw this.#malformed('ends in a \\');
    const set = SETS.get(letter);
    if (set !== undefined) {
      this.#at += 2;
      return { set, code: null };
    }
    if (letter === 'p' || letter === 'P') return this.#property();
    if (letter === 'u' || letter === 'x') return single(this.#hexadecimal(letter));
    if (letter === 'c') {
      const control = this.#text[this.#at + 2] ?? '';
      if (!/^[A-Za-z]$/.test(control)) throw this.#malformed('has a \\c without its letter');
      this.#at += 3;
      return single(control.charCodeAt(0) % 32);
    }
    this.#at += 2;
    if (letter === 'b' && inClass) return single(0x08);
    const control = CONTROLS.get(letter);
    return single(control ?? letter.codePointAt(0)!);
  }

  /** At the `\` of "\x1f", "\u1f00" or "\u{1f600}"; two surrogates are one character. */
  #hexadecimal(letter: string): number {
    const rest = this.#text.slice(this.#at, this.#at + 14).join('');
    const match =
      letter === 'x'
        ? /^\\x([0-9A-Fa-f]{2})/.exec(rest)
        : (/^\\u\{([0-9A-Fa-f]{1,6})\}/.exec(rest) ??
          /^\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})/.exec(rest) ??
          /^\\u([0-9A-Fa-f]{4})/.exec(rest));
    if (match === null) throw this.#malformed(`has a \\${letter} without its digits`);
    this.#at += match[0].length;
    const first = parseInt(match[1]!, 16);
    const code =
      match[2] === undefined
        ? first
        : 0x10000 + ((first & 0x3ff) << 10) + (parseInt(match[2], 16) & 0x3ff);
    if (code >= CODE_POINTS) throw this.#malformed('has a character beyond Unicode');
    return code;
  }

  #property(): Member {
    const match = /^\\([pP])(?:\{(\^?)([A-Za-z_=]{1,40})\}|([A-Z]))/.exec(
      this.#text.slice(this.#at, this.#at + 46).join(''),
    );
    const written = match?.[3]?.replace(/^(General_Category|gc)=/, '') ?? match?.[4] ?? '';
    const set = categorySet(CATEGORY_NAMES.get(written) ?? written);
    if (match === null || set === undefined) {
      throw this.#unsupported('has a property other than a general category');
    }
    this.#at += match[0].length;
    const negative = (match[1] === 'P') !== (match[2] === '^');
    return { set: negative ? complement(set) : set, code: null };
  }
}

const single = (code: number): Member => ({ set: one(code), code });
