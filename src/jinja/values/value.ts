import type { Text } from '../text/text.js';
import type { Dict } from './dict.js';
import type { Float } from './float.js';
import type { Obj } from './obj.js';
import type { Sequence } from './sequence.js';
import type { Undefined } from './undefined.js';

/**
 * A value of a template. None is null; an integer is a number where that is safe, else a bigint;
 * a float is a Float; a string is a string, or a Text where it has an origin or is marked safe.
 */
export type Value =
  null | boolean | number | bigint | Float | string | Text | Undefined | Sequence | Dict | Obj;
