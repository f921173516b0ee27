import { TemplateSyntaxError, notJoinable, typeError } from '../errors.js';
import { isTrue } from '../operators/truth.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import type { Expression, IfStatement, Statement, Target } from '../syntax/nodes.js';
import { escapeStr } from '../text/escape.js';
import { isStr } from '../text/text.js';
import { typeName } from '../values/type-name.js';
import type { Value } from '../values/value.js';
import { compileTarget } from './assign.js';
import { compileCall } from './call.js';
import { captured } from './capture.js';
import type { StatementContext } from './context.js';
import { compileExpression, partsOf } from './expression.js';
import { compileFilter } from './filter.js';
import {
  BREAK,
  CONTINUE,
  type Ending,
  type Evaluate,
  type Execute,
  Frame,
  NORMAL,
} from './frame.js';
import { compileFor } from './loop.js';
import { compileMacro } from './macro.js';
import { eachName } from './names.js';
import { Scope } from './scope.js';

/** What runs statements one after the other. */
export function compileBody(statements: readonly Statement[], context: StatementContext): Execute {
  const body = statements.map((node) => compileStatement(node, context));
  if (body.length === 1) return body[0]!;
  return (frame) => {
    for (const execute of body) {
      const ending = execute(frame);
      if (ending !== NORMAL) return ending;
    }
    return NORMAL;
  };
}

/** Statements in a scope of their own. */
function compileScoped(
  statements: readonly Statement[],
  context: StatementContext,
  isBlock = false,
): Execute {
  const scope = new Scope(context.scope, isBlock);
  scope.body(statements);
  const body = compileBody(statements, { ...context, scope, lenient: false });
  return (frame) => body(new Frame(frame.state, frame, scope.size));
}

function compileStatement(node: Statement, context: StatementContext): Execute {
  switch (node.kind) {
    case 'output':
      return compileOutput(node.parts, context);
    case 'for':
      return compileFor(node, context, compileBody);
    case 'if':
      return compileIf(node, context);
    case 'set':
      return compileSet(node, context);
    case 'set block':
      return compileSetBlock(node, context);
    case 'macro': {
      const make = compileMacro(node.name, node, context, compileBody);
      const slot = context.scope.slot(node.name);
      return (frame) => {
        frame.variables[slot] = make(frame);
        return NORMAL;
      };
    }
    case 'call block':
      return compileCallBlock(node, context);
    case 'filter block':
      return compileFilterBlock(node, context);
    case 'with':
      return compileWith(node, context);
    case 'generation': {
      const body = compileScoped(node.body, { ...context, inLoop: false });
      return (frame) => {
        frame.state.out.append(captured(frame.state, () => body(frame)));
        return NORMAL;
      };
    }
    case 'autoescape':
      return compileAutoescape(node, context);
    case 'block':
      return compileBlock(node, context);
    case 'break':
    case 'continue': {
      if (!context.inLoop) throw new TemplateSyntaxError(`'${node.kind}' outside loop`, node.line);
      const ending = node.kind === 'break' ? BREAK : CONTINUE;
      return () => ending;
    }
    case 'load':
      return () => {
        throw typeError('no loader for this environment specified');
      };
  }
}

function isConstant(expression: Expression): boolean {
  let constant = true;
  eachName(expression, () => (constant = false));
  return constant;
}

function compileOutput(
  parts: readonly (string | Expression)[],
  context: StatementContext,
): Execute {
  const { mayEscape } = context;
  const compiled = parts.map((part) =>
    typeof part === 'string'
      ? part
      : compileExpression(part, { ...context, folds: isConstant(part) }),
  );
  return (frame) => {
    const { state } = frame;
    for (const part of compiled) {
      if (typeof part === 'string') state.out.plain(part);
      else write(state, part(frame), mayEscape);
    }
    return NORMAL;
  };
}

/** Writes a value as a template prints it. */
function write(state: RenderState, value: Value, mayEscape: boolean): void {
  const text = isStr(value) ? value : toStr(state, value);
  state.out.append(mayEscape && state.autoescape ? escapeStr(state, text) : text);
}

/** Writes what a block's call or filter made, which jinja2 takes for a string unseen. */
function writeString(state: RenderState, value: Value): void {
  if (!isStr(value)) {
    throw notJoinable(0, typeName(value));
  }
  state.out.append(value);
}

function compileIf(node: IfStatement, context: StatementContext): Execute {
  const inside = { ...context, lenient: true };
  const branches = node.branches.map(
    ({ test, body }) => [compileExpression(test, inside), compileBody(body, inside)] as const,
  );
  const otherwise = compileBody(node.otherwise, inside);
  return (frame) => {
    frame.state.charge(1);
    for (const [test, body] of branches) if (isTrue(test(frame))) return body(frame);
    return otherwise(frame);
  };
}

function compileBlockFilter(
  filter: Extract<Expression, { kind: 'filter' }>,
  context: StatementContext,
): (frame: Frame, text: Value) => Value {
  let text: Value = null;
  // The innermost of the filters is applied to the text of the block.
  const compile = (node: Extract<Expression, { kind: 'filter' }>): Evaluate =>
    compileFilter(
      node,
      partsOf(context),
      context.lenient,
      node.input === null ? () => text : compile(node.input as typeof filter),
    );
  const evaluate = compile(filter);
  return (frame, value) => {
    text = value;
    return evaluate(frame);
  };
}

function compileFilterBlock(
  node: Extract<Statement, { kind: 'filter block' }>,
  context: StatementContext,
): Execute {
  const body = compileScoped(node.body, context);
  const filter = compileBlockFilter(node.filter, context);
  return (frame) => {
    let ending: Ending = NORMAL;
    const text = captured(frame.state, () => (ending = body(frame)), context.mayEscape);
    if (ending !== NORMAL) return ending;
    writeString(frame.state, filter(frame, text));
    return NORMAL;
  };
}

function compileSet(node: Extract<Statement, { kind: 'set' }>, context: StatementContext): Execute {
  const value = compileExpression(node.value, context);
  const assign = compileTarget(node.target, context.scope);
  return (frame) => {
    assign(frame, value(frame));
    return NORMAL;
  };
}

function compileSetBlock(
  node: Extract<Statement, { kind: 'set block' }>,
  context: StatementContext,
): Execute {
  const body = compileScoped(node.body, context);
  const filter = node.filter === null ? null : compileBlockFilter(node.filter, context);
  const assign = compileTarget(node.target, context.scope);
  return (frame) => {
    let ending: Ending = NORMAL;
    const text = captured(frame.state, () => (ending = body(frame)), context.mayEscape);
    // What ends a loop from within a block drops what the block wrote.
    if (ending !== NORMAL) return ending;
    assign(frame, filter === null ? text : filter(frame, text));
    return NORMAL;
  };
}

function compileCallBlock(
  node: Extract<Statement, { kind: 'call block' }>,
  context: StatementContext,
): Execute {
  const caller = compileMacro(null, node, context, compileBody);
  const call = compileCall(
    node.call as Extract<Expression, { kind: 'call' }>,
    partsOf(context),
    (frame) => ['caller', caller(frame)],
  );
  return (frame) => {
    writeString(frame.state, call(frame));
    return NORMAL;
  };
}

function compileWith(
  node: Extract<Statement, { kind: 'with' }>,
  context: StatementContext,
): Execute {
  const values = node.assignments.map(({ value }) => compileExpression(value, context));
  const scope = new Scope(context.scope);
  const declare = (target: Target): void => {
    if (target.kind === 'name') scope.parameter(target.name);
    else if (target.kind === 'tuple') target.items.forEach(declare);
  };
  node.assignments.forEach(({ target }) => declare(target));
  scope.body(node.body);
  const assignments = node.assignments.map(
    ({ target }, i) => [compileTarget(target, scope), values[i]!] as const,
  );
  const body = compileBody(node.body, { ...context, scope, lenient: false });
  return (frame) => {
    const inner = new Frame(frame.state, frame, scope.size);
    for (const [assign, value] of assignments) assign(inner, value(frame));
    return body(inner);
  };
}

function compileAutoescape(
  node: Extract<Statement, { kind: 'autoescape' }>,
  context: StatementContext,
): Execute {
  const enabled = compileExpression(node.enabled, context);
  const body = compileScoped(node.body, { ...context, mayEscape: true });
  return (frame) => {
    const { state } = frame;
    const before = state.autoescape;
    state.autoescape = isTrue(enabled(frame));
    let ending: Ending;
    try {
      ending = body(frame);
    } finally {
      state.autoescape = before;
    }
    return ending;
  };
}

/** Nothing extends a chat template, so a block stands where it is; it sees the template's names. */
function compileBlock(
  node: Extract<Statement, { kind: 'block' }>,
  context: StatementContext,
): Execute {
  const outer = node.scoped ? context.scope : context.root;
  const inside = { ...context, scope: outer, inLoop: false, mayEscape: false };
  const body = compileScoped(node.body, inside, !node.scoped);
  return (frame) => {
    let at = frame;
    if (!node.scoped) while (at.parent !== null) at = at.parent;
    body(at);
    return NORMAL;
  };
}
