import type { RenderState } from '../render-state.js';
import type { Value } from '../values/value.js';
import { inOrder } from './compare.js';

/** For Array.sort, which keeps equal elements in place: only `<` is asked, as Python's sort does. */
export function compareValues(state: RenderState, a: Value, b: Value): number {
  state.charge(1);
  if (inOrder(state, '<', a, b)) return -1;
  return inOrder(state, '<', b, a) ? 1 : 0;
}
