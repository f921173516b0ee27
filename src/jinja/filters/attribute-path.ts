import { getItem } from '../operators/attributes.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';

/** The keys of jinja2's attribute arguments: `a.0.b` is three, a number one, none null. */
export function attributePath(attribute: Value | undefined): Value[] {
  if (attribute === undefined || attribute === null) return [];
  if (!isStr(attribute)) return [attribute];
  return textOf(attribute)
    .split('.')
    .map((part) => (/^\p{Nd}+$/u.test(part) ? Number(part) : part));
}

/** What the path leads to from `value`; `absent` for one that leads nowhere. */
export function follow(
  state: RenderState,
  value: Value,
  path: readonly Value[],
  absent?: Value,
): Value {
  let at = value;
  for (const key of path) {
    state.charge(1);
    at = getItem(state, at, key);
    if (absent !== undefined && at instanceof Undefined) at = absent;
  }
  return at;
}
