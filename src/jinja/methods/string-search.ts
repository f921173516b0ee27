import { notJoinable, typeError, valueError } from '../errors.js';
import { intArgument, strArgument } from '../functions/signature.js';
import { elements } from '../operators/iterate.js';
import type { RenderState } from '../render-state.js';
import { codePointIndex, codePointLength, isPair, unitIndex } from '../text/code-points.js';
import { find, findLast } from '../text/search.js';
import { isStr, type Str, Text, textOf, withSafety } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import type { Value } from '../values/value.js';
import { method } from './method-table.js';

type Bound = Value | undefined;

/** The units [from, to) that Python's `start` and `end` stand for; null where they cross. */
function window(text: string, start: Bound, end: Bound): [from: number, to: number] | null {
  if ((start ?? null) === null && (end ?? null) === null) return [0, text.length];
  const length = codePointLength(text);
  const index = (bound: Bound, absent: number): number => {
    const given = intArgument(bound ?? undefined, absent);
    return given < 0 ? Math.max(0, given + length) : given;
  };
  const from = index(start, 0);
  const to = Math.min(index(end, length), length);
  if (from > to) return null;
  const unit = unitIndex(text, from);
  return [unit, unitIndex(text, to - from, unit)];
}

function locate(
  state: RenderState,
  self: Str,
  part: Bound,
  [start, end]: readonly [Bound, Bound],
  search: typeof findLast,
): number {
  const text = textOf(self);
  const needle = textOf(strArgument(part, 'substring'));
  state.chargeText(text.length);
  const range = window(text, start, end);
  if (range === null) return -1;
  const at = search(state, text, needle, range[0], range[1]);
  return at < 0 ? -1 : codePointIndex(text, at);
}

function searching(name: string, search: typeof findLast, mustFind: boolean) {
  return method<Str>(name, 'sub start? end? /', (state, self, part, start, end) => {
    const at = locate(state, self, part, [start, end], search);
    if (at < 0 && mustFind) throw valueError('substring not found');
    return at;
  });
}

function count(state: RenderState, self: Str, part: Bound, start: Bound, end: Bound): number {
  const text = textOf(self);
  const needle = textOf(strArgument(part, 'substring'));
  state.chargeText(text.length);
  const range = window(text, start, end);
  if (range === null) return 0;
  const [from, to] = range;
  if (needle === '') return codePointLength(text.slice(from, to)) + 1;
  let found = 0;
  for (let at = find(state, text, needle, from, to); at >= 0; found++) {
    at = find(state, text, needle, at + needle.length, to);
  }
  return found;
}

function affix(name: 'startswith' | 'endswith') {
  return method<Str>(name, 'prefix start? end? /', (state, self, affixes, start, end) => {
    const isTuple = affixes instanceof Sequence && affixes.isTuple;
    const options = isTuple ? affixes.toArray() : [affixes as Value];
    const text = textOf(self);
    const range = window(text, start, end);
    const part = range === null ? null : text.slice(range[0], range[1]);
    return options.some((option) => {
      if (!isStr(option)) {
        const found = typeName(option);
        throw typeError(
          isTuple
            ? `tuple for ${name} must only contain str, not ${found}`
            : `${name} first arg must be str or a tuple of str, not ${found}`,
        );
      }
      const wanted = textOf(option);
      state.chargeText(Math.min(wanted.length, text.length));
      if (part === null) return false;
      return name === 'startswith' ? part.startsWith(wanted) : part.endsWith(wanted);
    });
  });
}

/** str.replace: what was replaced is consumed. */
export function replace(
  state: RenderState,
  self: Str,
  old: Value | undefined,
  by: Value | undefined,
  limit: Value | undefined,
): Str {
  const text = textOf(self);
  const needle = textOf(strArgument(old, 'replace() argument 1'));
  const written = withSafety(strArgument(by, 'replace() argument 2'), false);
  const given = intArgument(limit, -1);
  const most = given < 0 ? Infinity : given;
  if (most === 0 || (needle === '' && textOf(written) === '')) return self;
  const out = new TextBuilder(state);
  let done = 0;
  let n = 0;
  if (needle === '') {
    state.chargeText(32 * Math.min(text.length, most));
    for (let i = 0; i <= text.length && n < most; n++) {
      out.range(self, done, i);
      out.append(written);
      done = i;
      i += i < text.length && isPair(text, i) ? 2 : 1;
    }
  } else {
    for (; n < most; n++) {
      const at = find(state, text, needle, done);
      if (at < 0) break;
      out.range(self, done, at);
      out.append(written);
      state.charge(1);
      done = at + needle.length;
      state.consume(self, at, done);
    }
    if (n === 0) return self;
  }
  out.range(self, done, text.length);
  return out.finish(self instanceof Text && self.safe);
}

/** str.join; everything in `items` must be a string. */
export function join(state: RenderState, separator: Str, items: readonly Value[]): Str {
  const out = new TextBuilder(state);
  items.forEach((item, i) => {
    if (!isStr(item)) {
      throw notJoinable(i, typeName(item));
    }
    if (i > 0) out.append(separator);
    out.append(item);
  });
  return out.finish(separator instanceof Text && separator.safe);
}

const forward: typeof findLast = (state, text, needle, from, to) =>
  find(state, text, needle, from, to);

export const searchMethods = [
  searching('find', forward, false),
  searching('index', forward, true),
  searching('rfind', findLast, false),
  searching('rindex', findLast, true),
  method<Str>('count', 'sub start? end? /', count),
  affix('startswith'),
  affix('endswith'),
  method<Str>('replace', 'old new count? /', replace),
  method<Str>('join', 'iterable /', (state, self, items) =>
    join(state, self, elements(state, items ?? null)),
  ),
];
