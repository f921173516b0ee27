import { typeError, unsupportedOperands } from '../errors.js';
import { intArgument, strArgument } from '../functions/signature.js';
import { isTrue } from '../operators/truth.js';
import { length as lengthOf } from '../operators/length.js';
import type { RenderState } from '../render-state.js';
import { codePointLength, unitIndex } from '../text/code-points.js';
import { addStrs } from '../operators/arithmetic.js';
import { isSafe, isStr, sliceStr, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { eachLine, isLineEnd, type Line } from '../text/whitespace.js';
import { Float } from '../values/float.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { type Filter, withParameters } from './filter.js';
import { wordwrap } from './wordwrap.js';

function indent(
  state: RenderState,
  value: Value,
  width: Value | undefined,
  first: Value | undefined,
  blank: Value | undefined,
): Value {
  if (value instanceof Undefined) throw value.error();
  if (!isStr(value)) throw unsupportedOperands('+=', typeName(value), 'str');
  const text = textOf(value);
  const spaces = intArgument(isStr(width ?? null) ? 0 : width, 4);
  state.checkText(spaces);
  const unit = width !== undefined && isStr(width) ? width : ' '.repeat(Math.max(0, spaces));
  state.chargeText(8 * text.length);
  const out = new TextBuilder(state);
  const indentBlank = isTrue(blank ?? false);
  if (isTrue(first ?? false)) out.append(unit);
  let previous: Line | null = null;
  const write = (line: Line): void => {
    if (previous !== null) {
      out.rewritten(value, previous.end, previous.next, '\n');
      if (line.end > line.start || indentBlank) out.append(unit);
    }
    out.range(value, line.start, line.end);
    previous = line;
  };
  eachLine(text, write);
  // The text is given one more line ending: where it ends with one, an empty line follows.
  if (text === '' || isLineEnd(text.charCodeAt(text.length - 1))) {
    write({ start: text.length, end: text.length, next: text.length });
  }
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
  const ending = end === undefined ? '...' : strArgument(end, 'end');
  const endLength = codePointLength(textOf(ending));
  if (most < endLength) throw typeError(`expected length >= ${endLength}, got ${most}`);
  if (slack < 0) throw typeError(`expected leeway >= 0, got ${slack}`);
  if (lengthOf(state, value) <= most + slack) return value;
  if (!isStr(value)) throw typeError(`can't truncate a ${typeName(value)}`);
  const text = value;
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
    (state, value, width, breakLong, wrapString, breakHyphens) =>
      wordwrap(state, strArgument(value, 'what is wrapped'), {
        floatWidth: width instanceof Float,
        width: width instanceof Float ? width.value : intArgument(width, 79),
        breakLongWords: isTrue(breakLong ?? true),
        breakOnHyphens: isTrue(breakHyphens ?? true),
        separator: (wrapString ?? null) === null ? '\n' : strArgument(wrapString, 'wrapstring'),
      }),
  ),
];
