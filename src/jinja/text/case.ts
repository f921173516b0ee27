import type { RenderState } from '../render-state.js';
import { isPair } from './code-points.js';
import { type Str, Text, textOf } from './text.js';
import { TextBuilder } from './text-builder.js';

/** Characters whose title case in Python differs from their upper case: digraphs and Georgian. */
const TITLE: ReadonlyMap<string, string> = new Map([
  ['\u01c4', '\u01c5'],
  ['\u01c5', '\u01c5'],
  ['\u01c6', '\u01c5'],
  ['\u01c7', '\u01c8'],
  ['\u01c8', '\u01c8'],
  ['\u01c9', '\u01c8'],
  ['\u01ca', '\u01cb'],
  ['\u01cb', '\u01cb'],
  ['\u01cc', '\u01cb'],
  ['\u01f1', '\u01f2'],
  ['\u01f2', '\u01f2'],
  ['\u01f3', '\u01f2'],
]);
const GEORGIAN = /[\u10d0-\u10fa\u10fd-\u10ff]/;

export function isCased(character: string): boolean {
  return /[\p{Lt}\p{Lowercase}\p{Uppercase}]/u.test(character);
}

/** The title case of one character. */
export function titleOf(character: string): string {
  const known = TITLE.get(character);
  if (known !== undefined) return known;
  if (GEORGIAN.test(character)) return character;
  const upper = character.toUpperCase();
  // Of several characters only the first is a capital: ß becomes Ss.
  const [first, ...rest] = upper;
  return rest.length === 0 || character === '\u0149' ? upper : first + rest.join('').toLowerCase();
}

/** The lower case of the character at `at`, of a text of which it sees only what follows `from`. */
export function lowerAt(text: string, at: number, character: string, from = 0): string {
  if (character !== '\u03a3') return character.toLowerCase();
  return endsWord(text, at, from) ? '\u03c2' : '\u03c3';
}

/** Unicode's Final_Sigma: after a letter with case, and before none. */
function endsWord(text: string, at: number, from: number): boolean {
  let before = at;
  let previous: string;
  do {
    if (before <= from) return false;
    before -= before - 2 >= from && isPair(text, before - 2) ? 2 : 1;
    previous = String.fromCodePoint(text.codePointAt(before)!);
  } while (/\p{Case_Ignorable}/u.test(previous));
  if (!/\p{Cased}/u.test(previous)) return false;
  CASED_NEXT.lastIndex = at + 1;
  return !CASED_NEXT.test(text);
}

const CASED_NEXT = /\p{Case_Ignorable}*\p{Cased}/uy;

/** `map` over every character, or over the whole where that keeps all lengths. */
export function mapCase(
  state: RenderState,
  value: Str,
  whole: (text: string) => string,
  each: (character: string, at: number) => string,
): Str {
  const text = textOf(value);
  state.allocateText(text.length);
  const mapped = whole(text);
  if (typeof value === 'string') return mapped;
  if (mapped.length === text.length) return Text.of(mapped, value.runs, value.safe);
  return mapCharacters(state, value, each);
}

/** `map` over every character and its position. */
export function mapCharacters(
  state: RenderState,
  value: Str,
  map: (character: string, at: number) => string,
): Str {
  const text = textOf(value);
  state.chargeText(32 * text.length);
  const out = new TextBuilder(state);
  let done = 0;
  for (let i = 0; i < text.length;) {
    const end = i + (isPair(text, i) ? 2 : 1);
    const character = text.slice(i, end);
    const written = map(character, i);
    if (written !== character) {
      out.range(value, done, i);
      out.rewritten(value, i, end, written);
      done = end;
    }
    i = end;
  }
  out.range(value, done, text.length);
  return out.finish(value instanceof Text && value.safe);
}
