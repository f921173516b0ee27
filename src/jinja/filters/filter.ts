import { bindArguments, signature } from '../functions/signature.js';
import type { RenderState } from '../render-state.js';
import type { Named } from '../values/callable.js';
import type { Value } from '../values/value.js';

export type Filter = (
  state: RenderState,
  value: Value,
  positional: readonly Value[],
  named: Named | null,
) => Value;

export type Test = (
  state: RenderState,
  value: Value,
  positional: readonly Value[],
  named: Named | null,
) => boolean;

/** A filter or test with its arguments in the order of `parameters` (see `signature`). */
export function withParameters<R>(
  name: string,
  parameters: string,
  body: (state: RenderState, value: Value, ...args: (Value | undefined)[]) => R,
): readonly [
  string,
  (state: RenderState, value: Value, positional: readonly Value[], named: Named | null) => R,
] {
  const known = signature(name, parameters);
  return [
    name,
    (state, value, positional, named) =>
      body(state, value, ...bindArguments(known, positional, named)),
  ];
}
