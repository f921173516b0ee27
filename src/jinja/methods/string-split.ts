import { valueError } from '../errors.js';
import { flagArgument, intArgument, strArgument } from '../functions/signature.js';
import type { RenderState } from '../render-state.js';
import { find, findLast } from '../text/search.js';
import { sliceStr, type Str, textOf } from '../text/text.js';
import { eachLine, skipSpace, trimSpaceEnd, isSpace } from '../text/whitespace.js';
import { listOf, type Sequence, tupleOf } from '../values/sequence.js';
import type { Value } from '../values/value.js';
import { method } from './method-table.js';

/** Collects the pieces of a string; what lies between them is consumed. */
class Pieces {
  readonly items: Str[] = [];

  readonly #state: RenderState;
  readonly #value: Str;

  constructor(state: RenderState, value: Str) {
    this.#state = state;
    this.#value = value;
  }

  add(from: number, to: number): void {
    if ((this.items.length & 63) === 0) this.#state.allocateElements(64);
    this.#state.charge(2);
    if (typeof this.#value !== 'string') this.#state.allocateObjects(1);
    this.items.push(sliceStr(this.#value, from, to));
  }

  drop(from: number, to: number): void {
    this.#state.consume(this.#value, from, to);
  }
}

function split(
  state: RenderState,
  value: Str,
  separator: Value | undefined,
  limit: Value | undefined,
): Sequence<Value> {
  const most = limitOf(limit);
  const pieces = new Pieces(state, value);
  if (separator === undefined || separator === null) splitAtSpace(state, value, most, pieces);
  else splitAt(state, value, separatorOf(separator), most, pieces);
  return listOf(pieces.items);
}

function limitOf(limit: Value | undefined): number {
  const most = intArgument(limit, -1);
  return most < 0 ? Infinity : most;
}

function separatorOf(separator: Value): string {
  const text = textOf(strArgument(separator, 'separator'));
  if (text === '') throw valueError('empty separator');
  return text;
}

function splitAt(
  state: RenderState,
  value: Str,
  needle: string,
  most: number,
  pieces: Pieces,
): void {
  const text = textOf(value);
  let start = 0;
  while (pieces.items.length < most) {
    const at = find(state, text, needle, start);
    if (at < 0) break;
    pieces.add(start, at);
    pieces.drop(at, at + needle.length);
    start = at + needle.length;
  }
  pieces.add(start, text.length);
}

function splitAtSpace(state: RenderState, value: Str, most: number, pieces: Pieces): void {
  const text = textOf(value);
  state.chargeText(4 * text.length);
  let start = skipSpace(text, 0);
  pieces.drop(0, start);
  while (start < text.length) {
    let end = start;
    if (pieces.items.length >= most) end = text.length;
    else while (end < text.length && !isSpace(text.charCodeAt(end))) end++;
    // What is left over at the limit keeps the whitespace at its end.
    pieces.add(start, end);
    start = skipSpace(text, end);
    pieces.drop(end, start);
  }
}

function rsplit(
  state: RenderState,
  value: Str,
  separator: Value | undefined,
  limit: Value | undefined,
): Sequence<Value> {
  const most = limitOf(limit);
  const text = textOf(value);
  const pieces = new Pieces(state, value);
  if (separator === undefined || separator === null) {
    state.chargeText(4 * text.length);
    let end = trimSpaceEnd(text, 0, text.length);
    pieces.drop(end, text.length);
    while (end > 0) {
      let start = end;
      if (pieces.items.length >= most) start = 0;
      else while (start > 0 && !isSpace(text.charCodeAt(start - 1))) start--;
      pieces.add(start, end);
      end = trimSpaceEnd(text, 0, start);
      pieces.drop(end, start);
    }
  } else {
    const needle = separatorOf(separator);
    let end = text.length;
    while (pieces.items.length < most) {
      const at = findLast(state, text, needle, 0, end);
      if (at < 0) break;
      pieces.add(at + needle.length, end);
      pieces.drop(at, at + needle.length);
      end = at;
    }
    pieces.add(0, end);
  }
  return listOf(pieces.items.reverse());
}

function splitlines(state: RenderState, value: Str, keepEnds: boolean): Sequence<Value> {
  const text = textOf(value);
  state.chargeText(4 * text.length);
  const pieces = new Pieces(state, value);
  eachLine(text, ({ start, end, next }) => {
    pieces.add(start, keepEnds ? next : end);
    if (!keepEnds) pieces.drop(end, next);
  });
  return listOf(pieces.items);
}

function partition(
  state: RenderState,
  value: Str,
  separator: Value | undefined,
  last: boolean,
): Value {
  const text = textOf(value);
  const needle = separatorOf(strArgument(separator, 'separator'));
  const at = last ? findLast(state, text, needle, 0, text.length) : find(state, text, needle, 0);
  const empty = sliceStr(value, 0, 0);
  if (at < 0) return tupleOf(last ? [empty, empty, value] : [value, empty, empty]);
  const end = at + needle.length;
  state.consume(value, at, end);
  return tupleOf([
    sliceStr(value, 0, at),
    sliceStr(value, at, end),
    sliceStr(value, end, text.length),
  ]);
}

export const splitMethods = [
  method<Str>('split', 'sep? maxsplit?', split),
  method<Str>('rsplit', 'sep? maxsplit?', rsplit),
  method<Str>('splitlines', 'keepends?', (state, self, keepEnds) =>
    splitlines(state, self, flagArgument(keepEnds)),
  ),
  method<Str>('partition', 'sep /', (state, self, separator) =>
    partition(state, self, separator, false),
  ),
  method<Str>('rpartition', 'sep /', (state, self, separator) =>
    partition(state, self, separator, true),
  ),
];
