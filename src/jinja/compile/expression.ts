import { typeError } from '../errors.js';
import { binary, signed } from '../operators/arithmetic.js';
import { getAttribute, getItem } from '../operators/attributes.js';
import { equals, inOrder } from '../operators/compare.js';
import { concatStrs } from '../operators/concat.js';
import { contains } from '../operators/contains.js';
import { slice } from '../operators/subscript.js';
import { isTrue } from '../operators/truth.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import type { CompareOperator, Expression } from '../syntax/nodes.js';
import { escapeStr } from '../text/escape.js';
import type { Str } from '../text/text.js';
import { listOf, tupleOf } from '../values/sequence.js';
import { describeOwner, typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { compileCall } from './call.js';
import type { ExpressionContext } from './context.js';
import { compileFilter, compileTest } from './filter.js';
import type { CompileExpression, Evaluate } from './frame.js';

const NO_VALUE = new Undefined(
  () => 'the inline if-expression evaluated to false and no else section was defined.',
);

/** What evaluates the expression. Throws TemplateSyntaxError for an unknown filter or test. */
export function compileExpression(node: Expression, context: ExpressionContext): Evaluate {
  const evaluate = compile(node, context);
  if (node.kind === 'constant') return evaluate;
  return (frame) => {
    frame.state.charge(1);
    return evaluate(frame);
  };
}

function compile(node: Expression, context: ExpressionContext): Evaluate {
  const part = partsOf(context);
  switch (node.kind) {
    case 'constant': {
      const { value } = node;
      return () => value;
    }
    case 'name':
      return context.scope.reader(node.name);
    case 'tuple':
    case 'list':
      return compileSequence(node.kind, node.items.map(part));
    case 'dict': {
      const pairs = node.pairs.map(([key, value]) => [part(key), part(value)] as const);
      return (frame) => Dict.of(pairs.map(([key, value]) => [key(frame), value(frame)]));
    }
    case 'concat':
      return compileConcat(node.items.map(part), context);
    case 'condition':
      return compileCondition(node, context);
    case 'and':
    case 'or':
      return compileLogic(node.kind, part(node.left), part(node.right));
    case 'unary': {
      const { operator } = node;
      const operand = part(node.operand);
      if (operator === 'not') return (frame) => !isTrue(operand(frame));
      return (frame) => signed(operator, operand(frame));
    }
    case 'binary': {
      const { operator } = node;
      const [left, right] = [part(node.left), part(node.right)];
      return (frame) => {
        const value = left(frame);
        return binary(frame.state, operator, value, right(frame));
      };
    }
    case 'compare':
      return compileComparison(node.first, node.rest, part);
    case 'attribute': {
      const { name } = node;
      const of = part(node.of);
      return (frame) => getAttribute(frame.state, of(frame), name);
    }
    case 'item':
      return node.key.kind === 'slice'
        ? compileSlice(part(node.of), node.key, context)
        : compileItem(part(node.of), node.key, part);
    case 'slice':
      return compileSlice(() => null, node, context);
    case 'call':
      return compileCall(node, part);
    case 'filter':
      return compileFilter(node, part, context.lenient, part(node.input!));
    case 'test':
      return compileTest(node, part, context.lenient);
  }
}

/** Compiles the parts of what stands in `context`. */
export function partsOf(context: ExpressionContext): CompileExpression {
  return (part) => compileExpression(part, context);
}

function compileSequence(kind: 'tuple' | 'list', items: readonly Evaluate[]): Evaluate {
  return kind === 'tuple'
    ? (frame) => tupleOf(items.map((item) => item(frame)))
    : (frame) => listOf(items.map((item) => item(frame)));
}

function compileLogic(operator: 'and' | 'or', left: Evaluate, right: Evaluate): Evaluate {
  if (operator === 'and') {
    return (frame) => {
      const value = left(frame);
      return isTrue(value) ? right(frame) : value;
    };
  }
  return (frame) => {
    const value = left(frame);
    return isTrue(value) ? value : right(frame);
  };
}

function compileConcat(items: readonly Evaluate[], { mayEscape }: ExpressionContext): Evaluate {
  return (frame) => {
    const { state } = frame;
    const parts = items.map((item) => toStr(state, item(frame)));
    return mayEscape && state.autoescape ? concatEscaped(state, parts) : concatStrs(state, parts);
  };
}

/** Where one of the strings is safe, the others are escaped. */
function concatEscaped(state: RenderState, parts: readonly Str[]): Value {
  const safe = parts.some((part) => typeof part !== 'string' && part.safe);
  return concatStrs(state, safe ? parts.map((part) => escapeStr(state, part)) : parts, safe);
}

function compileCondition(
  node: Extract<Expression, { kind: 'condition' }>,
  context: ExpressionContext,
): Evaluate {
  const inside: ExpressionContext = { ...context, lenient: true };
  const test = compileExpression(node.test, inside);
  const then = compileExpression(node.then, inside);
  const otherwise =
    node.otherwise === null ? () => NO_VALUE : compileExpression(node.otherwise, inside);
  return (frame) => (isTrue(test(frame)) ? then(frame) : otherwise(frame));
}

function compileComparison(
  first: Expression,
  rest: readonly { readonly operator: CompareOperator; readonly operand: Expression }[],
  part: CompileExpression,
): Evaluate {
  const start = part(first);
  const steps = rest.map(({ operator, operand }) => [operator, part(operand)] as const);
  if (steps.length === 1) {
    const [operator, operand] = steps[0]!;
    return (frame) => {
      const left = start(frame);
      return compareBy(frame.state, operator, left, operand(frame));
    };
  }
  return (frame) => {
    let left = start(frame);
    for (const [operator, operand] of steps) {
      const right = operand(frame);
      if (!compareBy(frame.state, operator, left, right)) return false;
      left = right;
    }
    return true;
  };
}

function compareBy(
  state: RenderState,
  operator: CompareOperator,
  left: Value,
  right: Value,
): boolean {
  switch (operator) {
    case '==':
      return equals(state, left, right);
    case '!=':
      return !equals(state, left, right);
    case 'in':
      return contains(state, right, left);
    case 'not in':
      return !contains(state, right, left);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return inOrder(state, operator, left, right);
  }
}

function compileItem(of: Evaluate, key: Expression, part: CompileExpression): Evaluate {
  // A slice among several keys has no meaning for any value of a template.
  if (key.kind === 'tuple' && key.items.some((item) => item.kind === 'slice')) {
    return (frame) => getItem(frame.state, of(frame), tupleOf([]));
  }
  const evaluated = part(key);
  return (frame) => {
    const value = of(frame);
    return getItem(frame.state, value, evaluated(frame));
  };
}

function compileSlice(
  of: Evaluate,
  key: Extract<Expression, { kind: 'slice' }>,
  context: ExpressionContext,
): Evaluate {
  const bound = (part: Expression | null): Evaluate =>
    part === null ? () => null : compileExpression(part, context);
  const [start, stop, step] = [bound(key.start), bound(key.stop), bound(key.step)];
  return (frame) => {
    const value = of(frame);
    const bounds = { start: start(frame), stop: stop(frame), step: step(frame) };
    if (value instanceof Undefined) throw value.error();
    const part = slice(frame.state, value, bounds);
    if (part !== undefined) return part;
    if (context.folds === true)
      return new Undefined(() => `${describeOwner(value)} has no such slice`);
    throw typeError(`'${typeName(value)}' object can't be sliced so`);
  };
}
