import { elements } from '../operators/iterate.js';
import { isTrue } from '../operators/truth.js';
import type { RenderState } from '../render-state.js';
import type { ForStatement } from '../syntax/nodes.js';
import { Lazy } from '../values/iterators.js';
import type { Value } from '../values/value.js';
import { compileTarget } from './assign.js';
import { captured } from './capture.js';
import type { CompileBody, StatementContext } from './context.js';
import { compileExpression } from './expression.js';
import { BREAK, type Ending, type Execute, Frame, NORMAL } from './frame.js';
import { LoopContext } from './loop-context.js';
import { eachTarget, mentions } from './names.js';
import { Scope } from './scope.js';

/** What runs a `for`. */
export function compileFor(
  node: ForStatement,
  context: StatementContext,
  compileBody: CompileBody,
): Execute {
  const iterated = compileExpression(node.iterated, context);
  const scope = new Scope(context.scope);
  const usesLoop = node.recursive || mentions(node.body, 'loop');
  const loopSlot = usesLoop ? scope.parameter('loop') : -1;
  declareTarget(node, scope);
  scope.body(node.body);
  const assign = compileTarget(node.target, scope);
  const body = compileBody(node.body, { ...context, scope, lenient: false, inLoop: true });
  const otherwise = compileElse(node, context, compileBody);
  const keep = compileTest(node, context);

  function run(outer: Frame, values: Value, depth: number): Ending {
    const { state } = outer;
    const kept = keep === null ? values : keep(outer, values);
    const loop = usesLoop
      ? new LoopContext(state, kept, depth, node.recursive ? recurse(outer) : null)
      : null;
    // As in jinja2, an element counts once its body has run to the end: `continue` leads to `else`.
    let ran = false;
    const each = (value: Value): Ending => {
      state.charge(1);
      const frame = new Frame(state, outer, scope.size);
      if (loop !== null) frame.variables[loopSlot] = loop;
      assign(frame, value);
      const ending = body(frame);
      if (ending === NORMAL) ran = true;
      return ending;
    };
    if (loop !== null) {
      while (loop.advance()) if (each(loop.current) === BREAK) break;
    } else if (kept instanceof Lazy) {
      for (let next = kept.next(); next.done !== true; next = kept.next()) {
        if (each(next.value) === BREAK) break;
      }
    } else {
      const items = elements(state, kept);
      for (const item of items) if (each(item) === BREAK) break;
    }
    return ran || otherwise === null ? NORMAL : otherwise(outer);
  }

  function recurse(outer: Frame) {
    return (state: RenderState, values: Value, depth: number): Value =>
      captured(state, () => run(outer, values, depth));
  }

  return (frame) => run(frame, iterated(frame), 0);
}

function declareTarget(node: ForStatement, scope: Scope): void {
  eachTarget(
    node.target,
    (name) => scope.parameter(name),
    () => undefined,
  );
}

function compileElse(
  node: ForStatement,
  context: StatementContext,
  compileBody: CompileBody,
): Execute | null {
  if (node.otherwise.length === 0) return null;
  const scope = new Scope(context.scope);
  scope.body(node.otherwise);
  // A recursive loop is a function, which `break` doesn't leave.
  const inLoop = context.inLoop && !node.recursive;
  const body = compileBody(node.otherwise, { ...context, scope, lenient: false, inLoop });
  return (frame) => body(new Frame(frame.state, frame, scope.size));
}

/** What drops the elements that the loop's `if` doesn't want, as they are asked for. */
function compileTest(
  node: ForStatement,
  context: StatementContext,
): ((outer: Frame, values: Value) => Lazy) | null {
  if (node.test === null) return null;
  const scope = new Scope(context.scope);
  declareTarget(node, scope);
  scope.expressions([node.test]);
  const assign = compileTarget(node.target, scope);
  // Here `loop` is that of a loop around this one, if there is any.
  const test = compileExpression(node.test, { ...context, scope, lenient: false });
  function* filtered(outer: Frame, values: Value): Generator<Value> {
    const { state } = outer;
    const source =
      values instanceof Lazy
        ? { [Symbol.iterator]: () => ({ next: () => values.next() }) }
        : elements(state, values);
    for (const value of source) {
      state.charge(1);
      const frame = new Frame(state, outer, scope.size);
      assign(frame, value);
      if (isTrue(test(frame))) yield value;
    }
  }
  return (outer, values) => {
    // What can't be iterated is an error before the first element is asked for.
    if (!(values instanceof Lazy)) elements(outer.state, values);
    return new Lazy(filtered(outer, values), 'loop');
  };
}
