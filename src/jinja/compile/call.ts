import { TemplateSyntaxError, typeError } from '../errors.js';
import { callValue } from '../functions/call-value.js';
import { callMethod, getAttribute } from '../operators/attributes.js';
import { elements } from '../operators/iterate.js';
import type { CallArguments, Expression } from '../syntax/nodes.js';
import { isStr, textOf } from '../text/text.js';
import type { Named } from '../values/callable.js';
import { typeName } from '../values/type-name.js';
import { Dict, type Value } from '../values/value.js';
import type { CompileExpression, Evaluate, Frame } from './frame.js';

export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: Named | null;
}

const NOTHING: Arguments = { positional: [], named: null };

/** What evaluates the arguments of a call, filter or test. */
export function compileArguments(
  args: CallArguments,
  compile: CompileExpression,
): (frame: Frame) => Arguments {
  const positional = args.positional.map(compile);
  const named = args.named.map(([name, value]) => [name, compile(value)] as const);
  if (new Set(args.named.map(([name]) => name)).size < named.length) {
    throw new TemplateSyntaxError('keyword argument repeated', 1);
  }
  const rest = args.rest === null ? null : compile(args.rest);
  const namedRest = args.namedRest === null ? null : compile(args.namedRest);
  if (rest === null && namedRest === null && named.length === 0) {
    if (positional.length === 0) return () => NOTHING;
    return (frame) => ({ positional: positional.map((part) => part(frame)), named: null });
  }
  return (frame) => {
    const values = positional.map((part) => part(frame));
    if (rest !== null) {
      for (const value of elements(frame.state, rest(frame))) values.push(value);
    }
    const byName = new Map<string, Value>();
    for (const [name, value] of named) byName.set(name, value(frame));
    if (namedRest !== null) spread(namedRest(frame), byName);
    return { positional: values, named: byName };
  };
}

function spread(mapping: Value, into: Map<string, Value>): void {
  if (!(mapping instanceof Dict)) {
    throw typeError(`argument after ** must be a mapping, not ${typeName(mapping)}`);
  }
  for (const [key, value] of mapping.entries()) {
    if (!isStr(key)) throw typeError('keywords must be strings');
    const name = textOf(key);
    if (into.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`);
    into.set(name, value);
  }
}

/** What evaluates a call; `extra` is one more argument, given by name. */
export function compileCall(
  node: Extract<Expression, { kind: 'call' }>,
  compile: CompileExpression,
  extra: ((frame: Frame) => readonly [name: string, value: Value]) | null = null,
): Evaluate {
  const compiled = compileArguments(node.args, compile);
  const args: typeof compiled =
    extra === null
      ? compiled
      : (frame) => {
          const { positional, named } = compiled(frame);
          return { positional, named: new Map([...(named ?? []), extra(frame)]) };
        };
  if (node.callee.kind === 'attribute') {
    const { name } = node.callee;
    const of = compile(node.callee.of);
    return (frame) => {
      const { state } = frame;
      const self = of(frame);
      const { positional, named } = args(frame);
      const result = callMethod(state, self, name, positional, named);
      if (result !== undefined) return result;
      return callValue(state, getAttribute(state, self, name), positional, named);
    };
  }
  const callee = compile(node.callee);
  return (frame) => {
    const called = callee(frame);
    const { positional, named } = args(frame);
    return callValue(frame.state, called, positional, named);
  };
}
