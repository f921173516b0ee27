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
import { Dict } from '../values/dict.js';
import { listOf, tupleOf } from '../values/sequence.js';
import { describeOwner, typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { compileCall } from './call.js';
import { compileFilter, compileTest } from './filter.js';
import type { Evaluate } from './frame.js';
import type { Scope } from './scope.js';

export interface ExpressionContext {
  readonly scope: Scope;
  /** Unknown filters and tests are errors only where they are reached. */
  readonly lenient: boolean;
  /** jinja2 computes the whole expression beforehand, where slices that can't be taken are undefined. */
  readonly folds?: boolean;
  /** An autoescape tag stands around; whether it is on shows when it runs. */
  readonly mayEscape: boolean;
}

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
  const sub = (part: Expression): Evaluate => compileExpression(part, context);
  switch (node.kind) {
    case 'constant': {
      const { value } = node;
      return () => value;
    }
    case 'name':
      return context.scope.reader(node.name);
    case 'tuple': {
      const items = node.items.map(sub);
      return (frame) => tupleOf(items.map((item) => item(frame)));
    }
    case 'list': {
      const items = node.items.map(sub);
      return (frame) => listOf(items.map((item) => item(frame)));
    }
    case 'dict': {
      const pairs = node.pairs.map(([key, value]) => [sub(key), sub(value)] as const);
      return (frame) => Dict.of(pairs.map(([key, value]) => [key(frame), value(frame)]));
    }
    case 'concat': {
      const items = node.items.map(sub);
      const { mayEscape } = context;
      return (frame) => {
        const { state } = frame;
        const parts = items.map((item) => toStr(state, item(frame)));
        return mayEscape && state.autoescape
          ? concatEscaped(state, parts)
          : concatStrs(state, parts);
      };
    }
    case 'condition':
      return compileCondition(node, context);
    case 'and': {
      const [left, right] = [sub(node.left), sub(node.right)];
      return (frame) => {
        const value = left(frame);
        return isTrue(value) ? right(frame) : value;
      };
    }
    case 'or': {
      const [left, right] = [sub(node.left), sub(node.right)];
      return (frame) => {
        const value = left(frame);
        return isTrue(value) ? value : right(frame);
      };
    }
    case 'unary': {
      const { operator } = node;
      const operand = sub(node.operand);
      if (operator === 'not') return (frame) => !isTrue(operand(frame));
      return (frame) => signed(operator, operand(frame));
    }
    case 'binary': {
      const { operator } = node;
      const [left, right] = [sub(node.left), sub(node.right)];
      return (frame) => {
        const value = left(frame);
        return binary(frame.state, operator, value, right(frame));
      };
    }
    case 'compare':
      return compileComparison(node.first, node.rest, context);
    case 'attribute': {
      const { name } = node;
      const of = sub(node.of);
      return (frame) => getAttribute(frame.state, of(frame), name);
    }
    case 'item':
      return compileItem(node.of, node.key, context);
    case 'slice':
      return compileItem({ kind: 'constant', value: null }, node, context);
    case 'call':
      return compileCall(node, context);
    case 'filter':
      return compileFilter(node, context, sub(node.input!));
    case 'test':
      return compileTest(node, context);
  }
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
  context: ExpressionContext,
): Evaluate {
  const start = compileExpression(first, context);
  const steps = rest.map(
    ({ operator, operand }) => [operator, compileExpression(operand, context)] as const,
  );
  if (steps.length === 1) {
    const [[operator, operand]] = steps;
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

function compileItem(ofNode: Expression, key: Expression, context: ExpressionContext): Evaluate {
  const of = compileExpression(ofNode, context);
  if (key.kind !== 'slice') {
    // A slice among several keys has no meaning for any value of a template.
    if (key.kind === 'tuple' && key.items.some((item) => item.kind === 'slice')) {
      return (frame) => getItem(frame.state, of(frame), tupleOf([]));
    }
    const evaluated = compileExpression(key, context);
    return (frame) => {
      const value = of(frame);
      return getItem(frame.state, value, evaluated(frame));
    };
  }
  const [start, stop, step] = [key.start, key.stop, key.step].map((part) =>
    part === null ? () => null : compileExpression(part, context),
  );
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
