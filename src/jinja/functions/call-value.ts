import { typeError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { Callable, type Named } from '../values/callable.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';

/** `callee(…)`. Throws a TypeError for what can't be called. */
export function callValue(
  state: RenderState,
  callee: Value,
  positional: readonly Value[],
  named: Named | null,
): Value {
  if (callee instanceof Callable) return callee.call(state, positional, named);
  if (callee instanceof Undefined) throw callee.error();
  throw typeError(`'${typeName(callee)}' object is not callable`);
}
