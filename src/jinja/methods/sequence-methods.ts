import { valueError } from '../errors.js';
import { intArgument } from '../functions/signature.js';
import { equals } from '../operators/compare.js';
import { pyRepr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import type { Range } from '../values/range.js';
import type { Sequence } from '../values/sequence.js';
import type { Value } from '../values/value.js';
import { type Method, method } from './method-table.js';

type Listed = Sequence<Value> | Range;

function index(
  state: RenderState,
  self: Listed,
  value: Value | undefined,
  start: Value | undefined,
  end: Value | undefined,
): number {
  const at = (bound: Value | undefined, absent: number): number => {
    const given = intArgument(bound, absent);
    return given < 0 ? Math.max(0, given + self.length) : given;
  };
  const stop = Math.min(at(end, self.length), self.length);
  for (let i = at(start, 0); i < stop; i++) {
    state.charge(1);
    if (equals(state, self.at(i), value!)) return i;
  }
  throw valueError(`${pyRepr(state, value!)} is not in list`);
}

function count(state: RenderState, self: Listed, value: Value | undefined): number {
  let found = 0;
  for (let i = 0; i < self.length; i++) {
    state.charge(1);
    if (equals(state, self.at(i), value!)) found++;
  }
  return found;
}

const METHODS: ReadonlyMap<string, Method<Listed>> = new Map([
  method<Listed>('index', 'value start? stop? /', index),
  method<Listed>('count', 'value /', count),
  method<Listed>('copy', '/', (_, self) => self),
]);

/** The method of a list, or of a tuple; undefined where there is none. */
export function sequenceMethod(name: string, isTuple: boolean): Method<Listed> | undefined {
  return isTuple && name === 'copy' ? undefined : METHODS.get(name);
}
