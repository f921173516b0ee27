import { ExpressionParser } from './expression-parser.js';
import type { Expression, Statement, Target } from './nodes.js';
import { tokenize } from './lexer.js';
import { TokenStream } from './token-stream.js';

const RESERVED = new Set(['true', 'false', 'none', 'True', 'False', 'None']);

/** The statements of a template. Throws TemplateSyntaxError. */
export function parseStatements(source: string): Statement[] {
  return new StatementParser(new TokenStream(tokenize(source))).template();
}

class StatementParser extends ExpressionParser {
  /** Names of the tags that would end the statements around, the innermost last. */
  readonly #ends: (readonly string[])[] = [];
  readonly #blocks = new Set<string>();

  template(): Statement[] {
    return this.#body([]);
  }

  /** Statements up to one of the tags `ends`, of which the name is the next token. */
  #body(ends: readonly string[]): Statement[] {
    const { stream } = this;
    const body: Statement[] = [];
    let parts: (string | Expression)[] = [];
    let line = stream.line;
    const flush = (): void => {
      if (parts.length > 0) body.push({ kind: 'output', parts, line });
      parts = [];
    };
    this.#ends.push(ends);
    while (!stream.is('end')) {
      if (parts.length === 0) line = stream.line;
      if (stream.is('data')) {
        parts.push(stream.next().value);
      } else if (stream.is('variable_begin')) {
        stream.next();
        parts.push(this.tuple());
        stream.expect('variable_end');
      } else {
        flush();
        stream.expect('block_begin');
        if (stream.isName(...ends)) {
          this.#ends.pop();
          return body;
        }
        body.push(stream.nested(() => this.#statement()));
        stream.expect('block_end');
      }
    }
    flush();
    if (ends.length > 0) {
      stream.fail(
        `Unexpected end of template. Jinja was looking for the following tags: ` +
          `${ends.map((end) => `'${end}'`).join(' or ')}.`,
      );
    }
    this.#ends.pop();
    return body;
  }

  /** The body of a tag, from the end of the tag on; the tag that ends it is read. */
  #tagBody(end: string): Statement[] {
    const body = this.#tagBodyUntil([end]);
    this.stream.next();
    return body;
  }

  #tagBodyUntil(ends: readonly string[]): Statement[] {
    this.stream.skipIf('operator', ':');
    this.stream.expect('block_end');
    return this.#body(ends);
  }

  #statement(): Statement {
    const { stream } = this;
    const { line } = stream;
    if (!stream.is('name')) stream.fail('tag name expected');
    const tag = stream.current.value;
    switch (tag) {
      case 'for':
        return this.#for();
      case 'if':
        return this.#if();
      case 'set':
        return this.#set();
      case 'macro':
        return this.#macro();
      case 'call':
        return this.#callBlock();
      case 'with':
        return this.#with();
      case 'block':
        return this.#block();
      case 'filter':
        stream.next();
        return {
          kind: 'filter block',
          filter: this.filterChain(null, true)!,
          body: this.#tagBody('endfilter'),
          line,
        };
      case 'print': {
        stream.next();
        const parts: Expression[] = [];
        while (!stream.is('block_end')) {
          if (parts.length > 0) stream.expect('operator', ',');
          parts.push(this.expression());
        }
        return { kind: 'output', parts, line };
      }
      case 'generation':
        stream.next();
        return { kind: 'generation', body: this.#tagBody('endgeneration'), line };
      case 'autoescape': {
        stream.next();
        const enabled = this.expression();
        return { kind: 'autoescape', enabled, body: this.#tagBody('endautoescape'), line };
      }
      case 'break':
      case 'continue':
        stream.next();
        return { kind: tag, line };
      case 'include':
      case 'import':
      case 'from':
      case 'extends':
        return this.#load(tag);
      default:
        return this.#unknown(tag);
    }
  }

  #unknown(tag: string): never {
    const { stream } = this;
    const open = this.#ends.flat();
    if (open.includes(tag)) {
      const wanted = this.#ends
        .at(-1)!
        .map((end) => `'${end}'`)
        .join(' or ');
      return stream.fail(`Encountered unknown tag '${tag}'. Jinja was looking for ${wanted}.`);
    }
    return stream.fail(`Encountered unknown tag '${tag}'.`);
  }

  #for(): Statement {
    const { stream } = this;
    const { line } = stream.next();
    const target = this.#target({ end: 'in' });
    stream.expect('name', 'in');
    const iterated = this.tuple({ condition: false, end: 'recursive' });
    const test = stream.skipIf('name', 'if') ? this.expression() : null;
    const recursive = stream.skipIf('name', 'recursive');
    const body = this.#tagBodyUntil(['endfor', 'else']);
    const otherwise = stream.next().value === 'else' ? this.#tagBody('endfor') : [];
    return { kind: 'for', target, iterated, test, recursive, body, otherwise, line };
  }

  #if(): Statement {
    const { stream } = this;
    const { line } = stream.current;
    const branches: { test: Expression; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    let tag: string;
    do {
      stream.next();
      const test = this.tuple({ condition: false });
      branches.push({ test, body: this.#tagBodyUntil(['elif', 'else', 'endif']) });
      tag = stream.current.value;
    } while (tag === 'elif');
    stream.next();
    if (tag === 'else') otherwise = this.#tagBody('endif');
    return { kind: 'if', branches, otherwise, line };
  }

  #set(): Statement {
    const { stream } = this;
    const { line } = stream.next();
    const target = this.#target({ namespace: true });
    if (stream.skipIf('operator', '=')) return { kind: 'set', target, value: this.tuple(), line };
    const filter = this.filterChain(null);
    return { kind: 'set block', target, filter, body: this.#tagBody('endset'), line };
  }

  #macro(): Statement {
    const { line } = this.stream.next();
    const name = this.#assignedName();
    const signature = this.#signature();
    return { kind: 'macro', name, ...signature, body: this.#tagBody('endmacro'), line };
  }

  #callBlock(): Statement {
    const { stream } = this;
    const { line } = stream.next();
    const signature = stream.isOperator('(') ? this.#signature() : { parameters: [], defaults: [] };
    const call = this.expression();
    if (call.kind !== 'call') stream.fail('expected call', line);
    return { kind: 'call block', call, ...signature, body: this.#tagBody('endcall'), line };
  }

  #signature(): { parameters: string[]; defaults: Expression[] } {
    const { stream } = this;
    const parameters: string[] = [];
    const defaults: Expression[] = [];
    stream.expect('operator', '(');
    while (!stream.isOperator(')')) {
      if (parameters.length > 0) stream.expect('operator', ',');
      const name = this.#assignedName();
      if (parameters.includes(name)) stream.fail(`duplicate argument '${name}' in a macro`);
      parameters.push(name);
      if (stream.skipIf('operator', '=')) defaults.push(this.expression());
      else if (defaults.length > 0) stream.fail('non-default argument follows default argument');
    }
    stream.expect('operator', ')');
    return { parameters, defaults };
  }

  #with(): Statement {
    const { stream } = this;
    const { line } = stream.next();
    const assignments: { target: Target; value: Expression }[] = [];
    while (!stream.is('block_end')) {
      if (assignments.length > 0) stream.expect('operator', ',');
      const target = this.#target({});
      stream.expect('operator', '=');
      assignments.push({ target, value: this.expression() });
    }
    return { kind: 'with', assignments, body: this.#tagBody('endwith'), line };
  }

  #block(): Statement {
    const { stream } = this;
    const { line } = stream.next();
    const name = stream.expect('name').value;
    if (this.#blocks.has(name)) stream.fail(`block '${name}' defined twice`);
    this.#blocks.add(name);
    const scoped = stream.skipIf('name', 'scoped');
    const required = stream.skipIf('name', 'required');
    const body = this.#tagBody('endblock');
    stream.skipIf('name', name);
    if (required && body.some((node) => node.kind !== 'output' || !node.parts.every(isBlank))) {
      stream.fail('Required blocks can only contain comments or whitespace');
    }
    return { kind: 'block', name, scoped, body, line };
  }

  /** Reads over the tag's expression: nothing can be loaded, which only shows when it is reached. */
  #load(tag: string): Statement {
    const { stream } = this;
    const { line } = stream.next();
    this.expression();
    const names: string[] = [];
    if (tag === 'import') {
      stream.expect('name', 'as');
      names.push(this.#assignedName());
    } else if (tag === 'from') {
      stream.expect('name', 'import');
    }
    while (!stream.is('block_end') && !stream.is('end')) {
      if (!stream.is('name') && !stream.isOperator(',')) stream.expect('block_end');
      const { value } = stream.next();
      if (tag === 'from' && value !== ',') names.push(value);
    }
    return { kind: 'load', names, line };
  }

  #assignedName(): string {
    const { stream } = this;
    const { line } = stream;
    const name = stream.expect('name').value;
    if (RESERVED.has(name)) this.#cannotAssign(name, line);
    return name;
  }

  #cannotAssign(name: string, line: number): never {
    this.stream.fail(`can't assign to '${name}'`, line);
  }

  #target({ end, namespace = false }: { end?: string; namespace?: boolean }): Target {
    const { stream } = this;
    const items: Target[] = [];
    let isTuple = false;
    while (!(end !== undefined && stream.isName(end)) && !this.#endsTarget()) {
      items.push(this.#simpleTarget(namespace));
      if (!stream.isOperator(',')) break;
      isTuple = true;
      stream.next();
    }
    if (items.length === 0) stream.expectedExpression();
    return isTuple ? { kind: 'tuple', items } : items[0]!;
  }

  #endsTarget(): boolean {
    const { stream } = this;
    return stream.is('variable_end') || stream.is('block_end') || stream.isOperator(')');
  }

  #simpleTarget(namespace: boolean): Target {
    const { stream } = this;
    if (stream.skipIf('operator', '(')) {
      const target = stream.nested(() => this.#target({ namespace }));
      stream.expect('operator', ')');
      return target;
    }
    if (!stream.is('name')) this.#cannotAssign(stream.describe(), stream.line);
    const name = this.#assignedName();
    if (!namespace || !stream.isOperator('.')) return { kind: 'name', name };
    stream.next();
    return { kind: 'attribute', namespace: name, name: stream.expect('name').value };
  }
}

function isBlank(part: string | Expression): boolean {
  return typeof part === 'string' && part.trim() === '';
}
