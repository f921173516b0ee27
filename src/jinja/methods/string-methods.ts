import { isSafe, type Str } from '../text/text.js';
import { markupMethods } from './markup-methods.js';
import { caseMethods } from './string-case.js';
import { formatMethods } from './string-format.js';
import { searchMethods } from './string-search.js';
import { splitMethods } from './string-split.js';
import { stripMethods } from './string-strip.js';
import type { Method } from './method-table.js';

const METHODS: ReadonlyMap<string, Method<Str>> = new Map([
  ...stripMethods,
  ...splitMethods,
  ...searchMethods,
  ...caseMethods,
  ...formatMethods,
]);
const MARKUP_METHODS: ReadonlyMap<string, Method<Str>> = new Map([
  ...METHODS,
  ...markupMethods(METHODS),
]);

/** The method of a str, or of a Markup; undefined where there is none. */
export function stringMethod(name: string, of: Str): Method<Str> | undefined {
  return (isSafe(of) ? MARKUP_METHODS : METHODS).get(name);
}
