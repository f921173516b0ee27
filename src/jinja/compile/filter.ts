import { noSuch, TemplateError, TemplateSyntaxError } from '../errors.js';
import { FILTERS } from '../filters/all-filters.js';
import { TESTS } from '../filters/tests.js';
import type { Expression, FilterExpression } from '../syntax/nodes.js';
import { compileArguments } from './call.js';
import type { CompileExpression, Evaluate } from './frame.js';

/** What evaluates a filter on what `input` evaluates to. */
export function compileFilter(
  node: FilterExpression,
  compile: CompileExpression,
  lenient: boolean,
  input: Evaluate,
): Evaluate {
  const filter = FILTERS.get(node.name);
  if (filter === undefined) return unknown('filter', node, lenient);
  const args = compileArguments(node.args, compile);
  return (frame) => {
    const value = input(frame);
    const { positional, named } = args(frame);
    return filter(frame.state, value, positional, named);
  };
}

export function compileTest(
  node: Extract<Expression, { kind: 'test' }>,
  compile: CompileExpression,
  lenient: boolean,
): Evaluate {
  const test = TESTS.get(node.name);
  if (test === undefined) return unknown('test', node, lenient);
  const input = compile(node.input);
  const args = compileArguments(node.args, compile);
  return (frame) => {
    const value = input(frame);
    const { positional, named } = args(frame);
    return test(frame.state, value, positional, named);
  };
}

/** Within an `if`, which may have asked for it, an unknown one matters only when it is reached. */
function unknown(
  what: 'filter' | 'test',
  { name, line }: { readonly name: string; readonly line: number },
  lenient: boolean,
): Evaluate {
  if (!lenient) throw new TemplateSyntaxError(noSuch(what, name), line);
  return () => {
    throw new TemplateError('TemplateRuntimeError', `No ${what} named '${name}' found.`);
  };
}
