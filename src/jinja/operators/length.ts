import { typeError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { codePointLength } from '../text/code-points.js';
import { isStr, textOf } from '../text/text.js';
import { DictView } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, Obj, type Value } from '../values/value.js';

/** Python's len(). */
export function length(state: RenderState, value: Value): number {
  if (isStr(value)) {
    state.chargeText(textOf(value).length);
    return codePointLength(textOf(value));
  }
  if (value instanceof Sequence || value instanceof Range) return value.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof DictView) return value.dict.size;
  if (value instanceof Undefined) return 0;
  // Of the objects, only `loop` has one.
  if (value instanceof Obj && 'length' in value) return value.length as number;
  throw typeError(`object of type '${typeName(value)}' has no len()`);
}
