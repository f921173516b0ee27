import type { KingletError } from '../../errors.js';
import { invalidValue } from '../../errors/requests.js';

/** A place in a pattern that is read, which a request's field gave. */
export class PatternCursor {
  readonly source: string;
  /** UTF-16 units before it. */
  at = 0;
  readonly #field: string;

  constructor(source: string, field: string) {
    this.source = source;
    this.#field = field;
  }

  get isAtEnd(): boolean {
    return this.at >= this.source.length;
  }

  peek(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  /** What a sticky expression takes here. */
  match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const match = expression.exec(this.source);
    if (match !== null) this.at = expression.lastIndex;
    return match;
  }

  /** `invalid_value`: what is wrong here, or at another place. */
  fault(what: string, at = this.at): KingletError {
    return invalidValue(this.#field, `at character ${at}, ${what}`);
  }
}
