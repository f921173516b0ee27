import type { RenderState } from '../render-state.js';
import { compareText } from '../text/code-points.js';
import type { Value } from '../values/value.js';
import { equals, inOrder } from './compare.js';

/** For Array.sort, which keeps equal elements in place: only `<` is asked, as Python's sort does. */
export function compareValues(state: RenderState, a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') {
    state.charge(1);
    return a - b;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    state.chargeText(Math.min(a.length, b.length));
    return compareText(a, b);
  }
  state.charge(1);
  if (inOrder(state, '<', a, b)) return -1;
  return inOrder(state, '<', b, a) ? 1 : 0;
}

/** As elements of lists are compared: equal ones need no order, undefined ones for instance. */
export function compareElements(state: RenderState, a: Value, b: Value): number {
  return equals(state, a, b) ? 0 : compareValues(state, a, b);
}
