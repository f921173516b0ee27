/** Automata of code points, against what JavaScript makes of the same. */
import t from 'tap';
import type { GrammarError } from '../../../src/grammar/grammar-error.js';
import { combine, intersection } from '../../../src/grammar/language/combine.js';
import { finiteLanguage } from '../../../src/grammar/language/finite.js';
import { acceptOf, isEmpty, REFUSED } from '../../../src/grammar/language/language.js';
import { gaplessLengths, textsOfLength, UNBOUNDED } from '../../../src/grammar/language/lengths.js';
import { decimalOf, plainText } from '../../../src/grammar/numbers/decimal.js';
import { intervalLanguage } from '../../../src/grammar/numbers/interval.js';
import { multiplesOf } from '../../../src/grammar/numbers/multiples.js';
import { regexLanguage } from '../../../src/grammar/regex/determinize.js';
import { formatLanguage } from '../../../src/grammar/schema/formats.js';
import { randomSource } from '../../support/random.js';

const random = randomSource(11);
const below = (count: number): number => Math.floor(random() * count);
const ALPHABET = [...'aby-0123 foxé😀\n\u2028\u00a0_Z'];
const randomText = (): string =>
  Array.from({ length: below(8) }, () => ALPHABET[below(ALPHABET.length)]!).join('');

/** Why a grammar is refused; undefined where it isn't. */
function faultOf(make: () => unknown): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    return (error as GrammarError).fault;
  }
}

const PATTERNS = [
  ...['^a+$', 'foo', '^(a|b)*abb$', '^\\d{3}-\\d{4}$', 'a$|^b', '^$', '', '^[^a]{2,3}$', '^.$'],
  ...['\\u{1F600}|é', 'x{0}y', '^(?:a?){3}$', '(^a|b$)', '^\\S+$', '\\s', '^[\\w.-]+$', 'a{2,}?b'],
  ...[
    '^(?<first>a)b?',
    '[\\d-a]',
    '\\p{L}{2}',
    '^\\P{Lu}*$',
    '\\x61\\u0062',
    '^[a-f0-9]{2}$',
    '[^]',
  ],
];

t.test('regular expressions match what JavaScript’s match', (t) => {
  for (const source of PATTERNS) {
    const flags = source.includes('[\\d-a]') ? '' : 'u';
    const expected = new RegExp(source, flags);
    const language = regexLanguage(source, 'search');
    const whole = regexLanguage(source, 'whole');
    const anchored = new RegExp(`^(?:${source})$`, flags);
    for (let i = 0; i < 400; i++) {
      const text = randomText();
      const what = `${source} on ${JSON.stringify(text)}`;
      if (acceptOf(language, text) >= 0 !== expected.test(text)) t.fail(what);
      if (acceptOf(whole, text) >= 0 !== anchored.test(text)) t.fail(`whole ${what}`);
    }
    t.pass(source);
  }
  t.end();
});

t.test('what is no regular expression, or none that can be kept', (t) => {
  for (const [source, fault] of [
    ['a(?=b)', 'unsupported'],
    ['(?<!a)b', 'unsupported'],
    ['(a)\\1', 'unsupported'],
    ['\\bword', 'unsupported'],
    ['(a', 'malformed'],
    ['a)', 'malformed'],
    ['[a', 'malformed'],
    ['*a', 'malformed'],
    ['[z-a]', 'malformed'],
    ['a{3,2}', 'malformed'],
    ['\\u12', 'malformed'],
    ['(?:(?:(?:a{1000}){1000}){1000})', 'tooComplex'],
    ['(a|b)*a(a|b){40}', 'tooComplex'],
    ['('.repeat(200) + ')'.repeat(200), 'tooComplex'],
    [`a{200000}`, 'tooComplex'],
  ] as const) {
    t.equal(
      faultOf(() => regexLanguage(source, 'search')),
      fault,
      source.slice(0, 40),
    );
  }
  t.end();
});

t.test('the format regex takes nothing that is none', (t) => {
  const language = formatLanguage('regex')!;
  const pieces = [...'ab(|)[]{}*+?^$\\.-,:=!<1290dwx', '(?:', '(?=', '[a-', '\\d', '{1,', '{12}'];
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: below(9) }, () => pieces[below(pieces.length)]!).join('');
    if (acceptOf(language, text) < 0) continue;
    taken++;
    t.doesNotThrow(() => new RegExp(text, 'u'), JSON.stringify(text).replaceAll('#', '~'));
  }
  t.ok(taken > 500, `${taken} taken`);
  for (const text of [
    '^[a-z]{2,5}(-\\d+)?$',
    '(?:a(?:b|c))+?',
    '[^\\w\\s-]',
    'x{9,10}',
    '[-a]+',
    '',
  ]) {
    t.ok(acceptOf(language, text) >= 0, text);
  }
  t.end();
});

t.test('languages combined', (t) => {
  const [even, letters] = [regexLanguage('^(..)*$', 'search'), regexLanguage('^[a-y]*$', 'search')];
  const both = intersection([even, letters]);
  const neither = combine([even, letters], (accepts) =>
    accepts.every((accept) => accept === REFUSED) ? 0 : REFUSED,
  );
  for (let i = 0; i < 500; i++) {
    const text = randomText();
    const [a, b] = [/^(..)*$/u.test(text), /^[a-y]*$/u.test(text)];
    if (acceptOf(both, text) >= 0 !== (a && b)) t.fail(text);
    if (acceptOf(neither, text) >= 0 !== (!a && !b)) t.fail(text);
  }
  t.ok(isEmpty(intersection([regexLanguage('^a$', 'search'), regexLanguage('^b$', 'search')])));
  t.end();
});

t.test('finite languages tell their texts apart', (t) => {
  const texts = ['name', 'names', '', 'né', '😀', 'na', 'name'];
  const [closed, open] = [finiteLanguage(texts), finiteLanguage(texts, true)];
  texts.forEach((text) => {
    t.equal(acceptOf(closed, text), texts.indexOf(text));
    t.equal(acceptOf(open, text), texts.indexOf(text));
  });
  for (const other of ['n', 'nam', 'namesx', 'x', '😁']) {
    t.equal(acceptOf(closed, other), REFUSED);
    t.equal(acceptOf(open, other), texts.length);
  }
  t.end();
});

t.test('lengths without gaps', (t) => {
  t.equal(gaplessLengths(regexLanguage('^(ab)*$', 'search')), null);
  t.equal(gaplessLengths(regexLanguage('^(a|bcd)$', 'search')), null);
  const lengths = gaplessLengths(regexLanguage('^[a-z]+(-[a-z]+)*$', 'search'));
  t.same([lengths?.least[0], lengths?.most[0]], [1, UNBOUNDED]);
  const bounded = gaplessLengths(regexLanguage('^a{2,5}b?$', 'search'));
  t.same([bounded?.least[0], bounded?.most[0]], [2, 6]);
  const some = textsOfLength(2, 3);
  t.same(
    ['a', 'ab', 'a😀b', 'abcd'].map((text) => acceptOf(some, text)),
    [-1, 0, 0, -1],
  );
  t.end();
});

/** A number as one of several programs may write it. */
function randomNumber(): string {
  const kind = random();
  if (kind < 0.3) return String(below(400) - 200);
  if (kind < 0.6) return (random() * 20 - 10).toFixed(below(4));
  if (kind < 0.8) return (random() * 2 - 1).toExponential(below(4));
  return ['0', '0.0', '1e5', '1E-07', '9.99e+2', '100', '0.001', '12345678901234567890'][below(8)]!;
}

/** Spellings that docs/api.md leaves out. */
const UNSPELLED = /^-?(0(\.\d*)?|\d\d+(\.\d*)?)e|^-0(\.0*)?$/i;

t.test('intervals of numbers', (t) => {
  for (let round = 0; round < 150; round++) {
    let low: string | null = randomNumber();
    let high: string | null = randomNumber();
    if (Number(low) > Number(high)) [low, high] = [high, low];
    if (random() < 0.2) low = null;
    if (random() < 0.2) high = null;
    const [lowOpen, highOpen, integer] = [random() < 0.5, random() < 0.5, random() < 0.3];
    const bound = (text: string | null, exclusive: boolean) =>
      text === null ? null : { value: decimalOf(text), exclusive };
    const language = intervalLanguage({
      ...{ least: bound(low, lowOpen), most: bound(high, highOpen), integer },
    });
    for (let i = 0; i < 100; i++) {
      const text = random() < 0.2 ? (low ?? '7') : randomNumber();
      if (UNSPELLED.test(text)) continue;
      const value = Number(text);
      const fits =
        (low === null || (lowOpen ? value > Number(low) : value >= Number(low))) &&
        (high === null || (highOpen ? value < Number(high) : value <= Number(high))) &&
        (!integer || /^-?\d+$/.test(text));
      if (acceptOf(language, text) >= 0 !== fits) {
        t.fail(`${text} in ${low} ${lowOpen} to ${high} ${highOpen}, whole: ${integer}`);
      }
    }
  }
  for (const huge of ['1e308', '9'.repeat(25), '0.'.padEnd(30, '1')]) {
    t.equal(acceptOf(intervalLanguage({ least: null, most: null, integer: false }), huge), REFUSED);
  }
  t.end();
});

t.test('multiples', (t) => {
  for (const of of ['7', '0.01', '2.5', '10', '1000', '3', '1']) {
    const language = multiplesOf(decimalOf(of));
    for (let i = 0; i < 600; i++) {
      const text = random() < 0.5 ? String(below(8000) - 4000) : (random() * 99).toFixed(below(4));
      const scaled = (number: string): number => Math.round(Number(number) * 10_000);
      const fits = scaled(text) % scaled(of) === 0;
      if (acceptOf(language, text) >= 0 !== fits) t.fail(`${text} of ${of}`);
    }
  }
  t.equal(
    faultOf(() => multiplesOf(decimalOf('123457'))),
    'tooComplex',
  );
  t.end();
});

t.test('decimals', (t) => {
  for (const [text, plain] of [
    ['1e2', '100'],
    ['-0.00', '0'],
    ['1.50', '1.5'],
    ['1e-9', '1e-9'],
    ['123e30', '1.23e32'],
    ['-0.00012', '-0.00012'],
  ] as const) {
    t.equal(plainText(decimalOf(text)), plain);
  }
  t.throws(() => decimalOf('one'));
  t.end();
});
