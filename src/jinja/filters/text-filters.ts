import { TemplateError } from '../errors.js';
import { intArgument } from '../functions/signature.js';
import { capitalize, lower, upper } from '../methods/string-case.js';
import { center } from '../methods/string-format.js';
import { join as joinStrs, replace as replaceIn } from '../methods/string-search.js';
import { strip } from '../methods/string-strip.js';
import { elements } from '../operators/iterate.js';
import { percentFormat } from '../printing/percent-format.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { lowerAt, mapCharacters } from '../text/case.js';
import { escapeStr } from '../text/escape.js';
import { isSafe, type Str, textOf, withSafety } from '../text/text.js';
import { isSpace } from '../text/whitespace.js';
import { tupleOf } from '../values/sequence.js';
import { Dict, type Value } from '../values/value.js';
import { attributePath, follow } from './attribute-path.js';
import { type Filter, withParameters } from './filter.js';

/** Words start after whitespace, a hyphen or an opening bracket. */
const BETWEEN_WORDS = /[-({[<]/;

function title(state: RenderState, value: Str): Str {
  const text = textOf(value);
  // Where the rest of the word starts; each is changed on its own.
  let rest = -1;
  const capitalized = mapCharacters(state, value, (character, at) => {
    if (isSpace(text.charCodeAt(at)) || BETWEEN_WORDS.test(character)) {
      rest = -1;
      return character;
    }
    if (rest >= 0) return lowerAt(text, at, character, rest);
    rest = at + character.length;
    return character.toUpperCase();
  });
  return withSafety(capitalized, false);
}

function join(
  state: RenderState,
  value: Value,
  separator: Value | undefined,
  attribute: Value | undefined,
): Value {
  const path = attributePath(attribute);
  const items = elements(state, value).map((item) =>
    path.length === 0 ? item : follow(state, item, path),
  );
  const between = separator === undefined ? '' : toStr(state, separator);
  const parts = items.map((item) => toStr(state, item));
  if (!state.autoescape) return joinStrs(state, withSafety(between, false), parts);
  if (!parts.some(isSafe) && !isSafe(between)) return joinStrs(state, between, parts);
  const safe = parts.map((part) => escapeStr(state, part));
  return joinStrs(state, escapeStr(state, between), safe);
}

function replace(
  state: RenderState,
  value: Value,
  old: Value | undefined,
  by: Value | undefined,
  limit: Value | undefined,
): Value {
  const text = toStr(state, value);
  const [needle, written] = [toStr(state, old!), toStr(state, by!)];
  const most = limit === null ? undefined : limit;
  if (!state.autoescape) return replaceIn(state, withSafety(text, false), needle, written, most);
  const escapes = isSafe(needle) || isSafe(written) || isSafe(text);
  if (!escapes) return replaceIn(state, text, needle, written, most);
  const safe = (part: Str): Str => escapeStr(state, part);
  return replaceIn(state, safe(text), safe(needle), safe(written), most);
}

const format: Filter = (state, value, positional, named) => {
  if (positional.length > 0 && named !== null && named.size > 0) {
    throw new TemplateError(
      'FilterArgumentError',
      "can't handle positional and keyword arguments at the same time",
    );
  }
  const operand = named !== null && named.size > 0 ? Dict.of(named) : tupleOf([...positional]);
  return percentFormat(state, toStr(state, value), operand);
};

function wordcount(state: RenderState, value: Value): number {
  const text = textOf(toStr(state, value));
  state.chargeText(8 * text.length);
  let count = 0;
  for (const _ of text.matchAll(/[\p{L}\p{N}_]+/gu)) count++;
  return count;
}

function trim(state: RenderState, value: Value, chars: Value | undefined): Value {
  return strip(state, toStr(state, value), 'both', chars);
}

export const textFilters: (readonly [string, Filter])[] = [
  withParameters('upper', '', (state, value) => upper(state, toStr(state, value))),
  withParameters('lower', '', (state, value) => lower(state, toStr(state, value))),
  withParameters('capitalize', '', (state, value) => capitalize(state, toStr(state, value))),
  withParameters('title', '', (state, value) => title(state, toStr(state, value))),
  withParameters('trim', 'chars?', trim),
  withParameters('center', 'width?', (state, value, width) =>
    center(state, toStr(state, value), intArgument(width, 80)),
  ),
  withParameters('join', 'd? attribute?', join),
  withParameters('replace', 'old new count?', replace),
  ['format', format],
  withParameters('wordcount', '', wordcount),
];
