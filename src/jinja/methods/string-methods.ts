import { isSafe, type Str } from '../text/text.js';
import { markupMethods } from './markup-methods.js';
import type { Method } from './method-table.js';
import { caseMethods } from './string-case.js';
import { formatMethods } from './string-format.js';
import { searchMethods } from './string-search.js';
import { splitMethods } from './string-split.js';
import { stripMethods } from './string-strip.js';

type Methods = ReadonlyMap<string, Method<Str>>;

/** Made at the first use: formatting looks attributes up, and so needs this module itself. */
let tables: { readonly plain: Methods; readonly markup: Methods } | null = null;

function methodTables(): NonNullable<typeof tables> {
  if (tables === null) {
    const plain: Methods = new Map([
      ...stripMethods,
      ...splitMethods,
      ...searchMethods,
      ...caseMethods,
      ...formatMethods,
    ]);
    tables = { plain, markup: new Map([...plain, ...markupMethods(plain)]) };
  }
  return tables;
}

/** The method of a str, or of a Markup; undefined where there is none. */
export function stringMethod(name: string, of: Str): Method<Str> | undefined {
  const { plain, markup } = methodTables();
  return (isSafe(of) ? markup : plain).get(name);
}
