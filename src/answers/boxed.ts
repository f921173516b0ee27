/** What stands in a frame: how models that were trained on mathematics mark their answer. */

const FRAMES: ReadonlySet<string> = new Set(['boxed', 'fbox']);

/** A `\` and the letters of its command, or the one character that it escapes; and braces. */
const MARKUP = /\\(?:[A-Za-z]+|[^])|[{}]/g;
const SPACE = /\s*/y;
/** What TeX, or who writes without braces, means by one token: a command, a number, a letter. */
const TOKEN = /\\[A-Za-z]+|[-+]?\.?\d(?:[\d.,/]*\d)?|[A-Za-z](?![A-Za-z])/y;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The end of what a sticky expression takes at `from`; `from` where it takes nothing. */
function endOf(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex : from;
}

/**
 * The content of the last complete `\boxed{…}` or `\fbox{…}`, as it is written; undefined where there
 * is none. Of frames within frames the one that begins last counts. Braces are balanced; escaped ones
 * are text. A frame that is never closed, or holds nothing, is none. `\boxed 5`, without braces, holds
 * a command, a number or a letter. Takes time linear in the text's length.
 */
export function lastBoxed(text: string): string | undefined {
  let last: Span | undefined;
  const found = (start: number, end: number): void => {
    if (last !== undefined && last.start > start) return;
    if (text.slice(start, end).trim() !== '') last = { start, end };
  };
  // Of each brace that is open: where the content of its frame begins, or -1 where it has none.
  const open: number[] = [];
  const markup = new RegExp(MARKUP);
  for (let match = markup.exec(text); match !== null; match = markup.exec(text)) {
    const [written] = match;
    if (written === '{') {
      open.push(-1);
    } else if (written === '}') {
      const start = open.pop() ?? -1;
      if (start >= 0) found(start, match.index);
    } else if (FRAMES.has(written.slice(1))) {
      const start = endOf(SPACE, text, markup.lastIndex);
      if (text[start] === '{') {
        open.push(start + 1);
        markup.lastIndex = start + 1;
      } else {
        const end = endOf(TOKEN, text, start);
        if (end > start) found(start, end);
        markup.lastIndex = end;
      }
    }
  }
  return last === undefined ? undefined : text.slice(last.start, last.end);
}
