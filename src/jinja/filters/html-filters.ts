import { noItems, typeError, valueError } from '../errors.js';
import { isTrue } from '../operators/truth.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { escapeStr, forceEscape } from '../text/escape.js';
import { striptags } from '../text/markup.js';
import { textOf, withSafety } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { type Filter, withParameters } from './filter.js';

function xmlattr(state: RenderState, value: Value, autospace: Value | undefined): Value {
  if (value instanceof Undefined) throw value.error();
  if (!(value instanceof Dict)) {
    throw noItems('TemplateRuntimeError', typeName(value));
  }
  const out = new TextBuilder(state);
  for (const [key, item] of value.entries()) {
    if (item === null || item instanceof Undefined) continue;
    const name = toStr(state, key);
    if (typeof key !== 'string' && !(typeof key === 'object' && key !== null && 'text' in key)) {
      throw typeError('expected string or bytes-like object');
    }
    if (/[\s/>=]/.test(textOf(name))) {
      throw valueError(`Invalid character in attribute name: '${textOf(name)}'`);
    }
    if (out.length > 0) out.plain(' ');
    out.append(escapeStr(state, name));
    out.plain('="');
    out.append(escapeStr(state, toStr(state, item)));
    out.plain('"');
  }
  const spaced = new TextBuilder(state);
  if (isTrue(autospace ?? true) && out.length > 0) spaced.plain(' ');
  spaced.append(out.finish());
  return spaced.finish(state.autoescape);
}

export const htmlFilters: (readonly [string, Filter])[] = [
  withParameters('escape', '/', (state, value) => escapeStr(state, toStr(state, value))),
  withParameters('e', '/', (state, value) => escapeStr(state, toStr(state, value))),
  withParameters('forceescape', '', (state, value) => forceEscape(state, toStr(state, value))),
  withParameters('safe', '', (state, value) => withSafety(toStr(state, value), true)),
  withParameters('striptags', '', (state, value) => striptags(state, toStr(state, value))),
  withParameters('xmlattr', 'autospace?', xmlattr),
];
