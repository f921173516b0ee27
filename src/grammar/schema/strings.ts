/** The strings that a condition lets through. */
import { combine, intersection } from '../language/combine.js';
import { anyText, finiteLanguage } from '../language/finite.js';
import { acceptOf, isEmpty, REFUSED, type Language } from '../language/language.js';
import {
  gaplessLengths,
  lengthsOf,
  textsOfLength,
  UNBOUNDED,
  type Lengths,
} from '../language/lengths.js';
import { hasTexts, TextList } from '../language/text-list.js';
import {
  all,
  any,
  atomsOf,
  conjunctionOf,
  evaluate,
  partsOf,
  type Expression,
} from './expression.js';

export type StringAtom =
  | { readonly kind: 'language'; readonly language: Language }
  | { readonly kind: 'length'; readonly least: number; readonly most: number }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

/** A language of which texts with `least` to `most` code points count. */
export interface StringSet {
  readonly language: Language | TextList;
  readonly least: number;
  readonly most: number;
  /** Of the language; null where no length is asked for, or the language has every length. */
  readonly lengths: Lengths | null;
  /** Where they are few enough to be counted up. */
  readonly texts: readonly string[] | null;
}

/** null: no string. `tick` is called again and again, and throws when time is up. */
export function stringSet(expression: Expression<StringAtom>, tick: () => void): StringSet | null {
  if (expression === false) return null;
  const atoms = conjunctionOf(expression);
  const set = atoms === null ? combined(expression, tick) : conjunction(atoms, tick);
  return set === null || !hasTexts(set.language) ? null : set;
}

const unbounded = (
  language: Language | TextList,
  texts: readonly string[] | null = null,
): StringSet => ({
  language,
  least: 0,
  most: UNBOUNDED,
  lengths: null,
  texts,
});

function lengthOf(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xdc00 || unit > 0xdfff) length++;
  }
  return length;
}

function conjunction(atoms: readonly StringAtom[], tick: () => void): StringSet | null {
  let least = 0;
  let most = UNBOUNDED;
  let texts: readonly string[] | null = null;
  const languages: Language[] = [];
  for (const atom of atoms) {
    switch (atom.kind) {
      case 'language':
        languages.push(atom.language);
        break;
      case 'length':
        least = Math.max(least, atom.least);
        most = Math.min(most, atom.most);
        break;
      case 'texts': {
        const more = new Set(atom.texts);
        texts = texts === null ? atom.texts : texts.filter((text) => more.has(text));
        break;
      }
    }
  }
  if (least > most) return null;
  if (texts !== null) {
    const left = [...new Set(texts)].filter((text) => {
      const length = lengthOf(text);
      return (
        length >= least &&
        length <= most &&
        languages.every((language) => acceptOf(language, text) >= 0)
      );
    });
    return left.length === 0 ? null : unbounded(new TextList(left), left);
  }
  if (languages.length === 0) {
    return { language: anyText(), least, most, lengths: null, texts: null };
  }
  return ofLength(intersection(languages, tick), least, most, tick);
}

function ofLength(
  language: Language,
  least: number,
  most: number,
  tick: () => void,
): StringSet | null {
  if (isEmpty(language)) return null;
  if (least === 0 && most === UNBOUNDED) return unbounded(language);
  // With one bound alone the shortest or the longest text decides, whatever lies between.
  const oneBound = least === 0 || most === UNBOUNDED;
  const lengths = oneBound ? lengthsOf(language) : gaplessLengths(language);
  if (lengths === null) {
    return unbounded(intersection([language, textsOfLength(least, most)], tick));
  }
  if (lengths.least[0]! > most || lengths.most[0]! < least) return null;
  if (lengths.least[0]! >= least && lengths.most[0]! <= most) return unbounded(language);
  return { language, least, most, lengths, texts: null };
}

/** Any condition at all; a length beside all else is counted, one among alternatives an automaton. */
function combined(expression: Expression<StringAtom>, tick: () => void): StringSet | null {
  const texts = fittingTexts(expression, tick);
  if (texts !== null) return texts.length === 0 ? null : unbounded(new TextList(texts), texts);
  let least = 0;
  let most = UNBOUNDED;
  const others = partsOf(expression).filter((part) => {
    if (typeof part === 'boolean' || part.op !== 'atom' || part.atom.kind !== 'length') return true;
    least = Math.max(least, part.atom.least);
    most = Math.min(most, part.atom.most);
    return false;
  });
  if (least > most) return null;
  return ofLength(product(withOneList(all(others), tick), tick), least, most, tick);
}

/** All texts that fit a condition; null where these cannot be counted up. */
function fittingTexts(
  expression: Expression<StringAtom>,
  tick: () => void,
): readonly string[] | null {
  if (typeof expression === 'object' && expression.op === 'any') {
    const fitting = new Set<string>();
    for (const part of expression.parts) {
      const texts = fittingTexts(part, tick);
      if (texts === null) return null;
      for (const text of texts) fitting.add(text);
    }
    return [...fitting];
  }
  const texts = candidatesOf(expression);
  if (texts === null) return null;
  return [...new Set(texts)].filter((text) => {
    tick();
    return evaluate(expression, (atom) => holds(atom, text));
  });
}

/** Texts among which all that fit a condition are; null where these cannot be counted up. */
function candidatesOf(expression: Expression<StringAtom>): readonly string[] | null {
  if (typeof expression === 'boolean') return expression ? null : [];
  switch (expression.op) {
    case 'atom':
      return expression.atom.kind === 'texts' ? expression.atom.texts : null;
    case 'not':
      return null;
    case 'all':
      for (const part of expression.parts) {
        const texts = candidatesOf(part);
        if (texts !== null) return texts;
      }
      return null;
    case 'any':
    case 'one': {
      const all = new Set<string>();
      for (const part of expression.parts) {
        const texts = candidatesOf(part);
        if (texts === null) return null;
        for (const text of texts) all.add(text);
      }
      return [...all];
    }
  }
}

function holds(atom: StringAtom, text: string): boolean {
  switch (atom.kind) {
    case 'texts':
      return atom.texts.includes(text);
    case 'language':
      return acceptOf(atom.language, text) >= 0;
    case 'length': {
      const length = lengthOf(text);
      return length >= atom.least && length <= atom.most;
    }
  }
}

/** Alternatives that are counted up are one list: a product of hundreds of lists is no work to do. */
function withOneList(expression: Expression<StringAtom>, tick: () => void): Expression<StringAtom> {
  if (typeof expression === 'boolean' || expression.op !== 'any') return expression;
  const texts = new Set<string>();
  const others = expression.parts.filter((part) => {
    const fitting = fittingTexts(part, tick);
    for (const text of fitting ?? []) texts.add(text);
    return fitting === null;
  });
  return any([...others, { op: 'atom', atom: { kind: 'texts', texts: [...texts] } }]);
}

function product(expression: Expression<StringAtom>, tick: () => void): Language {
  if (typeof expression === 'boolean') return expression ? anyText() : finiteLanguage([]);
  const atoms = [...new Set(atomsOf(expression))];
  const languages = atoms.map((atom) => {
    tick();
    switch (atom.kind) {
      case 'language':
        return atom.language;
      case 'length':
        return textsOfLength(atom.least, atom.most);
      case 'texts':
        return finiteLanguage(atom.texts);
    }
  });
  const index = new Map(atoms.map((atom, i) => [atom, i]));
  return combine(
    languages,
    (accepts) =>
      evaluate(expression, (atom) => accepts[index.get(atom)!] !== REFUSED) ? 0 : REFUSED,
    { tick },
  );
}
