import type { RenderState } from '../render-state.js';
import { isSafe, type Str, textOf, withSafety } from './text.js';
import { TextBuilder } from './text-builder.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

/** markupsafe's escape: marked safe, and untouched where it was. */
export function escapeStr(state: RenderState, value: Str): Str {
  return isSafe(value) ? value : forceEscape(state, value);
}

export function forceEscape(state: RenderState, value: Str): Str {
  const text = textOf(value);
  state.chargeText(text.length);
  if (!/[&<>'"]/.test(text)) return withSafety(value, true);
  const out = new TextBuilder(state);
  let done = 0;
  for (const { 0: unit, index } of text.matchAll(/[&<>'"]/g)) {
    out.range(value, done, index);
    out.rewritten(value, index, index + 1, ESCAPES[unit]!);
    done = index + 1;
  }
  out.range(value, done, text.length);
  return out.finish(true);
}
