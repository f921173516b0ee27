import type { RenderState } from '../render-state.js';

/** Units that are searched between two checkpoints. */
const WINDOW = 1 << 16;
/** Longer needles are searched for in linear time; for shorter ones a window is fast even at worst. */
const SHORT_NEEDLE = 256;

/** String.indexOf within [from, to), within the render's bounds whatever needle and text are. */
export function find(
  state: RenderState,
  text: string,
  needle: string,
  from: number,
  to = text.length,
): number {
  const last = to - needle.length;
  if (from > last) return -1;
  if (needle.length > SHORT_NEEDLE && to - from > 4 * SHORT_NEEDLE) {
    return findLong(state, text, needle, from, to);
  }
  for (let start = from; start <= last; start += WINDOW) {
    const end = Math.min(start + WINDOW + needle.length - 1, to);
    const whole = start === from && end === text.length;
    const found = whole ? text.indexOf(needle, from) : text.slice(start, end).indexOf(needle);
    const at = found < 0 || whole ? found : start + found;
    state.chargeText((at < 0 ? end : at) - start);
    if (at >= 0) return at;
  }
  return -1;
}

/** String.lastIndexOf within [from, to). */
export function findLast(
  state: RenderState,
  text: string,
  needle: string,
  from: number,
  to: number,
): number {
  if (to - from < needle.length) return -1;
  if (needle.length > SHORT_NEEDLE) return findLastLong(state, text, needle, from, to);
  for (let end = to; end - needle.length >= from; end -= WINDOW) {
    const start = Math.max(from, end - WINDOW - needle.length + 1);
    const found = text.slice(start, end).lastIndexOf(needle);
    state.chargeText(end - start);
    if (found >= 0) return start + found;
  }
  return -1;
}

/** Lengths of the longest borders of the needle's prefixes (Knuth, Morris and Pratt). */
function borders(state: RenderState, needle: string, at: (i: number) => number): Int32Array {
  state.allocateText(2 * needle.length);
  const table = new Int32Array(needle.length);
  for (let i = 1, k = 0; i < needle.length; i++) {
    while (k > 0 && at(i) !== at(k)) k = table[k - 1]!;
    if (at(i) === at(k)) k++;
    table[i] = k;
  }
  return table;
}

function findLong(
  state: RenderState,
  text: string,
  needle: string,
  from: number,
  to: number,
): number {
  const table = borders(state, needle, (i) => needle.charCodeAt(i));
  for (let i = from, k = 0; i < to; i++) {
    if (((i - from) & (WINDOW - 1)) === 0) state.chargeText(WINDOW);
    const unit = text.charCodeAt(i);
    while (k > 0 && unit !== needle.charCodeAt(k)) k = table[k - 1]!;
    if (unit === needle.charCodeAt(k)) k++;
    if (k === needle.length) return i + 1 - k;
  }
  return -1;
}

function findLastLong(
  state: RenderState,
  text: string,
  needle: string,
  from: number,
  to: number,
): number {
  const end = needle.length - 1;
  const table = borders(state, needle, (i) => needle.charCodeAt(end - i));
  for (let i = to - 1, k = 0; i >= from; i--) {
    if (((to - 1 - i) & (WINDOW - 1)) === 0) state.chargeText(WINDOW);
    const unit = text.charCodeAt(i);
    while (k > 0 && unit !== needle.charCodeAt(end - k)) k = table[k - 1]!;
    if (unit === needle.charCodeAt(end - k)) k++;
    if (k === needle.length) return i;
  }
  return -1;
}
