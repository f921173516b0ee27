/**
 * Unicode's normal forms (UAX #15) of the version that Hugging Face's library knows, in time linear
 * in the text: String.prototype.normalize knows another version under each Node.js, and takes time
 * quadratic in the number of combining marks in a row.
 */
import { membership, union, type CodePointSet } from './code-point-set.js';
import { numbers, setOfRuns, words } from './properties.js';
import { CANONICAL, COMBINING, COMPATIBLE } from './tables.js';

export type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** No code point from here on is touched. */
const SIZE = 0x30000;

const HANGUL = { first: 0xac00, last: 0xd7a3, l: 0x1100, v: 0x1161, t: 0x11a7 } as const;
const V_COUNT = 21;
const T_COUNT = 28;

/** What a code point is to a normal form. */
export const Role = {
  /** Stays as it is, and nothing before it changes with it. */
  plain: 0,
  /** May change. */
  changes: 1,
  /** Belongs to the code point before it, by order or composition. */
  joins: 2,
} as const;

export interface NormalFormTables {
  /** [0x30000] */
  readonly roles: Uint8Array;
  /** Appends the full decomposition of a code point. */
  readonly decompose: (code: number, out: number[]) => void;
  /** [0x30000] ranks of combining classes; 0: a starter. */
  readonly combining: Uint8Array;
  /** The code point that two compose to, or undefined; null where the form doesn't compose. */
  readonly compose: ((first: number, second: number) => number | undefined) | null;
}

interface Shared {
  readonly combining: Uint8Array;
  readonly canonical: CodePointSet;
  readonly pairs: ReadonlyMap<number, number>;
  readonly seconds: ReadonlySet<number>;
}

let shared: Shared | null = null;

/** A pair as one number. */
const pairKey = (first: number, second: number): number => first * 0x200000 + second;

// What a code point decomposes to never changes once it is assigned, so Node.js may be asked.
const decomposition = (code: number, form: NormalForm): number[] =>
  [...String.fromCodePoint(code).normalize(form)].map((part) => part.codePointAt(0)!);

const isChanged = (code: number, form: NormalForm): boolean => {
  const text = String.fromCodePoint(code);
  return text.normalize(form) !== text;
};

function readShared(): Shared {
  const combining = new Uint8Array(SIZE);
  let at = 0;
  for (const run of words(COMBINING)) {
    const [rank = 0, length = 0] = numbers(run);
    combining.fill(rank, at, (at += length));
  }
  const canonical = setOfRuns(CANONICAL);
  const pairs = new Map<number, number>();
  const seconds = new Set<number>();
  for (let t = 1; t < T_COUNT; t++) seconds.add(HANGUL.t + t);
  for (let v = 0; v < V_COUNT; v++) seconds.add(HANGUL.v + v);
  for (const code of membersBelow(canonical)) {
    if ((code >= HANGUL.first && code <= HANGUL.last) || isChanged(code, 'NFC')) continue;
    const parts = decomposition(code, 'NFD');
    const second = parts.pop()!;
    const first = String.fromCodePoint(...parts)
      .normalize('NFC')
      .codePointAt(0)!;
    pairs.set(pairKey(first, second), code);
    seconds.add(second);
  }
  return { combining, canonical, pairs, seconds };
}

function* membersBelow(set: CodePointSet): Generator<number> {
  for (let i = 0; i < set.length; i += 2) {
    for (let code = set[i]!; code < Math.min(set[i + 1] ?? SIZE, SIZE); code++) yield code;
  }
}

const tablesOf = new Map<NormalForm, NormalFormTables>();

export function normalFormTables(form: NormalForm): NormalFormTables {
  let tables = tablesOf.get(form);
  if (tables === undefined) tablesOf.set(form, (tables = makeTables(form)));
  return tables;
}

function makeTables(form: NormalForm): NormalFormTables {
  shared ??= readShared();
  const { combining, canonical, pairs, seconds } = shared;
  const composes = form === 'NFC' || form === 'NFKC';
  const compatible = form === 'NFKC' || form === 'NFKD';
  const decomposed = compatible ? union(canonical, setOfRuns(COMPATIBLE)) : canonical;
  const decomposes = membership(decomposed, SIZE);
  const full = compatible ? 'NFKD' : 'NFD';

  const roles = new Uint8Array(SIZE);
  const joins = (code: number): boolean => combining[code] !== 0 || (composes && seconds.has(code));
  for (let code = 0; code < SIZE; code++) if (combining[code] !== 0) roles[code] = Role.joins;
  if (composes) for (const code of seconds) roles[code] = Role.joins;
  for (const code of membersBelow(decomposed)) {
    const isHangul = code >= HANGUL.first && code <= HANGUL.last;
    if (isHangul) roles[code] = composes ? Role.plain : Role.changes;
    else if (joins(decomposition(code, full)[0]!)) roles[code] = Role.joins;
    else if (isChanged(code, form) && roles[code] === Role.plain) roles[code] = Role.changes;
  }

  const known = new Map<number, readonly number[]>();
  return {
    roles,
    combining,
    decompose: (code, out) => {
      if (code >= SIZE || decomposes[code] === 0) {
        out.push(code);
        return;
      }
      let parts = known.get(code);
      if (parts === undefined) known.set(code, (parts = decomposition(code, full)));
      for (const part of parts) out.push(part);
    },
    compose: composes ? (first, second) => composed(first, second, pairs) : null,
  };
}

function composed(
  first: number,
  second: number,
  pairs: ReadonlyMap<number, number>,
): number | undefined {
  const l = first - HANGUL.l;
  const v = second - HANGUL.v;
  if (l >= 0 && l < 19 && v >= 0 && v < V_COUNT) {
    return HANGUL.first + (l * V_COUNT + v) * T_COUNT;
  }
  const syllable = first - HANGUL.first;
  const t = second - HANGUL.t;
  if (first <= HANGUL.last && syllable >= 0 && syllable % T_COUNT === 0 && t > 0 && t < T_COUNT) {
    return first + t;
  }
  return pairs.get(pairKey(first, second));
}

/** The normal form of code points of which none but the first may be a starter that stays. */
export function normalizedSegment(codes: readonly number[], tables: NormalFormTables): number[] {
  const parts: number[] = [];
  for (const code of codes) tables.decompose(code, parts);
  sortMarks(parts, tables.combining);
  return tables.compose === null ? parts : compose(parts, tables);
}

const combiningOf = (code: number, combining: Uint8Array): number =>
  code < SIZE ? combining[code]! : 0;

/** Puts marks between starters into the order of their classes, equal ones as they were. */
function sortMarks(codes: number[], combining: Uint8Array): void {
  let from = 0;
  while (from < codes.length) {
    if (combiningOf(codes[from]!, combining) === 0) {
      from++;
      continue;
    }
    let to = from + 1;
    let sorted = true;
    for (; to < codes.length; to++) {
      const rank = combiningOf(codes[to]!, combining);
      if (rank === 0) break;
      if (rank < combiningOf(codes[to - 1]!, combining)) sorted = false;
    }
    if (!sorted) countingSort(codes, from, to, combining);
    from = to;
  }
}

function countingSort(codes: number[], from: number, to: number, combining: Uint8Array): void {
  const places = new Int32Array(257);
  for (let i = from; i < to; i++) places[combiningOf(codes[i]!, combining) + 1]!++;
  for (let rank = 1; rank < places.length; rank++) places[rank]! += places[rank - 1]!;
  const sorted = new Int32Array(to - from);
  for (let i = from; i < to; i++) {
    const code = codes[i]!;
    sorted[places[combiningOf(code, combining)]!++] = code;
  }
  for (let i = from; i < to; i++) codes[i] = sorted[i - from]!;
}

function compose(codes: readonly number[], tables: NormalFormTables): number[] {
  const out: number[] = [];
  let starter = -1;
  let lastRank = 0;
  for (const code of codes) {
    const rank = combiningOf(code, tables.combining);
    // Blocked: something as high, or a starter, stands between.
    const free =
      starter >= 0 && (starter === out.length - 1 || (lastRank !== 0 && lastRank < rank));
    const whole = free ? tables.compose!(out[starter]!, code) : undefined;
    if (whole !== undefined) {
      out[starter] = whole;
      continue;
    }
    if (rank === 0) starter = out.length;
    lastRank = rank;
    out.push(code);
  }
  return out;
}
