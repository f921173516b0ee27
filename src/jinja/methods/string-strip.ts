import { strArgument } from '../functions/signature.js';
import type { RenderState } from '../render-state.js';
import { isPair } from '../text/code-points.js';
import { sliceStr, type Str, textOf } from '../text/text.js';
import { skipSpace, trimSpaceEnd } from '../text/whitespace.js';
import type { Value } from '../values/value.js';
import { method } from './method-table.js';

export type Side = 'left' | 'right' | 'both';

/** str.strip, lstrip and rstrip: of whitespace, or of the characters of `chars`. */
export function strip(
  state: RenderState,
  value: Str,
  side: Side,
  chars: Value | undefined = null,
): Str {
  const text = textOf(value);
  let start = 0;
  let end = text.length;
  if (chars === null) {
    if (side !== 'right') start = skipSpace(text, 0);
    if (side !== 'left') end = trimSpaceEnd(text, start, end);
  } else {
    const set = new Set(textOf(strArgument(chars, 'strip arg')));
    state.chargeText(32 * set.size);
    if (side !== 'right') {
      for (; start < end; start += isPair(text, start) ? 2 : 1) {
        if (!set.has(String.fromCodePoint(text.codePointAt(start)!))) break;
      }
    }
    while (side !== 'left' && end > start) {
      const last = end - 2 >= start && isPair(text, end - 2) ? end - 2 : end - 1;
      if (!set.has(text.slice(last, end))) break;
      end = last;
    }
  }
  state.chargeText(8 * (start + text.length - end));
  if (start === 0 && end === text.length) return value;
  state.consume(value, 0, start);
  state.consume(value, end, text.length);
  return sliceStr(value, start, end);
}

function removed(state: RenderState, value: Str, affix: Str, atEnd: boolean): Str {
  const text = textOf(value);
  const fix = textOf(affix);
  state.chargeText(fix.length);
  if (fix === '' || !(atEnd ? text.endsWith(fix) : text.startsWith(fix))) return value;
  const cut = atEnd ? text.length - fix.length : fix.length;
  state.consume(value, atEnd ? cut : 0, atEnd ? text.length : cut);
  return atEnd ? sliceStr(value, 0, cut) : sliceStr(value, cut, text.length);
}

export const stripMethods = [
  method<Str>('strip', 'chars? /', (state, self, chars) => strip(state, self, 'both', chars)),
  method<Str>('lstrip', 'chars? /', (state, self, chars) => strip(state, self, 'left', chars)),
  method<Str>('rstrip', 'chars? /', (state, self, chars) => strip(state, self, 'right', chars)),
  method<Str>('removeprefix', 'prefix /', (state, self, prefix) =>
    removed(state, self, strArgument(prefix, 'removeprefix() argument'), false),
  ),
  method<Str>('removesuffix', 'suffix /', (state, self, suffix) =>
    removed(state, self, strArgument(suffix, 'removesuffix() argument'), true),
  ),
];
