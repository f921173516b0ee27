import type { RenderState } from '../render-state.js';
import { type Str, Text, textOf } from '../text/text.js';

/** The strings one after the other. */
export function concatStrs(state: RenderState, parts: readonly Str[], safe = false): Str {
  let length = 0;
  let plain = !safe;
  for (const part of parts) {
    if (typeof part !== 'string') plain = false;
    length += textOf(part).length;
  }
  state.checkText(length);
  state.charge(1 + (parts.length >>> 2));
  if (plain) return (parts as readonly string[]).join('');
  let text = '';
  for (const part of parts) text += textOf(part);
  return Text.joined(text, parts, safe);
}
