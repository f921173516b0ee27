import { parseFloatLiteral, parseIntLiteral } from '../values/number-literals.js';
import {
  type BinaryOperator,
  type CallArguments,
  type CompareOperator,
  type Expression,
  type FilterExpression,
  NO_ARGUMENTS,
} from './nodes.js';
import type { TokenStream } from './token-stream.js';

/** Operators, subscripts or filters one after the other. */
const MAX_CHAIN = 300;
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

interface TupleRules {
  /** False where `if` after the expression belongs to the statement. */
  readonly condition?: boolean;
  /** A name that ends the tuple. */
  readonly end?: string;
  /** `()` is a tuple. */
  readonly parenthesized?: boolean;
}

/** jinja2's expressions. Throws TemplateSyntaxError. */
export class ExpressionParser {
  constructor(protected readonly stream: TokenStream) {}

  expression(condition = true): Expression {
    return this.stream.nested(() => (condition ? this.#conditional() : this.#or()));
  }

  /** Expressions with commas between them; one alone is itself. */
  tuple({ condition = true, end, parenthesized = false }: TupleRules = {}): Expression {
    const { stream } = this;
    const items: Expression[] = [];
    let isTuple = false;
    for (;;) {
      if (items.length > 0) stream.expect('operator', ',');
      if (this.#endsTuple(end)) break;
      items.push(this.expression(condition));
      if (!stream.is('operator', ',')) break;
      isTuple = true;
    }
    if (!isTuple) {
      const [only] = items;
      if (only !== undefined) return only;
      if (!parenthesized) stream.expectedExpression();
    }
    return { kind: 'tuple', items };
  }

  #endsTuple(end: string | undefined): boolean {
    const { stream } = this;
    if (stream.is('variable_end') || stream.is('block_end') || stream.isOperator(')')) return true;
    return end !== undefined && stream.isName(end);
  }

  #conditional(): Expression {
    const { stream } = this;
    let then = this.#or();
    for (let length = 0; stream.skipIf('name', 'if'); length++) {
      this.#checkChain(length);
      const test = this.#or();
      const otherwise = stream.skipIf('name', 'else')
        ? stream.nested(() => this.#conditional())
        : null;
      then = { kind: 'condition', test, then, otherwise };
    }
    return then;
  }

  #or(): Expression {
    let left = this.#and();
    for (let length = 0; this.stream.skipIf('name', 'or'); length++) {
      this.#checkChain(length);
      left = { kind: 'or', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    for (let length = 0; this.stream.skipIf('name', 'and'); length++) {
      this.#checkChain(length);
      left = { kind: 'and', left, right: this.#not() };
    }
    return left;
  }

  #not(): Expression {
    if (!this.stream.skipIf('name', 'not')) return this.#comparison();
    return { kind: 'unary', operator: 'not', operand: this.stream.nested(() => this.#not()) };
  }

  #comparison(): Expression {
    const { stream } = this;
    const first = this.#sum();
    const rest: { operator: CompareOperator; operand: Expression }[] = [];
    for (;;) {
      let operator: CompareOperator;
      if (stream.isOperator(...COMPARISONS)) {
        operator = stream.next().value as CompareOperator;
      } else if (stream.skipIf('name', 'in')) {
        operator = 'in';
      } else if (stream.isName('not') && stream.following.value === 'in') {
        if (stream.following.type !== 'name') break;
        stream.next();
        stream.next();
        operator = 'not in';
      } else {
        break;
      }
      rest.push({ operator, operand: this.#sum() });
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest };
  }

  #sum(): Expression {
    return this.#leftToRight(['+', '-'], () => this.#concat());
  }

  #concat(): Expression {
    const items = [this.#product()];
    while (this.stream.skipIf('operator', '~')) items.push(this.#product());
    return items.length === 1 ? items[0]! : { kind: 'concat', items };
  }

  #product(): Expression {
    return this.#leftToRight(['*', '/', '//', '%'], () =>
      // Unlike in Python, powers go from left to right.
      this.#leftToRight(['**'], () => this.#unary()),
    );
  }

  #leftToRight(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    let length = 0;
    while (this.stream.isOperator(...operators)) {
      this.#checkChain(length++);
      const operator = this.stream.next().value as BinaryOperator;
      left = { kind: 'binary', operator, left, right: operand() };
    }
    return left;
  }

  /** A chain is evaluated as deep as it is long. */
  #checkChain(length: number): void {
    if (length > MAX_CHAIN) this.stream.fail(`more than ${MAX_CHAIN} operators in a row`);
  }

  #unary(filters = true): Expression {
    const { stream } = this;
    let node: Expression;
    if (stream.isOperator('-', '+')) {
      const operator = stream.next().value as '-' | '+';
      node = { kind: 'unary', operator, operand: stream.nested(() => this.#unary(false)) };
    } else {
      node = this.primary();
    }
    node = this.#postfix(node);
    return filters ? this.#filters(node) : node;
  }

  protected primary(): Expression {
    const { stream } = this;
    const { type, value } = stream.current;
    if (type === 'name') {
      stream.next();
      const constant = CONSTANTS.get(value);
      if (constant !== undefined) return { kind: 'constant', value: constant };
      return { kind: 'name', name: value };
    }
    if (type === 'string') {
      let joined = '';
      while (stream.is('string')) joined += stream.next().value;
      return { kind: 'constant', value: joined };
    }
    if (type === 'integer' || type === 'float') {
      stream.next();
      const parse = type === 'integer' ? parseIntLiteral : parseFloatLiteral;
      return { kind: 'constant', value: parse(value) };
    }
    if (stream.skipIf('operator', '(')) {
      const tuple = this.tuple({ parenthesized: true });
      stream.expect('operator', ')');
      return tuple;
    }
    if (stream.skipIf('operator', '[')) {
      const items: Expression[] = [];
      this.#listed(']', () => items.push(this.expression()));
      return { kind: 'list', items };
    }
    if (stream.skipIf('operator', '{')) {
      const pairs: [Expression, Expression][] = [];
      this.#listed('}', () => {
        const key = this.expression();
        stream.expect('operator', ':');
        pairs.push([key, this.expression()]);
      });
      return { kind: 'dict', pairs };
    }
    return stream.fail(`unexpected '${stream.describe()}'`);
  }

  /** Elements up to `end`, with commas between them and perhaps after the last. */
  #listed(end: string, element: () => unknown): void {
    const { stream } = this;
    for (let n = 0; !stream.isOperator(end); n++) {
      if (n > 0) stream.expect('operator', ',');
      if (stream.isOperator(end)) break;
      element();
    }
    stream.expect('operator', end);
  }

  #postfix(primary: Expression): Expression {
    const { stream } = this;
    let node = primary;
    for (let length = 0; ; length++) {
      this.#checkChain(length);
      if (stream.isOperator('.')) node = this.#attribute(node);
      else if (stream.isOperator('[')) node = this.#item(node);
      else if (stream.isOperator('(')) node = this.#call(node);
      else return node;
    }
  }

  #attribute(of: Expression): Expression {
    const { stream } = this;
    stream.next();
    const token = stream.next();
    if (token.type === 'name') return { kind: 'attribute', of, name: token.value };
    if (token.type !== 'integer') stream.fail('expected name or number', token.line);
    const key: Expression = { kind: 'constant', value: parseIntLiteral(token.value) };
    return { kind: 'item', of, key };
  }

  #item(of: Expression): Expression {
    const { stream } = this;
    stream.next();
    const keys: Expression[] = [];
    while (!stream.isOperator(']')) {
      if (keys.length > 0) stream.expect('operator', ',');
      keys.push(this.#subscript());
    }
    stream.expect('operator', ']');
    const key: Expression = keys.length === 1 ? keys[0]! : { kind: 'tuple', items: keys };
    return { kind: 'item', of, key };
  }

  #subscript(): Expression {
    const { stream } = this;
    let start: Expression | null = null;
    if (!stream.isOperator(':')) {
      start = this.expression();
      if (!stream.isOperator(':')) return start;
    }
    stream.expect('operator', ':');
    const bound = (): Expression | null =>
      stream.isOperator(':', ']', ',') ? null : this.expression();
    const stop = bound();
    const step = stream.skipIf('operator', ':') ? bound() : null;
    return { kind: 'slice', start, stop, step };
  }

  #call(callee: Expression): Expression {
    return { kind: 'call', callee, args: this.callArguments() };
  }

  /** From the opening parenthesis to the closing one. */
  protected callArguments(): CallArguments {
    const { stream } = this;
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let rest: Expression | null = null;
    let namedRest: Expression | null = null;
    const ensure = (fine: boolean): void => {
      if (!fine) stream.fail('invalid syntax for function call expression');
    };
    stream.expect('operator', '(');
    this.#listed(')', () => {
      if (stream.skipIf('operator', '*')) {
        ensure(rest === null && namedRest === null);
        rest = this.expression();
      } else if (stream.skipIf('operator', '**')) {
        ensure(namedRest === null);
        namedRest = this.expression();
      } else if (
        stream.is('name') &&
        stream.following.value === '=' &&
        stream.following.type === 'operator'
      ) {
        ensure(namedRest === null);
        const name = stream.next().value;
        stream.next();
        named.push([name, this.expression()]);
      } else {
        ensure(rest === null && namedRest === null && named.length === 0);
        positional.push(this.expression());
      }
    });
    return { positional, named, rest, namedRest };
  }

  #filters(input: Expression): Expression {
    const { stream } = this;
    let node = input;
    for (let length = 0; ; length++) {
      this.#checkChain(length);
      if (stream.isOperator('|')) node = this.filterChain(node)!;
      else if (stream.isName('is')) node = this.#test(node);
      else if (stream.isOperator('(')) node = this.#call(node);
      else return node;
    }
  }

  /** The filters that start here, applied to `input`; `bare`: the first stands without its `|`. */
  protected filterChain(input: Expression | null, bare = false): FilterExpression | null {
    const { stream } = this;
    let filter: FilterExpression | null = null;
    for (let n = 0; stream.isOperator('|') || (bare && n === 0); n++) {
      this.#checkChain(n);
      if (n > 0 || !bare) stream.next();
      const { line } = stream;
      const name = this.#dottedName();
      const args = stream.isOperator('(') ? this.callArguments() : NO_ARGUMENTS;
      filter = { kind: 'filter', name, input: filter ?? input, args, line };
    }
    return filter;
  }

  #dottedName(): string {
    const { stream } = this;
    let name = stream.expect('name').value;
    while (stream.skipIf('operator', '.')) name += `.${stream.expect('name').value}`;
    return name;
  }

  #test(input: Expression): Expression {
    const { stream } = this;
    stream.next();
    const { line } = stream;
    const negated = stream.skipIf('name', 'not');
    const name = this.#dottedName();
    let args = NO_ARGUMENTS;
    if (stream.isOperator('(')) {
      args = this.callArguments();
    } else if (this.#startsOperand()) {
      if (stream.isName('is')) stream.fail('You cannot chain multiple tests with is');
      args = { ...NO_ARGUMENTS, positional: [this.#postfix(this.primary())] };
    }
    const test: Expression = { kind: 'test', name, input, args, line };
    return negated ? { kind: 'unary', operator: 'not', operand: test } : test;
  }

  #startsOperand(): boolean {
    const { stream } = this;
    if (stream.isName('else', 'or', 'and')) return false;
    const { type } = stream.current;
    if (type === 'name' || type === 'string' || type === 'integer' || type === 'float') return true;
    return stream.isOperator('[', '{');
  }
}
