import { checkNesting } from '../values/nesting.js';
import type { RenderState } from '../render-state.js';
import { isPair } from '../text/code-points.js';
import { mapCharacters } from '../text/case.js';
import { isSafe, isStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { Float } from '../values/float.js';
import { intToString } from '../values/integers.js';
import { DictView } from '../values/iterators.js';
import { Namespace } from '../values/namespace.js';
import { Sequence } from '../values/sequence.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { floatRepr } from './float-repr.js';

/** Python writes these as escapes (all but the ASCII space of the last). */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;
const SPECIAL = /['\\]|[^\x20-\x7e]/u;
const SHORT: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Python's str(). */
export function toStr(state: RenderState, value: Value): Str {
  if (typeof value === 'string') return value;
  if (isStr(value)) return value;
  const simple = simpleRepr(value);
  if (simple !== null) return value instanceof Undefined ? '' : simple;
  const out = new TextBuilder(state);
  writeRepr(state, out, value);
  return out.finish();
}

/** Python's repr(), without origins: for messages. */
export function pyRepr(state: RenderState, value: Value): string {
  const out = new TextBuilder(state);
  writeRepr(state, out, value);
  return out.text;
}

/** The repr of what is no string and no collection; else null. */
function simpleRepr(value: Value): string | null {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return intToString(value);
  if (value instanceof Float) return floatRepr(value.value);
  if (value instanceof Undefined) return 'Undefined';
  return null;
}

/** Writes Python's repr(). */
export function writeRepr(state: RenderState, out: TextBuilder, value: Value, depth = 0): void {
  const simple = simpleRepr(value);
  if (simple !== null) {
    out.plain(simple);
  } else if (isStr(value)) {
    if (isSafe(value)) out.plain('Markup(');
    writeStringRepr(state, out, value);
    if (isSafe(value)) out.plain(')');
  } else if (value instanceof Sequence) {
    checkNesting(depth);
    out.plain(value.isTuple ? '(' : '[');
    for (let i = 0; i < value.length; i++) {
      if (i > 0) out.plain(', ');
      writeRepr(state, out, value.at(i), depth + 1);
    }
    if (value.isTuple && value.length === 1) out.plain(',');
    out.plain(value.isTuple ? ')' : ']');
  } else if (value instanceof Dict) {
    writeEntries(state, out, value.entries(), depth);
  } else if (value instanceof Namespace) {
    writeNamespace(state, out, value, depth);
  } else if (value instanceof DictView) {
    checkNesting(depth);
    out.plain(`${value.typeName}([`);
    value.toArray().forEach((item, i) => {
      if (i > 0) out.plain(', ');
      writeRepr(state, out, item, depth + 1);
    });
    out.plain('])');
  } else {
    out.plain((value as { repr(): string }).repr());
  }
}

function writeEntries(
  state: RenderState,
  out: TextBuilder,
  entries: readonly (readonly [Value, Value])[],
  depth: number,
): void {
  checkNesting(depth);
  out.plain('{');
  entries.forEach(([key, item], i) => {
    if (i > 0) out.plain(', ');
    writeRepr(state, out, key, depth + 1);
    out.plain(': ');
    writeRepr(state, out, item, depth + 1);
  });
  out.plain('}');
}

function writeNamespace(
  state: RenderState,
  out: TextBuilder,
  value: Namespace,
  depth: number,
): void {
  if (value.printing) {
    out.plain('<Namespace {...}>');
    return;
  }
  value.printing = true;
  try {
    out.plain('<Namespace ');
    writeEntries(state, out, value.entries(), depth);
    out.plain('>');
  } finally {
    value.printing = false;
  }
}

/** Writes the repr of a string: quoted, with what can't be seen escaped. */
export function writeStringRepr(state: RenderState, out: TextBuilder, value: Str): void {
  const text = textOf(value);
  state.chargeText(text.length);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  out.plain(quote);
  if (!SPECIAL.test(text)) {
    out.append(value);
  } else {
    let done = 0;
    for (let i = 0; i < text.length;) {
      const end = i + (isPair(text, i) ? 2 : 1);
      const character = text.slice(i, end);
      const written = escaped(character, quote);
      if (written !== character) {
        out.range(value, done, i);
        out.rewritten(value, i, end, written);
        done = end;
      }
      if ((i & 0xfff) === 0) state.charge(128);
      i = end;
    }
    out.range(value, done, text.length);
  }
  out.plain(quote);
}

/** Python's ascii() of a repr: what isn't ASCII is escaped. */
export function asciiOf(state: RenderState, value: Str): Str {
  return mapCharacters(state, value, (character) =>
    character <= '\x7f' ? character : hexEscape(character),
  );
}

function escaped(character: string, quote: string): string {
  if (character === quote) return `\\${quote}`;
  const short = SHORT[character];
  if (short !== undefined) return short;
  if (character >= ' ' && character <= '~') return character;
  return UNPRINTABLE.test(character) ? hexEscape(character) : character;
}

function hexEscape(character: string): string {
  const point = character.codePointAt(0)!;
  const hex = point.toString(16);
  if (point < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
