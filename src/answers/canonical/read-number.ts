import type { Node } from './answer-tree.js';
import type { Token } from './latex-tokens.js';
import { decimal } from './rational.js';

/** What was read, and the index behind it. */
interface ReadNode {
  readonly node: Node;
  readonly end: number;
}

const HOURS = 24;
const MINUTES = 60;

/**
 * The number that begins at a token: in groups of three, with a decimal part, with an exponent of ten;
 * or a time of day. Commas group digits outside brackets alone, where they would part a list. Undefined
 * where none begins.
 */
export function readNumber(
  tokens: readonly Token[],
  from: number,
  inBrackets: boolean,
): ReadNode | undefined {
  const cursor = new Cursor(tokens, from);
  return cursor.clock() ?? cursor.number(inBrackets);
}

class Cursor {
  readonly #tokens: readonly Token[];
  readonly #from: number;
  #at: number;

  constructor(tokens: readonly Token[], from: number) {
    this.#tokens = tokens;
    this.#from = from;
    this.#at = from;
  }

  /** A token, if it is of the kind and, but for the first, not behind whitespace. */
  #token(at: number, kind: Token['kind'], ...texts: readonly string[]): string | undefined {
    const token = this.#tokens[at];
    if (token?.kind !== kind || (token.spaced && at > this.#from)) return undefined;
    return texts.length === 0 || texts.includes(token.text) ? token.text : undefined;
  }

  clock(): ReadNode | undefined {
    const at = this.#from;
    const hour = this.#token(at, 'digits');
    if (hour === undefined || hour.length > 2 || Number(hour) > HOURS) return undefined;
    const others: (string | undefined)[] = [];
    let end = at + 1;
    while (others.length < 2 && this.#token(end, 'sign', ':') !== undefined) {
      others.push(this.#token(end + 1, 'digits'));
      end += 2;
    }
    if (others.length === 0) return undefined;
    if (!others.every((part) => part?.length === 2 && Number(part) < MINUTES)) return undefined;
    if (this.#token(end, 'sign', ':', '.') !== undefined) return undefined;
    const text = [String(Number(hour)), ...others].join(':');
    return { node: { kind: 'clock', text }, end };
  }

  number(inBrackets: boolean): ReadNode | undefined {
    const whole = this.#whole(inBrackets);
    const part = this.#part();
    if (whole === '' && part === '') return undefined;
    if (this.#part() !== '') return this.#verbatim();
    const value = decimal(whole, part, this.#exponent());
    if (value === undefined) return this.#verbatim();
    const spaced = this.#tokens[this.#from]?.spaced === true;
    return { node: { kind: 'number', value, spaced, asFraction: false }, end: this.#at };
  }

  #verbatim(): ReadNode {
    // "1.2.3": all of its parts.
    while (this.#part() !== '');
    const tokens = this.#tokens.slice(this.#from, this.#at);
    return {
      node: { kind: 'verbatim', text: tokens.map(({ text }) => text).join('') },
      end: this.#at,
    };
  }

  #whole(inBrackets: boolean): string {
    const first = this.#token(this.#at, 'digits');
    if (first === undefined) return '';
    this.#at++;
    const groups = [first];
    const isGrouped = first.length <= 3 && !first.startsWith('0');
    for (;;) {
      const comma = this.#token(this.#at, 'sign', ',', '{,}');
      const group = this.#token(this.#at + 1, 'digits');
      if (group?.length !== 3) break;
      if (comma !== '{,}' && !(comma === ',' && isGrouped && !inBrackets)) break;
      groups.push(group);
      this.#at += 2;
    }
    return groups.join('');
  }

  #part(): string {
    if (this.#token(this.#at, 'sign', '.') === undefined) return '';
    const digits = this.#token(this.#at + 1, 'digits') ?? '';
    if (digits !== '') this.#at += 2;
    return digits;
  }

  #exponent(): string {
    if (this.#token(this.#at, 'letters', 'e') === undefined) return '';
    const sign = this.#token(this.#at + 1, 'sign', '-', '+') ?? '';
    const at = this.#at + (sign === '' ? 1 : 2);
    const digits = this.#token(at, 'digits');
    if (digits === undefined) return '';
    this.#at = at + 1;
    return (sign === '-' ? '-' : '') + digits;
  }
}
