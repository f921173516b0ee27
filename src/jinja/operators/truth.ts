import { Text } from '../text/text.js';
import { Float } from '../values/float.js';
import { DictView } from '../values/iterators.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';

/** Python's bool(). */
export function isTrue(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'number') return value !== 0;
  if (value === null || value instanceof Undefined) return false;
  if (value instanceof Text) return value.text !== '';
  if (value instanceof Sequence || value instanceof Range) return value.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof DictView) return value.dict.size > 0;
  if (value instanceof Float) return value.value !== 0;
  return true;
}
