import { typeError, valueError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { codePointLength, unitIndex } from '../text/code-points.js';
import { sliceStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { eachLine } from '../text/whitespace.js';

export interface Wrapping {
  readonly width: number;
  /** The width was written as a float, which no word can be cut at. */
  readonly floatWidth: boolean;
  readonly breakLongWords: boolean;
  readonly breakOnHyphens: boolean;
  readonly separator: Str;
}

/** Where Python's textwrap may break: at whitespace, and after hyphens within words. */
const SPACE = '\\t\\n\\v\\f\\r ';
const WORD = `[\\p{L}\\p{N}_!"'&.,?]`;
const LETTER = '[^\\P{L}]';
const CHUNKS = new RegExp(
  `[${SPACE}]+|(?<=${WORD})-{2,}(?=[\\p{L}\\p{N}_])|` +
    `[^${SPACE}]+?(?:-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${LETTER}-))(?=${LETTER}-?${LETTER})|` +
    `(?=[${SPACE}]|$)|(?<=${WORD})(?=-{2,}[\\p{L}\\p{N}_]))`,
  'gu',
);
const SPACE_CHUNKS = new RegExp(`[${SPACE}]+|[^${SPACE}]+`, 'gu');

/** jinja2's wordwrap: every line of its own, whitespace at breaks goes. */
export function wordwrap(state: RenderState, value: Str, wrapping: Wrapping): Str {
  const out = new TextBuilder(state);
  let first = true;
  eachLine(textOf(value), ({ start, end }) => {
    const line = sliceStr(value, start, end);
    for (const [from, to] of wrapped(state, textOf(line), wrapping)) {
      if (!first) out.append(wrapping.separator);
      first = false;
      out.range(line, from, to);
    }
  });
  return out.finish();
}

/** Where a word that is too long is broken: after its last hyphen, if anything stands before that. */
function behindHyphen(part: string): number {
  const hyphen = part.lastIndexOf('-');
  return hyphen > 0 && /[^-]/.test(part.slice(0, hyphen)) ? hyphen + 1 : part.length;
}

/** The ranges of a line's pieces; an empty line is one empty piece. */
function wrapped(
  state: RenderState,
  line: string,
  { width, floatWidth, breakLongWords, breakOnHyphens }: Wrapping,
): [number, number][] {
  if (width <= 0) throw valueError(`invalid width ${width} (must be > 0)`);
  state.chargeText(32 * line.length);
  const chunks: [number, number][] = [];
  for (const match of line.matchAll(breakOnHyphens ? CHUNKS : SPACE_CHUNKS)) {
    state.allocateObjects(1);
    chunks.push([match.index, match.index + match[0].length]);
  }
  chunks.reverse();
  // Characters, counted no further than to see that they don't fit.
  const size = ([from, to]: [number, number]): number =>
    codePointLength(line.slice(from, Math.min(to, from + 2 * (width + 1))));
  const blank = ([from, to]: [number, number]): boolean => line.slice(from, to).trim() === '';
  const pieces: [number, number][] = [];
  while (chunks.length > 0) {
    const current: [number, number][] = [];
    let length = 0;
    // A line after the first starts with no whitespace.
    if (pieces.length > 0 && blank(chunks.at(-1)!)) chunks.pop();
    while (chunks.length > 0) {
      const next = size(chunks.at(-1)!);
      if (length + next > width) break;
      current.push(chunks.pop()!);
      length += next;
    }
    if (chunks.length > 0 && size(chunks.at(-1)!) > width) {
      const [from, to] = chunks.pop()!;
      const room = width < 1 ? 1 : width - length;
      if (breakLongWords) {
        if (floatWidth) throw typeError('slice indices must be integers');
        const whole = unitIndex(
          line.slice(from, Math.min(to, from + 2 * width)),
          Math.max(room, 1),
        );
        const cut = from + (breakOnHyphens ? behindHyphen(line.slice(from, from + whole)) : whole);
        const piece: [number, number] = room > 0 ? [from, cut] : [from, from];
        current.push(piece);
        chunks.push([piece[1], to]);
      } else if (current.length === 0) {
        current.push([from, to]);
      } else {
        chunks.push([from, to]);
      }
    }
    if (current.length > 0 && blank(current.at(-1)!)) current.pop();
    const [first] = current;
    if (first !== undefined) pieces.push([first[0], current.at(-1)![1]]);
  }
  return pieces.length === 0 ? [[0, 0]] : pieces;
}
