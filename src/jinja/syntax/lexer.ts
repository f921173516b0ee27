import { TemplateSyntaxError } from '../errors.js';
import { WHITESPACE } from '../text/whitespace.js';
import { stringLiteral } from './string-literal.js';

export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'end';

export interface Token {
  readonly type: TokenType;
  /** Text of data, names and operators; value of strings; digits of numbers, without `_`. */
  readonly value: string;
  readonly line: number;
}

const OPENING = /\{[{%#]/g;
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}[${WHITESPACE}]*|%\\}\\n?`, 'y');
const VARIABLE_END = new RegExp(`-\\}\\}[${WHITESPACE}]*|\\}\\}`, 'y');
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}[${WHITESPACE}]*|#\\}\\n?`, 'g');
const RAW_BEGIN = new RegExp(
  `\\{%[-+]?[${WHITESPACE}]*raw[${WHITESPACE}]*(?:-%\\}[${WHITESPACE}]*|%\\})`,
  'y',
);
const RAW_END = new RegExp(
  `\\{%([-+]?)[${WHITESPACE}]*endraw[${WHITESPACE}]*(?:\\+%\\}|-%\\}[${WHITESPACE}]*|%\\}\\n?)`,
  'g',
);
const SPACE = new RegExp(`[${WHITESPACE}]+`, 'y');
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}\p{M}\p{Pc}\u00b7\u0387]+/uy;
const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const BLANK_LINE = new RegExp(`^[${WHITESPACE}]+$`);
const TRAILING_SPACE = new RegExp(`[${WHITESPACE}]$`);
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };

/**
 * The tokens of a template, with jinja2's trim_blocks and lstrip_blocks: lines end with \n
 * whatever they ended with, and the newline that ends the template goes. Throws
 * TemplateSyntaxError.
 */
export function tokenize(template: string): Token[] {
  return new Lexer(template.replace(/\r\n?/g, '\n').replace(/\n$/, '')).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #lineKnownAt = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    const source = this.#source;
    while (this.#at < source.length) {
      OPENING.lastIndex = this.#at;
      const opening = OPENING.exec(source)?.index ?? -1;
      if (opening < 0) {
        this.#data(this.#at, source.length);
        break;
      }
      const kind = source.charAt(opening + 1);
      const mark = source.charAt(opening + 2);
      const sign = mark === '-' || mark === '+' ? mark : '';
      this.#data(this.#at, this.#stripped(opening, sign, kind !== '{'));
      const raw = kind === '%' ? this.#match(RAW_BEGIN, opening) : null;
      if (raw !== null) {
        this.#at = opening + raw.length;
        this.#raw();
        continue;
      }
      this.#at = opening + 2 + sign.length;
      if (kind === '#') this.#comment();
      else if (kind === '%') this.#tag('block', BLOCK_END);
      else this.#tag('variable', VARIABLE_END);
    }
    this.#at = source.length;
    this.#push('end', '', source.length);
    return this.#tokens;
  }

  /** Where the data before the tag at `end` ends once its whitespace is stripped. */
  #stripped(end: number, sign: string, block: boolean): number {
    const source = this.#source;
    if (sign === '-') {
      let to = end;
      while (to > this.#at && TRAILING_SPACE.test(source.charAt(to - 1))) to--;
      return to;
    }
    if (sign === '+' || !block) return end;
    const data = source.slice(this.#at, end);
    const start = this.#at + data.lastIndexOf('\n') + 1;
    const startsLine = start === 0 || source[start - 1] === '\n';
    return startsLine && BLANK_LINE.test(source.slice(start, end)) ? start : end;
  }

  #raw(): void {
    RAW_END.lastIndex = this.#at;
    const end = RAW_END.exec(this.#source);
    if (end === null && this.#at === this.#source.length) return;
    if (end === null) this.#fail('Missing end of raw directive');
    this.#data(this.#at, this.#stripped(end.index, end[1]!, true));
    this.#at = end.index + end[0].length;
  }

  #comment(): void {
    COMMENT_END.lastIndex = this.#at;
    const end = COMMENT_END.exec(this.#source);
    // As in jinja2, what ends with the tag that opens it has nothing in it that would have to end.
    if (end === null && this.#at === this.#source.length) return;
    if (end === null) this.#fail('Missing end of comment tag');
    this.#at = end.index + end[0].length;
  }

  #tag(kind: 'block' | 'variable', endOfTag: RegExp): void {
    this.#push(`${kind}_begin`, '', this.#at);
    const open: string[] = [];
    while (this.#at < this.#source.length) {
      if (open.length === 0) {
        const end = this.#match(endOfTag, this.#at);
        if (end !== null) {
          this.#push(`${kind}_end`, '', this.#at);
          this.#at += end.length;
          return;
        }
      }
      this.#insideTag(open);
    }
  }

  #insideTag(open: string[]): void {
    const at = this.#at;
    const space = this.#match(SPACE, at);
    if (space !== null) {
      this.#at += space.length;
      return;
    }
    const number = this.#match(FLOAT, at);
    const [type, text] =
      number !== null
        ? (['float', number] as const)
        : (this.#one('integer', INTEGER) ??
          this.#one('name', NAME) ??
          this.#one('string', STRING) ??
          this.#one('operator', OPERATOR) ??
          this.#fail(`unexpected char '${String.fromCodePoint(this.#source.codePointAt(at)!)}'`));
    if (type === 'operator') this.#balance(text, open);
    if (type === 'name' && !IDENTIFIER.test(text)) this.#fail('Invalid character in identifier');
    this.#at += text.length;
    if (type === 'string') {
      const value = stringLiteral(text.slice(1, -1));
      if (value === null) this.#fail('a string has an escape that stands for nothing');
      this.#push(type, value, at);
    } else if (type === 'integer' || type === 'float') {
      this.#push(type, text.replaceAll('_', ''), at);
    } else {
      this.#push(type, text, at);
    }
  }

  #one<T extends TokenType>(type: T, pattern: RegExp): readonly [T, string] | null {
    const text = this.#match(pattern, this.#at);
    return text === null ? null : [type, text];
  }

  #balance(operator: string, open: string[]): void {
    const closing = CLOSING[operator];
    if (closing !== undefined) {
      open.push(closing);
    } else if (operator === '}' || operator === ')' || operator === ']') {
      const expected = open.pop();
      if (expected === undefined) this.#fail(`unexpected '${operator}'`);
      if (expected !== operator) this.#fail(`unexpected '${operator}', expected '${expected}'`);
    }
  }

  #match(pattern: RegExp, at: number): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#source)?.[0] ?? null;
  }

  #data(from: number, to: number): void {
    if (to > from) this.#push('data', this.#source.slice(from, to), from);
  }

  #push(type: TokenType, value: string, at: number): void {
    this.#tokens.push({ type, value, line: this.#lineAt(at) });
  }

  #lineAt(at: number): number {
    for (; this.#lineKnownAt < at; this.#lineKnownAt++) {
      if (this.#source.charCodeAt(this.#lineKnownAt) === 10) this.#line++;
    }
    return this.#line;
  }

  #fail(message: string): never {
    throw new TemplateSyntaxError(message, this.#lineAt(this.#at));
  }
}
