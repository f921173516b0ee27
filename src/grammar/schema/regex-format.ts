/**
 * The format `regex`: regular expressions that ECMA-262 with its flag `u` and Python's `re` both take.
 * Left out is what only an expression's whole could tell to be right: look-around, back-references, names,
 * properties, groups more than five deep, counts of 100 and more.
 */
import { buildLanguage, type Edge } from '../language/language-builder.js';
import { LAST_CODE_POINT, REFUSED, type Language } from '../language/language.js';

const MAX_DEPTH = 5;

/**
 * `empty`: nothing that could be repeated stands before. `atom`: something does. `repeated`: a
 * quantifier does, which a ? makes lazy. Others: within an escape, a class, a count, a group's start.
 */
type Place =
  | { readonly at: 'empty' | 'atom' | 'repeated' | 'escape' | 'group' | 'group kind' }
  /** `left` hexadecimal digits are still to come. */
  | { readonly at: 'digits' | 'class digits'; readonly left: number }
  | { readonly at: 'class first' | 'class start' | 'class' | 'class set' | 'class minus' }
  | { readonly at: 'class escape' }
  /** Behind a character of a class, which may begin a range; and behind its minus. */
  | { readonly at: 'class character' | 'class range'; readonly from: number }
  /** The digits of a first count, before the comma and behind it. */
  | { readonly at: 'count' | 'most'; readonly least: string }
  /** Behind the second count's first digit: the next one's least, or null; whether it may end. */
  | { readonly at: 'second'; readonly from: number | null; readonly ends: boolean };

type State = Place & { readonly depth: number };

type Counting = State & { readonly least: string };

const codeOf = (character: string): number => character.charCodeAt(0);
const SYNTAX = [...'^$\\.*+?()[]{}|/'];
const SETS = [...'dDwWsS'];
const CONTROLS = [...'nrtfv'];
const PLAIN = ranges([...'^$\\.*+?()[]{}|']);
const CLASS_PLAIN = ranges([...'^\\[]-']);
const HEX: readonly (readonly [number, number])[] = [
  [0x30, 0x39],
  [0x41, 0x46],
  [0x61, 0x66],
];

/** All code points but these. */
function ranges(without: readonly string[]): readonly (readonly [first: number, last: number])[] {
  const left: [number, number][] = [];
  let next = 0;
  for (const code of without.map(codeOf).sort((a, b) => a - b)) {
    if (code > next) left.push([next, code - 1]);
    next = code + 1;
  }
  return [...left, [next, LAST_CODE_POINT]];
}

export function regexFormat(): Language {
  return buildLanguage<State>(
    { at: 'empty', depth: 0 },
    (state) => JSON.stringify(state),
    (state) => ({
      accept: state.depth === 0 && isOutside(state) ? 0 : REFUSED,
      edges: edgesOf(state),
    }),
  );
}

const isOutside = ({ at }: State): boolean => at === 'empty' || at === 'atom' || at === 'repeated';

function edgesOf(state: State): Edge<State>[] {
  const { depth } = state;
  const on = (characters: readonly string[], place: Place): Edge<State>[] =>
    characters.map((one) => [codeOf(one), codeOf(one), { ...place, depth }]);
  const over = (spans: readonly (readonly [number, number])[], place: Place): Edge<State>[] =>
    spans.map(([first, last]) => [first, last, { ...place, depth }]);
  switch (state.at) {
    case 'empty':
    case 'atom':
    case 'repeated':
      return [...outside(depth), ...quantifiers(state)];
    case 'escape':
      return [
        ...on([...SYNTAX, ...SETS, ...CONTROLS], { at: 'atom' }),
        ...on(['b', 'B'], { at: 'empty' }),
        ...on(['x'], { at: 'digits', left: 2 }),
        ...on(['u'], { at: 'digits', left: 4 }),
      ];
    case 'digits':
      return over(HEX, state.left === 1 ? { at: 'atom' } : { at: 'digits', left: state.left - 1 });
    case 'group':
      return [...on(['?'], { at: 'group kind' }), ...edgesOf({ at: 'empty', depth })];
    case 'group kind':
      return on([':'], { at: 'empty' });
    case 'count':
      return count(state);
    case 'most':
      return mostCount(state);
    case 'second':
      return secondDigit(state);
    case 'class':
    case 'class character':
    case 'class digits':
    case 'class escape':
    case 'class first':
    case 'class minus':
    case 'class range':
    case 'class set':
    case 'class start':
      return classEdges(state);
  }
}

/** What may stand wherever an alternative may go on. */
function outside(depth: number): Edge<State>[] {
  const edges: Edge<State>[] = PLAIN.map(([first, last]) => [first, last, { at: 'atom', depth }]);
  const add = (character: string, place: Place, deeper = depth): void => {
    edges.push([codeOf(character), codeOf(character), { ...place, depth: deeper }]);
  };
  add('.', { at: 'atom' });
  add('^', { at: 'empty' });
  add('$', { at: 'empty' });
  add('|', { at: 'empty' });
  add('\\', { at: 'escape' });
  add('[', { at: 'class first' });
  if (depth < MAX_DEPTH) add('(', { at: 'group' }, depth + 1);
  if (depth > 0) add(')', { at: 'atom' }, depth - 1);
  return edges;
}

function quantifiers({ at, depth }: State): Edge<State>[] {
  const lazy: Edge<State> = [codeOf('?'), codeOf('?'), { at: 'empty', depth }];
  if (at === 'repeated') return [lazy];
  if (at !== 'atom') return [];
  const brace: Edge<State> = [codeOf('{'), codeOf('{'), { at: 'count', least: '', depth }];
  const others = ['*', '+', '?'].map<Edge<State>>((one) => [
    codeOf(one),
    codeOf(one),
    { at: 'repeated', depth },
  ]);
  return [brace, ...others];
}

/** Within braces: "n", "n,", "n,m" with n <= m, each below 100. */
function count({ least, depth }: Counting): Edge<State>[] {
  const edges: Edge<State>[] = [];
  for (let digit = 0; digit <= 9; digit++) {
    if (least.length === 2 || least === '0') break;
    const place: Place = { at: 'count', least: least + String(digit) };
    edges.push([0x30 + digit, 0x30 + digit, { ...place, depth }]);
  }
  if (least === '') return edges;
  const most: Place = { at: 'most', least };
  return [...edges, [0x2c, 0x2c, { ...most, depth }], closing(depth)];
}

const closing = (depth: number): Edge<State> => [0x7d, 0x7d, { at: 'repeated', depth }];

/** Behind the comma: nothing, or a number that is not below the first. */
function mostCount({ least, depth }: Counting): Edge<State>[] {
  const edges: Edge<State>[] = [closing(depth)];
  const [first, second] = [...least].map(Number) as [number, number?];
  for (let digit = 0; digit <= 9; digit++) {
    let place: Place;
    if (second === undefined) {
      place = { at: 'second', from: digit === 0 ? null : 0, ends: digit >= first };
    } else {
      if (digit < first) continue;
      place = { at: 'second', from: digit === first ? second : 0, ends: false };
    }
    edges.push([0x30 + digit, 0x30 + digit, { ...place, depth }]);
  }
  return edges;
}

function secondDigit({ from, ends, depth }: Extract<State, { at: 'second' }>): Edge<State>[] {
  const edges: Edge<State>[] = ends ? [closing(depth)] : [];
  if (from === null) return edges;
  const last: Place = { at: 'second', from: null, ends: true };
  return [...edges, [0x30 + from, 0x39, { ...last, depth }]];
}

function classEdges(state: State): Edge<State>[] {
  const { depth, at } = state;
  const to = (character: string, place: Place): Edge<State> => [
    codeOf(character),
    codeOf(character),
    { ...place, depth },
  ];
  if (at === 'class escape') {
    return [
      ...SETS.map((one) => to(one, { at: 'class set' })),
      ...[...SYNTAX, '-', ...CONTROLS].map((one) => to(one, { at: 'class' })),
      to('x', { at: 'class digits', left: 2 }),
      to('u', { at: 'class digits', left: 4 }),
    ];
  }
  if (at === 'class digits') {
    const next: Place =
      state.left === 1 ? { at: 'class' } : { at: 'class digits', left: state.left - 1 };
    return HEX.map(([first, last]) => [first, last, { ...next, depth }]);
  }
  const end = to(']', { at: 'atom' });
  // A minus is itself at either end.
  if (at === 'class range') return [...rangeEnds(state.from, depth), end];
  if (at === 'class minus') return [end];
  const members = CLASS_PLAIN.flatMap(([first, last]) => characters(first, last, depth));
  const escape = to('\\', { at: 'class escape' });
  const leading = to('-', { at: 'class' });
  if (at === 'class first') {
    return [...members, escape, leading, to('^', { at: 'class start' })];
  }
  if (at === 'class start') return [...members, escape, leading];
  const minus: Place =
    at === 'class character' ? { at: 'class range', from: state.from } : { at: 'class minus' };
  return [...members, escape, end, to('-', minus)];
}

/** Members of a class: those of ASCII's letters and digits may begin a range. */
function characters(first: number, last: number, depth: number): Edge<State>[] {
  const edges: Edge<State>[] = [];
  let code = first;
  while (code <= last) {
    const isWord = code < 0x80 && /^[0-9A-Za-z]$/.test(String.fromCharCode(code));
    let end = code;
    if (!isWord) {
      while (
        end < last &&
        !(end + 1 < 0x80 && /^[0-9A-Za-z]$/.test(String.fromCharCode(end + 1)))
      ) {
        end = end + 1 >= 0x80 ? last : end + 1;
      }
    }
    const place: Place = isWord ? { at: 'class character', from: code } : { at: 'class' };
    edges.push([code, end, { ...place, depth }]);
    code = end + 1;
  }
  return edges;
}

/** Behind the minus: a letter or digit that isn't before the first one. */
function rangeEnds(from: number, depth: number): Edge<State>[] {
  const edges: Edge<State>[] = [];
  for (const [first, last] of [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ] as const) {
    if (last >= from) edges.push([Math.max(first, from), last, { at: 'class', depth }]);
  }
  return edges;
}
