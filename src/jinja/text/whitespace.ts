/** What Python's str.isspace, str.strip and the `\s` of its re take for whitespace. */
export const WHITESPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

export function isSpace(unit: number): boolean {
  if (unit < 0x80)
    return unit === 0x20 || (unit >= 9 && unit <= 13) || (unit >= 0x1c && unit <= 0x1f);
  return (
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}

/** What str.splitlines takes for the end of a line (\r\n is one). */
export function isLineEnd(unit: number): boolean {
  return (
    (unit >= 10 && unit <= 13) ||
    (unit >= 0x1c && unit <= 0x1e) ||
    unit === 0x85 ||
    unit === 0x2028 ||
    unit === 0x2029
  );
}

/** Index of the first character from `from` on that is no whitespace; `text.length` if none. */
export function skipSpace(text: string, from: number): number {
  let i = from;
  while (i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** `to` less the whitespace that ends [from, to). */
export function trimSpaceEnd(text: string, from: number, to: number): number {
  let i = to;
  while (i > from && isSpace(text.charCodeAt(i - 1))) i--;
  return i;
}

/** A line of a text: what ends it lies in [end, next). */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Calls `visit` with the lines that str.splitlines makes. */
export function eachLine(text: string, visit: (line: Line) => void): void {
  for (let start = 0; start < text.length;) {
    let end = start;
    while (end < text.length && !isLineEnd(text.charCodeAt(end))) end++;
    let next = end;
    if (end < text.length) next = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    visit({ start, end, next });
    start = next;
  }
}
