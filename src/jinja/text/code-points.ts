/** Python counts code points, JavaScript UTF-16 units. */

const SURROGATE = /[\ud800-\udfff]/;

export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text);
}

/** Python's len(). */
export function codePointLength(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let length = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    if (isPair(text, i)) {
      length--;
      i++;
    }
  }
  return length;
}

/** Whether a surrogate pair starts at unit `i`. */
export function isPair(text: string, i: number): boolean {
  return (
    (text.charCodeAt(i) & 0xfc00) === 0xd800 &&
    i + 1 < text.length &&
    (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00
  );
}

/** The unit at which the code point `index` starts, counted from unit `from`; at most the length. */
export function unitIndex(text: string, index: number, from = 0): number {
  let unit = from;
  for (let n = index; n > 0 && unit < text.length; n--) unit += isPair(text, unit) ? 2 : 1;
  return unit;
}

/** How many code points start before unit `unit`. */
export function codePointIndex(text: string, unit: number): number {
  return codePointLength(text.slice(0, unit));
}

/** Order by code points: that of UTF-16 units differs above U+D7FF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!hasSurrogates(a) && !hasSurrogates(b)) return a < b ? -1 : 1;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const high = (unit: number): boolean => (unit & 0xf800) === 0xd800;
    if (high(x) !== high(y)) return high(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
