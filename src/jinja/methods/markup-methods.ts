import { elements } from '../operators/iterate.js';
import { toStr } from '../printing/repr.js';
import { escapeStr } from '../text/escape.js';
import { striptags, unescape } from '../text/markup.js';
import { isStr, type Str, withSafety } from '../text/text.js';
import { type Method, method } from './method-table.js';
import { join } from './string-search.js';

/** What markupsafe's Markup does otherwise than str. */
export function markupMethods(
  plain: ReadonlyMap<string, Method<Str>>,
): (readonly [string, Method<Str>])[] {
  return [
    [
      'replace',
      (state, self, positional, named) =>
        plain.get('replace')!(
          state,
          self,
          positional.map((value) => (isStr(value) ? escapeStr(state, value) : value)),
          named,
        ),
    ],
    method<Str>('join', 'iterable /', (state, self, items) =>
      join(
        state,
        self,
        elements(state, items ?? null).map((item) => escapeStr(state, toStr(state, item))),
      ),
    ),
    method<Str>('striptags', '/', (state, self) => striptags(state, self)),
    method<Str>('unescape', '/', (state, self) => unescape(state, withSafety(self, false))),
  ];
}
