import type { Lookup } from '../printing/brace-format.js';
import { isSafe, type Str } from '../text/text.js';
import { markupMethods } from './markup-methods.js';
import type { Method } from './method-table.js';
import { caseMethods } from './string-case.js';
import { formatMethods } from './string-format.js';
import { searchMethods } from './string-search.js';
import { splitMethods } from './string-split.js';
import { stripMethods } from './string-strip.js';

/** Finds a method of a str, or of a Markup; undefined where there is none. */
export type StringMethods = (name: string, of: Str) => Method<Str> | undefined;

/** The methods of strings; `lookup` is what the replacement fields of format follow. */
export function stringMethods(lookup: Lookup): StringMethods {
  const plain: ReadonlyMap<string, Method<Str>> = new Map([
    ...stripMethods,
    ...splitMethods,
    ...searchMethods,
    ...caseMethods,
    ...formatMethods(lookup),
  ]);
  const markup: typeof plain = new Map([...plain, ...markupMethods(plain)]);
  return (name, of) => (isSafe(of) ? markup : plain).get(name);
}
