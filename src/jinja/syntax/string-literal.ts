const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const ESCAPE =
  /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([xuUN])|([^]))/gu;

/**
 * What stands between the quotes of a literal, its escapes resolved as Python's unicode_escape
 * does after everything beyond ASCII was escaped. Null for a broken escape, and for \N{…}.
 */
export function stringLiteral(text: string): string | null {
  if (!text.includes('\\')) return text;
  let broken = false;
  const value = text.replace(
    ESCAPE,
    (
      all: string,
      octal?: string,
      x?: string,
      u?: string,
      U?: string,
      _cut?: string,
      other?: string,
    ) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      const code = x ?? u ?? U;
      if (code === undefined && other !== undefined) {
        const simple = SIMPLE[other];
        if (simple !== undefined) return simple;
        return other > '\x7f' ? `\\${asciiEscape(other)}` : all;
      }
      const point = code === undefined ? Infinity : parseInt(code, 16);
      if (point <= 0x10ffff) return String.fromCodePoint(point);
      broken = true;
      return '';
    },
  );
  return broken ? null : value;
}

/** The escape of a character beyond ASCII, without its backslash: the escape's own went before. */
function asciiEscape(character: string): string {
  const point = character.codePointAt(0)!;
  const hex = point.toString(16);
  if (point < 0x100) return `x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `u${hex.padStart(4, '0')}` : `U${hex.padStart(8, '0')}`;
}
