import { TemplateSyntaxError } from '../errors.js';
import type { Token, TokenType } from './lexer.js';

/** Expressions and statements inside each other. */
const MAX_DEPTH = 100;

const DESCRIPTIONS: Readonly<Partial<Record<TokenType, string>>> = {
  data: 'template data / text',
  variable_begin: 'begin of print statement',
  variable_end: 'end of print statement',
  block_begin: 'begin of statement block',
  block_end: 'end of statement block',
  end: 'end of template',
};

/** The tokens of a template, read one after the other; the last one is the `end`, which stays. */
export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#at]!;
  }

  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!;
  }

  get line(): number {
    return this.current.line;
  }

  next(): Token {
    const token = this.current;
    if (token.type !== 'end') this.#at++;
    return token;
  }

  is(type: TokenType, value?: string): boolean {
    const { current } = this;
    return current.type === type && (value === undefined || current.value === value);
  }

  isName(...names: readonly string[]): boolean {
    return this.current.type === 'name' && names.includes(this.current.value);
  }

  isOperator(...operators: readonly string[]): boolean {
    return this.current.type === 'operator' && operators.includes(this.current.value);
  }

  skipIf(type: TokenType, value: string): boolean {
    if (!this.is(type, value)) return false;
    this.next();
    return true;
  }

  expect(type: TokenType, value?: string): Token {
    if (this.is(type, value)) return this.next();
    const wanted = value ?? DESCRIPTIONS[type] ?? type;
    if (this.current.type === 'end') {
      this.fail(`unexpected end of template, expected '${wanted}'.`);
    }
    this.fail(`expected token '${wanted}', got '${this.describe()}'`);
  }

  describe(token: Token = this.current): string {
    return DESCRIPTIONS[token.type] ?? token.value;
  }

  /** Reads one level deeper; what is nested beyond measure is an error, and no full stack. */
  nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.fail(`nested more than ${MAX_DEPTH} deep`);
    const result = read();
    this.#depth--;
    return result;
  }

  expectedExpression(): never {
    this.fail(`Expected an expression, got '${this.describe()}'`);
  }

  fail(message: string, line = this.line): never {
    throw new TemplateSyntaxError(message, line);
  }
}
