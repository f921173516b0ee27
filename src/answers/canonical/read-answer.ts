import type { Node, Row } from './answer-tree.js';
import { bracketPairs } from './bracket-pairs.js';
import type { Token } from './latex-tokens.js';
import { divide } from './rational.js';
import { readNumber } from './read-number.js';
import { measuredValue } from './units.js';

/** Brackets and arguments inside each other; deeper ones are signs. */
const MAX_DEPTH = 50;

/** An answer's parts, those between commas outside brackets. Any tokens are an answer. */
export function readAnswer(tokens: readonly Token[]): readonly Row[] {
  return new AnswerReader(tokens).parts(tokens.length);
}

class AnswerReader {
  /** A run of digits may be read in two: what is left of it stands in its place. */
  readonly #tokens: Token[];
  readonly #pairs: Int32Array;
  #at = 0;
  #depth = 0;
  /** Brackets around that commas are in, braces aside. */
  #brackets = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = [...tokens];
    this.#pairs = bracketPairs(tokens);
  }

  parts(end: number): Row[] {
    let row: Node[] = [];
    const parts: Row[] = [row];
    while (this.#at < end) {
      if (this.#isSign(',', '{,}')) {
        this.#at++;
        parts.push((row = []));
      } else if (this.#isSign('{') && this.#close() >= 0) {
        // Braces only hold together what TeX is to set.
        const [first = [], ...others] = this.#within(this.#close());
        row.push(...first);
        for (const part of others) parts.push((row = [...part]));
      } else {
        this.#item(row);
      }
    }
    return parts;
  }

  #isSign(...texts: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'sign' && texts.includes(token.text);
  }

  /** Reads a node, or an argument's in braces, to the end of `row`. */
  #item(row: Node[]): void {
    const token = this.#tokens[this.#at];
    if (token === undefined) return;
    const number = readNumber(this.#tokens, this.#at, this.#brackets > 0);
    if (number !== undefined) {
      this.#at = number.end;
      row.push(number.node);
      return;
    }
    const close = this.#close();
    if (close >= 0) {
      this.#bracketed(row, token.text, close);
      return;
    }
    this.#at++;
    if (token.kind === 'command') row.push(...this.#command(token.text));
    else if (token.kind === 'letters') row.push(this.#letters(token, row));
    else if (token.text === '^' || token.text === '_') row.push(this.#script(token.text));
    else row.push({ kind: 'sign', text: token.text });
  }

  #bracketed(row: Node[], open: string, close: number): void {
    const isBrace = open === '{';
    if (!isBrace) this.#brackets++;
    const parts = this.#within(close);
    if (!isBrace) this.#brackets--;
    if (!isBrace) row.push({ kind: 'group', open, close: this.#tokens[close]?.text ?? '', parts });
    else if (parts.length > 1) row.push({ kind: 'group', open: '(', close: ')', parts });
    else row.push(...parts.flat());
  }

  /** The bracket that closes the one that stands here; -1 where none does. */
  #close(): number {
    return this.#depth < MAX_DEPTH ? (this.#pairs[this.#at] ?? -1) : -1;
  }

  #within(close: number): Row[] {
    this.#at++;
    this.#depth++;
    const parts = this.parts(close);
    this.#depth--;
    this.#at = close + 1;
    return parts;
  }

  #letters({ text, spaced, isText }: Token, row: readonly Node[]): Node {
    // "1.5 x 10^3"
    const [ten, raised] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]];
    if (text === 'x' && row.at(-1)?.kind === 'number' && ten?.text === '10') {
      if (raised?.text === '^') return { kind: 'sign', text: '*' };
    }
    return { kind: 'letters', text, spaced, isText };
  }

  #command(name: string): readonly Node[] {
    switch (name) {
      case '\\frac':
        return [this.#fraction()];
      case '\\sqrt': {
        const isIndexed = this.#isSign('[') && (this.#pairs[this.#at] ?? -1) >= 0;
        const degree = isIndexed ? this.#argument('whole') : [];
        return [{ kind: 'root', degree, of: this.#argument('whole') }];
      }
      case '\\degree':
        return [{ kind: 'degree' }];
      default:
        return [{ kind: 'command', text: name }];
    }
  }

  #fraction(): Node {
    const spaced = this.#tokens[this.#at - 1]?.spaced === true;
    const over = this.#argument('one');
    const under = this.#argument('one');
    const [numerator, denominator] = [measuredValue(over), measuredValue(under)];
    const value = numerator && denominator ? divide(numerator, denominator) : undefined;
    if (value === undefined) return { kind: 'fraction', over, under };
    return { kind: 'number', value, spaced, asFraction: true };
  }

  #script(mark: '^' | '_'): Node {
    const row = this.#argument(mark === '^' ? 'raised' : 'whole');
    const [first, ...others] = row;
    const isDegree =
      mark === '^' &&
      others.length === 0 &&
      ((first?.kind === 'command' && first.text === '\\circ') || first?.kind === 'degree');
    return isDegree ? { kind: 'degree' } : { kind: 'script', mark, row };
  }

  /**
   * What a command or a mark applies to: what is in brackets; else one digit or letter, as TeX has it, or
   * a whole number and word, as those mean it who write no braces. A letter is raised alone.
   */
  #argument(takes: 'one' | 'whole' | 'raised'): Row {
    const token = this.#tokens[this.#at];
    if (token === undefined || this.#depth >= MAX_DEPTH) return [];
    const close = this.#pairs[this.#at] ?? -1;
    if (token.kind === 'sign' && close < 0) {
      // What closes a bracket, or parts a list, is no argument.
      if (takes !== 'raised' || (token.text !== '-' && token.text !== '+')) return [];
      this.#at++;
      this.#depth++;
      const row = this.#argument('raised');
      this.#depth--;
      return [{ kind: 'sign', text: token.text }, ...row];
    }
    const isOne =
      takes === 'one' || (takes === 'raised' && token.kind === 'letters' && !token.isText);
    const [one = ''] = token.text;
    if (isOne && (token.kind === 'digits' || token.kind === 'letters')) {
      const rest = token.text.slice(one.length);
      if (rest !== '') this.#tokens[this.#at] = { ...token, text: rest, spaced: false };
      else this.#at++;
      return readRow({ ...token, text: one });
    }
    const row: Node[] = [];
    this.#depth++;
    this.#item(row);
    this.#depth--;
    const [group, ...others] = row;
    if (group?.kind !== 'group' || others.length > 0 || group.parts.length !== 1) return row;
    // "\sqrt(2)", "\sqrt[3]{2}", "x^(1/2)"
    return group.open === '\\{' ? row : group.parts.flat();
  }
}

const readRow = (token: Token): Row => readAnswer([token]).flat();
