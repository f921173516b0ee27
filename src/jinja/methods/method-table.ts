import { bindArguments, signature } from '../functions/signature.js';
import type { RenderState } from '../render-state.js';
import type { Named } from '../values/callable.js';
import type { Value } from '../values/value.js';

/** A method before it is bound to its value. */
export type Method<T> = (
  state: RenderState,
  self: T,
  positional: readonly Value[],
  named: Named | null,
) => Value;

/** A method with its arguments in the order of its parameters, undefined where not given. */
export type MethodBody<T> = (state: RenderState, self: T, ...args: (Value | undefined)[]) => Value;

/** `parameters` as `signature` reads them. */
export function method<T>(
  name: string,
  parameters: string,
  body: MethodBody<T>,
): readonly [string, Method<T>] {
  const known = signature(name, parameters);
  return [
    name,
    (state, self, positional, named) =>
      body(state, self, ...bindArguments(known, positional, named)),
  ];
}
