import { elements, isIterable } from '../operators/iterate.js';
import { isTrue } from '../operators/truth.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { isPair } from '../text/code-points.js';
import { isStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { Sequence } from '../values/sequence.js';
import { wrongCount } from '../errors.js';
import { Dict, type Value } from '../values/value.js';
import { type Filter, withParameters } from './filter.js';
import { urlize } from './urlize.js';

const UNRESERVED = /[A-Za-z0-9_.~-]/;

/** Percent-encodes the UTF-8 bytes of what isn't unreserved; `query` also the slash, + for space. */
function quoted(state: RenderState, out: TextBuilder, value: Str, query: boolean): void {
  const text = textOf(value);
  state.chargeText(16 * text.length);
  let done = 0;
  for (let i = 0; i < text.length;) {
    const end = i + (isPair(text, i) ? 2 : 1);
    const character = text.slice(i, end);
    if (!UNRESERVED.test(character) && (query || character !== '/')) {
      out.range(value, done, i);
      out.rewritten(value, i, end, query && character === ' ' ? '+' : percent(character));
      done = end;
    }
    i = end;
  }
  out.range(value, done, text.length);
}

function percent(character: string): string {
  let written = '';
  for (const byte of Buffer.from(character, 'utf8')) {
    written += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return written;
}

function urlencode(state: RenderState, value: Value): Value {
  const out = new TextBuilder(state);
  if (isStr(value) || !isIterable(value)) {
    quoted(state, out, toStr(state, value), false);
    return out.finish();
  }
  const pairs =
    value instanceof Dict
      ? value.entries()
      : elements(state, value).map((item) => pair(state, item));
  pairs.forEach(([key, item], i) => {
    if (i > 0) out.plain('&');
    quoted(state, out, toStr(state, key), true);
    out.plain('=');
    quoted(state, out, toStr(state, item), true);
  });
  return out.finish();
}

function pair(state: RenderState, item: Value): readonly [Value, Value] {
  const parts = item instanceof Sequence ? item.toArray() : elements(state, item);
  const [key, value] = parts;
  if (parts.length === 2) return [key!, value!];
  throw wrongCount(2, parts.length);
}

export const urlFilters: (readonly [string, Filter])[] = [
  withParameters('urlencode', '', urlencode),
  withParameters(
    'urlize',
    'trim_url_limit? nofollow? target? rel? extra_schemes?',
    (state, value, limit, nofollow, target, rel) =>
      urlize(state, toStr(state, value), {
        limit: typeof limit === 'number' ? limit : null,
        nofollow: isTrue(nofollow ?? false),
        target: (target ?? null) === null ? null : textOf(toStr(state, target!)),
        rel: (rel ?? null) === null ? null : textOf(toStr(state, rel!)),
      }),
  ),
];
