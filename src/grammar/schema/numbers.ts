/** The numbers that a condition lets through, as a language of their texts. */
import { combine, intersection } from '../language/combine.js';
import { acceptOf, REFUSED, type Language } from '../language/language.js';
import { hasTexts, languageOf, TextList } from '../language/text-list.js';
import {
  compareDecimals,
  decimalOf,
  isInteger,
  leastMultiple,
  plainText,
  type Decimal,
} from '../numbers/decimal.js';
import { intervalLanguage, type Bound, type Interval } from '../numbers/interval.js';
import { multiplesOf } from '../numbers/multiples.js';
import { regexLanguage } from '../regex/determinize.js';
import { all, atomsOf, conjunctionOf, evaluate, partsOf, type Expression } from './expression.js';

export type NumberAtom =
  | { readonly kind: 'integer' }
  | { readonly kind: 'least' | 'most'; readonly bound: Bound }
  | { readonly kind: 'multiple'; readonly of: Decimal }
  | { readonly kind: 'values'; readonly values: readonly Decimal[] };

/** A language of numbers; `texts` where they are few enough to be counted up. */
export interface NumberSet {
  readonly language: Language | TextList;
  readonly texts: readonly string[] | null;
}

const ONE: Decimal = { negative: false, digits: '1', exponent: 1 };
let plainNumbers: Language | null = null;
/** Of numbers under several conditions, such as multiples of one and not of another. */
const MAX_NUMBER_STATES = 2000;

/** Languages that one schema asks for again and again, by what they are. */
export type KnownLanguages = Map<string, Language>;

/** What any schema may ask for: all numbers, all whole ones. */
const unbounded: KnownLanguages = new Map();

/** null: no number. `tick` is called again and again, and throws when time is up. */
export function numberSet(
  expression: Expression<NumberAtom>,
  known: KnownLanguages,
  tick: () => void,
): NumberSet | null {
  if (expression === false) return null;
  const atoms = conjunctionOf(expression);
  const set = atoms === null ? combined(expression, known, tick) : conjunction(atoms, known);
  return set === null || !hasTexts(set.language) ? null : set;
}

function knownInterval(interval: Interval, known: KnownLanguages): Language {
  const { least, most, integer } = interval;
  const place = least === null && most === null ? unbounded : known;
  const shown = (bound: Bound | null): string =>
    bound === null ? '' : `${bound.exclusive ? '!' : ''}${plainText(bound.value)}`;
  const key = `${shown(least)} ${shown(most)} ${integer}`;
  let language = place.get(key);
  if (language === undefined) place.set(key, (language = intervalLanguage(interval)));
  return language;
}

const tighter = (a: Bound | null, b: Bound, sign: 1 | -1): Bound => {
  if (a === null) return b;
  const order = compareDecimals(a.value, b.value) * sign;
  return order < 0 || (order === 0 && b.exclusive) ? b : a;
};

function conjunction(atoms: readonly NumberAtom[], known: KnownLanguages): NumberSet | null {
  let least: Bound | null = null;
  let most: Bound | null = null;
  let integer = false;
  let values: readonly Decimal[] | null = null;
  let multiple: Decimal | null = null;
  for (const atom of atoms) {
    switch (atom.kind) {
      case 'integer':
        integer = true;
        break;
      case 'least':
        least = tighter(least, atom.bound, 1);
        break;
      case 'most':
        most = tighter(most, atom.bound, -1);
        break;
      case 'multiple':
        multiple = multiple === null ? atom.of : leastMultiple(multiple, atom.of);
        break;
      case 'values': {
        const more = atom.values;
        values =
          values === null
            ? more
            : values.filter((a) => more.some((b) => compareDecimals(a, b) === 0));
        break;
      }
    }
  }
  if (values !== null) {
    const test = multiple === null ? null : multiplesOf(multiple);
    const left = values.filter(
      (value) =>
        (!integer || isInteger(value)) &&
        (least === null || above(value, least, 1)) &&
        (most === null || above(value, most, -1)) &&
        (test === null || acceptOf(test, plainText(value)) >= 0),
    );
    return left.length === 0 ? null : valuesSet(left, integer);
  }
  const interval = knownInterval({ least, most, integer }, known);
  const language = multiple === null ? interval : intersection([interval, multiplesOf(multiple)]);
  return { language, texts: null };
}

function above(value: Decimal, bound: Bound, sign: 1 | -1): boolean {
  const order = compareDecimals(value, bound.value) * sign;
  return order > 0 || (order === 0 && !bound.exclusive);
}

/** Whole numbers of no integer type may be written as programs write floats of them. */
function valuesSet(values: readonly Decimal[], integer: boolean): NumberSet {
  const plain = [...new Set(values.map(plainText))];
  const whole = integer ? [] : values.filter(isInteger).map(plainText);
  // One with an exponent has its point in front of that, and is a float already.
  const floats = whole.filter((text) => !text.includes('e')).map((text) => `${text}.0`);
  return { language: new TextList([...plain, ...floats]), texts: plain };
}

/** Any condition at all, over numbers without an exponent. */
function combined(
  expression: Expression<NumberAtom>,
  known: KnownLanguages,
  tick: () => void,
): NumberSet | null {
  // What must hold beside all else is one condition, and may leave few numbers.
  const own: NumberAtom[] = [];
  const others = partsOf(expression).filter((part) => {
    if (typeof part === 'boolean' || part.op !== 'atom') return true;
    own.push(part.atom);
    return false;
  });
  const rest = all(others);
  const base = own.length === 0 ? null : conjunction(own, known);
  if (base === null && own.length > 0) return null;
  const atoms = [...new Set(atomsOf(rest))];
  const languages = atoms.map((atom) => atomLanguage(atom, tick));
  const index = new Map(atoms.map((atom, i) => [atom, i]));
  if (base !== null && base.texts !== null) {
    const left = base.texts.filter((text) => {
      tick();
      return evaluate(rest, (atom) => acceptOf(languages[index.get(atom)!]!, text) !== REFUSED);
    });
    const integer = own.some(({ kind }) => kind === 'integer');
    return left.length === 0 ? null : valuesSet(left.map(decimalOf), integer);
  }
  plainNumbers ??= regexLanguage('-?(0|[1-9]\\d{0,23})(\\.\\d{1,24})?', 'whole');
  const needed = [plainNumbers, ...(base === null ? [] : [languageOf(base.language)])];
  const language = combine(
    [...needed, ...languages],
    (accepts) => {
      const fits =
        needed.every((_, i) => accepts[i] !== REFUSED) &&
        evaluate(rest, (atom) => accepts[needed.length + index.get(atom)!] !== REFUSED);
      return fits ? 0 : REFUSED;
    },
    { needed: needed.map((_, i) => i), mostStates: MAX_NUMBER_STATES, tick },
  );
  return { language, texts: null };
}

function atomLanguage(atom: NumberAtom, tick: () => void): Language {
  tick();
  switch (atom.kind) {
    case 'integer':
      return multiplesOf(ONE);
    case 'least':
      return intervalLanguage({ least: atom.bound, most: null, integer: false });
    case 'most':
      return intervalLanguage({ least: null, most: atom.bound, integer: false });
    case 'multiple':
      return multiplesOf(atom.of);
    case 'values': {
      const points = atom.values.map((value) => {
        tick();
        const bound = { value, exclusive: false };
        return intervalLanguage({ least: bound, most: bound, integer: false });
      });
      const isOne = (accepts: readonly number[]): boolean =>
        accepts.some((accept) => accept !== REFUSED);
      return combine(points, (accepts) => (isOne(accepts) ? 0 : REFUSED), { tick });
    }
  }
}
