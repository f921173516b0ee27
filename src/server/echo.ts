/** How much of what a client sent is repeated to it and written to the log. */

/** Characters of a name, a path or a value. */
const ECHOED = 100;

/**
 * The beginning of a text from outside, at most `length` UTF-16 units and an ellipsis; a surrogate
 * pair is not cut in half.
 */
export function echoed(text: string, length = ECHOED): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const pairBegins = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, pairBegins ? length - 1 : length)}…`;
}
