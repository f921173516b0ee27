import { typeError } from '../errors.js';
import { intArgument, strArgument } from '../functions/signature.js';
import { braceFormat, type Lookup } from '../printing/brace-format.js';
import type { RenderState } from '../render-state.js';
import { codePointLength } from '../text/code-points.js';
import { isSafe, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { typeName } from '../values/type-name.js';
import { Dict, type Value } from '../values/value.js';
import { type Method, method } from './method-table.js';

/** `value` with `before` and `after` times `fill` around it. */
function surrounded(state: RenderState, value: Str, fill: Str, before: number, after: number): Str {
  const size = textOf(fill).length;
  state.checkText(textOf(value).length + (before + after) * size);
  const out = new TextBuilder(state);
  out.plain(textOf(fill).repeat(before));
  out.append(value);
  out.plain(textOf(fill).repeat(after));
  return out.finish(isSafe(value));
}

function fillOf(fill: Value | undefined): Str {
  if (fill === undefined) return ' ';
  const character = strArgument(fill, 'The fill character');
  if (codePointLength(textOf(character)) !== 1) {
    throw typeError('The fill character must be exactly one character long');
  }
  return character;
}

/** str.center: the odd character goes left where the width is odd. */
export function center(state: RenderState, value: Str, width: number, fill: Str = ' '): Str {
  const missing = width - codePointLength(textOf(value));
  if (!(missing > 0)) return value;
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return surrounded(state, value, fill, left, missing - left);
}

function justify(name: string, before: boolean) {
  return method<Str>(name, 'width fillchar? /', (state, self, width, fill) => {
    const character = fillOf(fill);
    const missing = Math.max(0, intArgument(width, 0) - codePointLength(textOf(self)));
    if (missing === 0) return self;
    return surrounded(state, self, character, before ? missing : 0, before ? 0 : missing);
  });
}

function zfill(state: RenderState, self: Str, width: Value | undefined): Str {
  const text = textOf(self);
  const missing = intArgument(width, 0) - codePointLength(text);
  if (!(missing > 0)) return self;
  state.checkText(missing);
  const out = new TextBuilder(state);
  const signed = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  out.range(self, 0, signed);
  out.plain('0'.repeat(missing));
  out.range(self, signed, text.length);
  return out.finish(isSafe(self));
}

function expandtabs(state: RenderState, self: Str, tabsize: Value | undefined): Str {
  const text = textOf(self);
  const size = intArgument(tabsize, 8);
  state.chargeText(4 * text.length);
  state.checkText(size);
  const out = new TextBuilder(state);
  let column = 0;
  let done = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\t') {
      out.range(self, done, i);
      const spaces = size > 0 ? size - (column % size) : 0;
      if (spaces > 0) out.rewritten(self, i, i + 1, ' '.repeat(spaces));
      column += spaces;
      done = i + 1;
    } else if (text[i] === '\n' || text[i] === '\r') {
      column = 0;
    } else if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) {
      column++;
    }
  }
  out.range(self, done, text.length);
  return out.finish(isSafe(self));
}

/** The methods that lay text out; `lookup` is what replacement fields follow. */
export function formatMethods(lookup: Lookup): (readonly [string, Method<Str>])[] {
  const format: Method<Str> = (state, self, positional, named) =>
    braceFormat(state, self, { positional, named: (name) => named?.get(name), lookup });
  return [
    ['format', format],
    method<Str>('format_map', 'mapping /', (state, self, mapping) => {
      if (!(mapping instanceof Dict)) {
        throw typeError(`format_map() needs a mapping, not ${typeName(mapping ?? null)}`);
      }
      return braceFormat(state, self, {
        positional: [],
        named: (name) => mapping.get(name),
        lookup,
      });
    }),
    method<Str>('center', 'width fillchar? /', (state, self, width, fill) =>
      center(state, self, intArgument(width, 0), fillOf(fill)),
    ),
    justify('ljust', false),
    justify('rjust', true),
    method<Str>('zfill', 'width /', zfill),
    method<Str>('expandtabs', 'tabsize?', expandtabs),
  ];
}
