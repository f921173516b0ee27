import type { RenderState } from '../render-state.js';
import { type Str, strOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';

/** What `run` writes, as a string that is safe where autoescape is on and `safe` allows it. */
export function captured(state: RenderState, run: () => void, safe = true): Str {
  const { out } = state;
  state.enter();
  const inner = new TextBuilder(state);
  state.out = inner;
  try {
    run();
  } finally {
    state.out = out;
    state.leave();
  }
  return strOf(inner.text, inner.runs, safe && state.autoescape);
}
