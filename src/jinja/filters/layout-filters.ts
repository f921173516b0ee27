import { typeError } from '../errors.js';
import { intArgument, strArgument } from '../functions/signature.js';
import { length as lengthOf } from '../operators/length.js';
import { isTrue } from '../operators/truth.js';
import type { RenderState } from '../render-state.js';
import { unitIndex } from '../text/code-points.js';
import { addStrs } from '../operators/arithmetic.js';
import { isSafe, isStr, sliceStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { isLineEnd } from '../text/whitespace.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { type Filter, withParameters } from './filter.js';
import { wordwrap } from './wordwrap.js';

/** Lines of a string as [start, end of the text, end with what ends the line]. */
export function lines(text: string): [start: number, end: number, next: number][] {
  const found: [number, number, number][] = [];
  for (let start = 0; start < text.length;) {
    let end = start;
    while (end < text.length && !isLineEnd(text.charCodeAt(end))) end++;
    const next = end === text.length ? end : text.startsWith('\r\n', end) ? end + 2 : end + 1;
    found.push([start, end, next]);
    start = next;
  }
  return found;
}

function indent(
  state: RenderState,
  value: Value,
  width: Value | undefined,
  first: Value | undefined,
  blank: Value | undefined,
): Value {
  if (value instanceof Undefined) throw value.error();
  if (!isStr(value))
    throw typeError(`unsupported operand type(s) for +=: '${typeName(value)}' and 'str'`);
  const text = textOf(value);
  const spaces = intArgument(isStr(width ?? null) ? 0 : width, 4);
  state.checkText(spaces);
  const unit = width !== undefined && isStr(width) ? width : ' '.repeat(Math.max(0, spaces));
  state.allocateElements(text.length >>> 2);
  state.chargeText(8 * text.length);
  const out = new TextBuilder(state);
  const indentBlank = isTrue(blank ?? false);
  if (isTrue(first ?? false)) out.append(unit);
  // The text gets a line's end, so that one that ends with it has an empty line behind.
  const all = lines(text);
  if (text === '' || isLineEnd(text.charCodeAt(text.length - 1))) {
    all.push([text.length, text.length, text.length]);
  }
  all.forEach(([start, end], i) => {
    if (i > 0) {
      const [, before, next] = all[i - 1];
      out.rewritten(value, before, next, '\n');
      if (end > start || indentBlank) out.append(unit);
    }
    out.range(value, start, end);
  });
  return out.finish(isSafe(value));
}

function truncate(
  state: RenderState,
  value: Value,
  length: Value | undefined,
  killWords: Value | undefined,
  end: Value | undefined,
  leeway: Value | undefined,
): Value {
  const most = intArgument(length, 255);
  const slack = intArgument(leeway === null ? undefined : leeway, 5);
  const endLength = end === undefined ? 3 : lengthOf(state, end);
  if (most < endLength) throw typeError(`expected length >= ${endLength}, got ${most}`);
  if (slack < 0) throw typeError(`expected leeway >= 0, got ${slack}`);
  if (lengthOf(state, value) <= most + slack) return value;
  const text = strArgument(value, 'the value');
  const ending = end === undefined ? '...' : strArgument(end, 'end');
  state.chargeText(textOf(text).length);
  const cut = sliceStr(text, 0, unitIndex(textOf(text), most - endLength));
  if (isTrue(killWords ?? false)) return addStrs(state, cut, ending);
  const space = textOf(cut).lastIndexOf(' ');
  return addStrs(state, space < 0 ? cut : sliceStr(cut, 0, space), ending);
}

export const layoutFilters: (readonly [string, Filter])[] = [
  withParameters('indent', 'width? first? blank?', indent),
  withParameters('truncate', 'length? killwords? end? leeway?', truncate),
  withParameters(
    'wordwrap',
    'width? break_long_words? wrapstring? break_on_hyphens?',
    (state, value, width, breakLong, wrapString, breakHyphens) => {
      const text = strArgument(value, 'the value');
      // Without a line nothing looks at the other arguments.
      if (textOf(text) === '') return '';
      return wordwrap(state, text, {
        width: intArgument(width, 79),
        breakLongWords: isTrue(breakLong ?? true),
        breakOnHyphens: isTrue(breakHyphens ?? true),
        separator:
          (wrapString ?? null) === null ? '\n' : (strArgument(wrapString, 'wrapstring') as Str),
      });
    },
  ),
];
