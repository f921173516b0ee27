import type { RenderState } from '../render-state.js';
import { isCased, lowerAt, mapCase, mapCharacters, titleOf } from '../text/case.js';
import { type Str, textOf } from '../text/text.js';
import { WHITESPACE } from '../text/whitespace.js';
import { method } from './method-table.js';

export function upper(state: RenderState, value: Str): Str {
  return mapCase(
    state,
    value,
    (text) => text.toUpperCase(),
    (character) => character.toUpperCase(),
  );
}

export function lower(state: RenderState, value: Str): Str {
  return mapCase(
    state,
    value,
    (text) => text.toLowerCase(),
    (character, at) => lowerAt(textOf(value), at, character),
  );
}

/** The first character in title case, the others in lower case. */
export function capitalize(state: RenderState, value: Str): Str {
  const text = textOf(value);
  return mapCharacters(state, value, (character, at) =>
    at === 0 ? titleOf(character) : lowerAt(text, at, character),
  );
}

function title(state: RenderState, value: Str): Str {
  const text = textOf(value);
  let inWord = false;
  return mapCharacters(state, value, (character, at) => {
    const starts = !inWord;
    inWord = isCased(character);
    return starts ? titleOf(character) : lowerAt(text, at, character);
  });
}

function swapcase(state: RenderState, value: Str): Str {
  const text = textOf(value);
  return mapCharacters(state, value, (character, at) => {
    if (/\p{Uppercase}/u.test(character)) return lowerAt(text, at, character);
    return /\p{Lowercase}/u.test(character) ? character.toUpperCase() : character;
  });
}

/** Full case folding, by way of the upper case: it no longer tells ß and ss apart. */
function casefold(state: RenderState, value: Str): Str {
  return mapCharacters(state, value, (character) => {
    // Cherokee folds to its capitals, and a few letters have capitals that fold elsewhere.
    if (/[\u13a0-\u13f5]/.test(character)) return character;
    if (/[\u13f8-\u13fd\uab70-\uabbf]/.test(character)) return character.toUpperCase();
    if (/[\u0130\u0131]/.test(character)) return character.toLowerCase();
    return character.toUpperCase().toLowerCase();
  });
}

const CATEGORIES: Readonly<Record<string, RegExp>> = {
  isalpha: /^\p{L}+$/u,
  isdecimal: /^\p{Nd}+$/u,
  isdigit:
    /^[\p{Nd}\u00b2\u00b3\u00b9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]+$/u,
  isnumeric:
    /^[\p{N}\u3405\u3483\u382a\u3b4d\u4e00\u4e03\u4e07\u4e09\u4e5d\u4e8c\u4e94\u4e96\u4ebf\u4ec0-\u4edf\u4ee8\u4f0d\u4f70\u5104\u5146\u5169\u516b\u516d\u5341\u5343-\u5345\u534c\u53c1-\u53c4\u56db\u58f1\u58f9\u5e7a\u5efe\u5eff\u5f0c-\u5f0e\u5f10\u62fe\u634c\u67d2\u6f06\u7396\u767e\u8086\u842c\u8cae\u8cb3\u8d30\u9621\u9646\u964c\u9678\u96f6]+$/u,
  isalnum: /^[\p{L}\p{N}]+$/u,
  isspace: new RegExp(`^[${WHITESPACE}]+$`),
  isascii: /^\p{ASCII}*$/u,
  isprintable: /^(?: |[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}])*$/u,
  isidentifier: /^[\p{XID_Start}_]\p{XID_Continue}*$/u,
};

function hasOnly(text: string, cased: RegExp, other: RegExp): boolean {
  return cased.test(text) && !other.test(text);
}

export function isLower(text: string): boolean {
  return hasOnly(text, /\p{Lowercase}/u, /[\p{Uppercase}\p{Lt}]/u);
}

export function isUpper(text: string): boolean {
  return hasOnly(text, /\p{Uppercase}/u, /[\p{Lowercase}\p{Lt}]/u);
}

function isTitle(text: string): boolean {
  let cased = false;
  let previous = false;
  for (const character of text) {
    const capital = /[\p{Uppercase}\p{Lt}]/u.test(character);
    const small = !capital && /\p{Lowercase}/u.test(character);
    if (capital ? previous : small && !previous) return false;
    previous = capital || small;
    cased ||= previous;
  }
  return cased;
}

export const caseMethods = [
  method<Str>('upper', '/', upper),
  method<Str>('lower', '/', lower),
  method<Str>('capitalize', '/', capitalize),
  method<Str>('title', '/', title),
  method<Str>('swapcase', '/', swapcase),
  method<Str>('casefold', '/', casefold),
  ...[
    ...Object.entries(CATEGORIES).map(
      ([name, pattern]) => [name, (text: string) => pattern.test(text)] as const,
    ),
    ['islower', isLower] as const,
    ['isupper', isUpper] as const,
    ['istitle', isTitle] as const,
  ].map(([name, test]) =>
    method<Str>(name, '/', (state, self) => {
      state.chargeText(8 * textOf(self).length);
      return test(textOf(self));
    }),
  ),
];
