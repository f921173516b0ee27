import { checkNesting } from '../values/nesting.js';
import type { RenderState } from '../render-state.js';
import { codePointLength } from '../text/code-points.js';
import { isStr, sliceStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { eachLine, WHITESPACE } from '../text/whitespace.js';
import { Sequence } from '../values/sequence.js';
import { Dict, type Value } from '../values/value.js';
import { compareValues } from '../operators/order.js';
import { TemplateError } from '../errors.js';
import { typeName } from '../values/type-name.js';
import { writeRepr, writeStringRepr } from './repr.js';

const WIDTH = 80;
/** A word and the whitespace after it. */
const WORD = new RegExp(`[^${WHITESPACE}]*[${WHITESPACE}]*`, 'g');

/** Python's pprint.pformat: the repr, on lines of at most 80 characters where that can be. */
export function prettyRepr(state: RenderState, value: Value): Str {
  const printer = new PrettyPrinter(state);
  printer.write(value, 0, 0, 0);
  return printer.out.finish();
}

class PrettyPrinter {
  readonly out: TextBuilder;

  readonly #state: RenderState;

  constructor(state: RenderState) {
    this.#state = state;
    this.out = new TextBuilder(state);
  }

  /** `indent`: the column; `allowance`: characters that must follow on the last line. */
  write(value: Value, indent: number, allowance: number, depth: number): void {
    checkNesting(depth);
    const flat = new TextBuilder(this.#state);
    writeFlat(this.#state, flat, value, depth);
    if (codePointLength(flat.text) <= WIDTH - indent - allowance) {
      this.out.append(flat.finish());
    } else if (value instanceof Dict && value.size > 0) {
      this.#dict(value, indent, allowance, depth);
    } else if (value instanceof Sequence && value.length > 0 && value.fields === null) {
      this.#sequence(value, indent, allowance, depth);
    } else if (isStr(value) && textOf(value) !== '') {
      this.#string(value, indent, allowance, depth);
    } else {
      this.out.append(flat.finish());
    }
  }

  #dict(value: Dict, indent: number, allowance: number, depth: number): void {
    const entries = sorted(this.#state, value.entries());
    this.out.plain('{');
    entries.forEach(([key, item], i) => {
      if (i > 0) this.out.plain(`,\n${' '.repeat(indent + 1)}`);
      const shown = new TextBuilder(this.#state);
      writeFlat(this.#state, shown, key, depth + 1);
      this.out.append(shown.finish());
      this.out.plain(': ');
      const column = indent + 1 + codePointLength(shown.text) + 2;
      this.write(item, column, i === entries.length - 1 ? allowance + 1 : 1, depth + 1);
    });
    this.out.plain('}');
  }

  #sequence(value: Sequence<Value>, indent: number, allowance: number, depth: number): void {
    const end = value.isTuple ? (value.length === 1 ? ',)' : ')') : ']';
    this.out.plain(value.isTuple ? '(' : '[');
    for (let i = 0; i < value.length; i++) {
      if (i > 0) this.out.plain(`,\n${' '.repeat(indent + 1)}`);
      const last = i === value.length - 1;
      this.write(value.at(i), indent + 1, last ? allowance + end.length : 1, depth + 1);
    }
    this.out.plain(end);
  }

  #string(value: Str, startColumn: number, givenAllowance: number, depth: number): void {
    const top = depth === 0;
    const indent = top ? startColumn + 1 : startColumn;
    const allowance = top ? givenAllowance + 1 : givenAllowance;
    const chunks = stringChunks(this.#state, value, WIDTH - indent, allowance);
    if (chunks.length === 1) {
      writeStringRepr(this.#state, this.out, value);
      return;
    }
    if (top) this.out.plain('(');
    chunks.forEach((chunk, i) => {
      if (i > 0) this.out.plain(`\n${' '.repeat(indent)}`);
      writeStringRepr(this.#state, this.out, chunk);
    });
    if (top) this.out.plain(')');
  }
}

/** The repr with the keys of dicts in order. */
function writeFlat(state: RenderState, out: TextBuilder, value: Value, depth: number): void {
  checkNesting(depth);
  if (value instanceof Dict) {
    out.plain('{');
    sorted(state, value.entries()).forEach(([key, item], i) => {
      if (i > 0) out.plain(', ');
      writeFlat(state, out, key, depth + 1);
      out.plain(': ');
      writeFlat(state, out, item, depth + 1);
    });
    out.plain('}');
  } else if (value instanceof Sequence) {
    out.plain(value.isTuple ? '(' : '[');
    for (let i = 0; i < value.length; i++) {
      if (i > 0) out.plain(', ');
      writeFlat(state, out, value.at(i), depth + 1);
    }
    out.plain(value.isTuple ? (value.length === 1 ? ',)' : ')') : ']');
  } else {
    writeRepr(state, out, value, depth);
  }
}

/** By key; keys that have no order by the name of their class. */
function sorted(state: RenderState, entries: [Value, Value][]): [Value, Value][] {
  return entries.sort(([a], [b]) => {
    try {
      return compareValues(state, a, b);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const [x, y] = [typeName(a), typeName(b)];
      return x < y ? -1 : x > y ? 1 : 0;
    }
  });
}

/** A long string in pieces that fit, broken at the ends of lines and after whitespace. */
function stringChunks(state: RenderState, value: Str, width: number, allowance: number): Str[] {
  const text = textOf(value);
  const chunks: Str[] = [];
  const add = (from: number, to: number): void => {
    if (to === from) return;
    state.allocateObjects(1);
    chunks.push(sliceStr(value, from, to));
  };
  const fits = (from: number, to: number): boolean => {
    const room = to === text.length ? width - allowance : width;
    return reprLength(state, text.slice(from, to)) <= room;
  };
  eachLine(text, ({ start: lineStart, next: lineEnd }) => {
    state.chargeText(lineEnd - lineStart);
    if (fits(lineStart, lineEnd)) {
      add(lineStart, lineEnd);
      return;
    }
    let start = lineStart;
    let end = lineStart;
    for (const part of text.slice(lineStart, lineEnd).matchAll(WORD)) {
      const next = lineStart + part.index + part[0].length;
      if (!fits(start, next)) {
        add(start, end);
        start = end;
      }
      end = next;
    }
    add(start, end);
  });
  return chunks;
}

function reprLength(state: RenderState, value: Str): number {
  const out = new TextBuilder(state);
  writeStringRepr(state, out, value);
  return codePointLength(out.text);
}
