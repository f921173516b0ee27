import type { RenderState } from '../render-state.js';
import { type Str, textOf } from './text.js';
import { TextBuilder } from './text-builder.js';
import { isSpace } from './whitespace.js';

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};
const ENTITY = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));?/g;

/** HTML's numeric and most used named entities, as the characters they stand for. */
export function unescape(state: RenderState, value: Str): Str {
  const text = textOf(value);
  state.chargeText(text.length);
  const out = new TextBuilder(state);
  let done = 0;
  for (const match of text.matchAll(ENTITY)) {
    const [all, decimal, hex, name] = match;
    const code = decimal !== undefined ? Number(decimal) : parseInt(hex ?? '', 16);
    const character =
      name !== undefined ? NAMED[name]! : code <= 0x10ffff ? String.fromCodePoint(code) : null;
    if (character === null) continue;
    out.range(value, done, match.index);
    out.rewritten(value, match.index, match.index + all.length, character);
    done = match.index + all.length;
  }
  out.range(value, done, text.length);
  return out.finish();
}

/** Markup.striptags: comments and tags go, whitespace becomes single spaces, entities characters. */
export function striptags(state: RenderState, value: Str): Str {
  return unescape(
    state,
    collapsed(state, without(state, without(state, value, '<!--', '-->'), '<', '>')),
  );
}

/** Every stretch from `open` to the next `close` is taken off. */
function without(state: RenderState, value: Str, open: string, close: string): Str {
  const text = textOf(value);
  state.chargeText(text.length);
  const out = new TextBuilder(state);
  let done = 0;
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, done)) {
    const end = text.indexOf(close, at);
    if (end < 0) break;
    out.range(value, done, at);
    done = end + close.length;
    state.consume(value, at, done);
  }
  out.range(value, done, text.length);
  return out.finish();
}

function collapsed(state: RenderState, value: Str): Str {
  const text = textOf(value);
  state.chargeText(4 * text.length);
  const out = new TextBuilder(state);
  for (let i = 0; i < text.length;) {
    const space = isSpace(text.charCodeAt(i));
    let end = i + 1;
    while (end < text.length && isSpace(text.charCodeAt(end)) === space) end++;
    if (!space) out.range(value, i, end);
    else if (i > 0 && end < text.length) out.rewritten(value, i, i + 1, ' ');
    if (space) state.consume(value, i, end);
    i = end;
  }
  return out.finish();
}
