/**
 * Numbers of an interval, as texts of JSON. What is bounded is the spelling, never the value: at
 * most 24 digits before and 24 behind the point, an exponent only behind one digit other than 0
 * (1.5e-7, not 15e-8), and no value beyond what a double holds. The digits read so far are compared
 * with the bounds' digits, place by place.
 */
import { buildLanguage, type Edge } from '../language/language-builder.js';
import { REFUSED, type Language } from '../language/language.js';
import { compareDecimals, negated, ZERO, type Decimal } from './decimal.js';

export interface Bound {
  readonly value: Decimal;
  /** The value itself is none of the interval. */
  readonly exclusive: boolean;
}

export interface Interval {
  /** null: without a bound. */
  readonly least: Bound | null;
  readonly most: Bound | null;
  /** Whole numbers alone, spelled without point and exponent. */
  readonly integer: boolean;
}

const MAX_WHOLE_DIGITS = 24;
const MAX_FRACTION_DIGITS = 24;
/** Powers of ten with which a number of one digit before its point is finite, and not 0. */
const LEAST_POWER = -307;
const MOST_POWER = 307;

/** The digits so far, compared with a bound's: below, the same, above. */
type Order = -1 | 0 | 1;

/** A pair of orders: with the lower bound's digits, with the upper bound's. */
interface Orders {
  readonly least: Order;
  readonly most: Order;
}

/** The bounds of a number's magnitude, on one side of 0. */
interface Side {
  /** Magnitudes are >= 0 anyway: null where that is all. */
  readonly least: Bound | null;
  readonly most: Bound | null;
  /** Some magnitude is within. */
  readonly any: boolean;
}

const DIGIT = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const SAME: Orders = { least: 0, most: 0 };

// What a state awaits, in its lowest bits.
const START = 0;
const SIGNED = 1;
/** Behind the digit 0 that begins a number. */
const ZERO_READ = 2;
/** Behind `count` digits before the point. */
const WHOLE = 3;
/** Behind the point. */
const FRACTION = 4;
/** Behind the point, of a number that may still have an exponent. */
const SCIENTIFIC = 5;
/** A state of an exponent: the rest is its place in a list. */
const POWER = 6;

/** A state's parts, packed: what it awaits, the sign, digits read, orders by value and by power. */
const packed = (
  awaits: number,
  negative: boolean,
  count = 0,
  value: Orders = SAME,
  power: Orders = SAME,
): number =>
  awaits |
  (negative ? 8 : 0) |
  (count << 4) |
  ((value.least + 1) << 9) |
  ((value.most + 1) << 11) |
  ((power.least + 1) << 13) |
  ((power.most + 1) << 15);

const countOf = (state: number): number => (state >> 4) & 31;
const orderAt = (state: number, bit: number): Order => (((state >> bit) & 3) - 1) as Order;
const valueOrders = (state: number): Orders => ({
  least: orderAt(state, 9),
  most: orderAt(state, 11),
});
const powerOrders = (state: number): Orders => ({
  least: orderAt(state, 13),
  most: orderAt(state, 15),
});

/** The numbers of an interval. */
export function intervalLanguage({ least, most, integer }: Interval): Language {
  const flip = (bound: Bound | null): Bound | null =>
    bound === null ? null : { ...bound, value: negated(bound.value) };
  return new IntervalAutomaton(
    sideOf(least, most, false),
    // "-0" is spelled "0"; a negative fraction may begin with it.
    sideOf(flip(most), flip(least), true),
    integer,
  ).language();
}

const isBelow = (a: Bound, b: Bound): boolean => {
  const order = compareDecimals(a.value, b.value);
  return order < 0 || (order === 0 && !a.exclusive && !b.exclusive);
};

/** `strict`: 0 is none of the magnitudes. */
function sideOf(least: Bound | null, most: Bound | null, strict: boolean): Side {
  const zero: Bound = { value: ZERO, exclusive: strict };
  if (most !== null && (most.value.negative || !isBelow(zero, most))) {
    return { least: null, most: null, any: false };
  }
  const isFree =
    least === null || least.value.negative || (least.value.digits === '' && !least.exclusive);
  const lower = isFree ? (strict && most !== null ? zero : null) : least;
  return { least: lower, most, any: lower === null || most === null || isBelow(lower, most) };
}

class IntervalAutomaton {
  readonly #sides: readonly [positive: Side, negative: Side];
  readonly #integer: boolean;
  /** Neither side has a bound, so that the sign changes nothing. */
  readonly #free: boolean;
  readonly #powers: PowerState[] = [];
  readonly #powerNumbers = new Map<string, number>();

  constructor(positive: Side, negative: Side, integer: boolean) {
    this.#sides = [positive, negative];
    this.#integer = integer;
    this.#free = [positive, negative].every(({ least, most }) => least === null && most === null);
  }

  language(): Language {
    return buildLanguage<number>(
      START,
      (state) => state,
      (state) => this.#expand(state),
    );
  }

  #expand(state: number): { accept: number; edges: Edge<number>[] } {
    const negative = (state & 8) !== 0;
    switch (state & 7) {
      case START: {
        const edges = this.#sides[1].any ? [[MINUS, MINUS, packed(SIGNED, true)] as const] : [];
        const digits = this.#sides[0].any ? this.#firstDigits(false, false) : [];
        return { accept: REFUSED, edges: [...edges, ...digits] };
      }
      case SIGNED:
        return { accept: REFUSED, edges: this.#firstDigits(true, !this.#free) };
      case ZERO_READ:
        return this.#afterZero(negative);
      case WHOLE:
        return this.#afterWhole(state, negative);
      case POWER:
        return this.#afterPower(this.#powers[state >> 3]!);
      default:
        return this.#afterFraction(state, negative);
    }
  }

  /** `kept`: whether states tell the sign, or are the same without one. */
  #firstDigits(negative: boolean, kept: boolean): Edge<number>[] {
    const zero: Edge<number>[] =
      negative && this.#integer ? [] : [[DIGIT, DIGIT, packed(ZERO_READ, negative)]];
    return [
      ...zero,
      ...this.#digits(this.#sides[negative ? 1 : 0], 1, SAME, SAME, 0, 0, (value) =>
        packed(WHOLE, kept, 1, value),
      ),
    ];
  }

  /**
   * Edges of the digits from `first` on, joined where they compare alike. The first digit of a
   * bound that they stand at, by value, is `valueAt` behind its point; by power, `powerAt`.
   */
  #digits(
    side: Side,
    first: number,
    value: Orders,
    power: Orders,
    valueAt: number | ((bound: Bound) => number),
    powerAt: number,
    target: (value: Orders, power: Orders) => number,
  ): Edge<number>[] {
    const after = (digit: number): [Orders, Orders] => {
      const at = (order: Order, bound: Bound | null): Order =>
        bound === null
          ? 0
          : orderAfter(order, digit, bound, typeof valueAt === 'number' ? valueAt : valueAt(bound));
      const by = (order: Order, bound: Bound | null): Order =>
        bound === null ? 0 : orderAfter(order, digit, bound, powerAt);
      return [
        { least: at(value.least, side.least), most: at(value.most, side.most) },
        { least: by(power.least, side.least), most: by(power.most, side.most) },
      ];
    };
    const edges: [number, number, number][] = [];
    if (side.least === null && side.most === null) {
      return [[DIGIT + first, DIGIT + 9, target(SAME, SAME)]];
    }
    for (let digit = first; digit <= 9; digit++) {
      const next = target(...after(digit));
      const before = edges[edges.length - 1];
      if (before?.[2] === next) before[1] = DIGIT + digit;
      else edges.push([DIGIT + digit, DIGIT + digit, next]);
    }
    return edges;
  }

  #afterZero(negative: boolean): { accept: number; edges: Edge<number>[] } {
    const side = this.#sides[negative ? 1 : 0];
    const accept = !negative && isWithin(SAME, side, () => 0, true) ? 0 : REFUSED;
    if (this.#integer) return { accept, edges: [] };
    // A bound of 1 or more has digits before the point, and is larger.
    const order = (bound: Bound | null): Order =>
      bound !== null && bound.value.exponent > 0 ? -1 : 0;
    const value = { least: order(side.least), most: order(side.most) };
    return {
      accept,
      edges: [[POINT, POINT, packed(FRACTION, negative && !this.#free, 0, value)]],
    };
  }

  #afterWhole(state: number, negative: boolean): { accept: number; edges: Edge<number>[] } {
    const side = this.#sides[negative ? 1 : 0];
    const count = countOf(state);
    const digits = valueOrders(state);
    // With as many digits the bound's digits decide, else their number does.
    const byValue = (order: Order, bound: Bound | null): Order =>
      bound === null || bound.value.exponent === count
        ? order
        : count > bound.value.exponent
          ? 1
          : -1;
    const value = {
      least: byValue(digits.least, side.least),
      most: byValue(digits.most, side.most),
    };
    const edges: Edge<number>[] = [];
    const scientific = !this.#integer && count === 1;
    if (scientific) edges.push([POINT, POINT, packed(SCIENTIFIC, negative, 0, value, digits)]);
    else if (!this.#integer) edges.push([POINT, POINT, packed(FRACTION, negative, 0, value)]);
    if (count < MAX_WHOLE_DIGITS) {
      edges.push(
        ...this.#digits(side, 0, digits, SAME, count, 0, (next) =>
          packed(WHOLE, negative, count + 1, next),
        ),
      );
    }
    if (scientific) edges.push(...this.#exponent(side, digits, 1));
    return { accept: isWithin(value, side, () => count) ? 0 : REFUSED, edges };
  }

  #afterFraction(state: number, negative: boolean): { accept: number; edges: Edge<number>[] } {
    const side = this.#sides[negative ? 1 : 0];
    const count = countOf(state);
    const value = valueOrders(state);
    const power = powerOrders(state);
    const scientific = (state & 7) === SCIENTIFIC;
    const edges: Edge<number>[] =
      count === MAX_FRACTION_DIGITS
        ? []
        : this.#digits(
            side,
            0,
            value,
            power,
            (bound) => bound.value.exponent + count,
            count + 1,
            (nextValue, nextPower) =>
              scientific
                ? packed(SCIENTIFIC, negative, count + 1, nextValue, nextPower)
                : packed(FRACTION, negative, count + 1, nextValue),
          );
    if (count === 0) return { accept: REFUSED, edges };
    if (scientific) edges.push(...this.#exponent(side, power, count + 1));
    const accepted = isWithin(value, side, (bound) => bound.value.exponent + count);
    return { accept: accepted ? 0 : REFUSED, edges };
  }

  /** The edges of an exponent behind `digits` digits, which compare so with the bounds' first ones. */
  #exponent({ least, most, any }: Side, power: Orders, digits: number): Edge<number>[] {
    // d.ddd × 10^power is 0.dddd × 10^(power + 1).
    const inLeast = isWithin(power, { least, most: null, any }, () => digits);
    const inMost = isWithin(power, { least: null, most, any }, () => digits);
    const from =
      least === null || least.value.digits === ''
        ? LEAST_POWER
        : Math.max(LEAST_POWER, least.value.exponent - (inLeast ? 1 : 0));
    const to =
      most === null
        ? MOST_POWER
        : most.value.digits === ''
          ? LEAST_POWER - 1
          : Math.min(MOST_POWER, most.value.exponent - (inMost ? 1 : 2));
    if (from > to) return [];
    const target = this.#power({ read: 'e', from, to, digits: '' });
    return [
      [0x45, 0x45, target],
      [0x65, 0x65, target],
    ];
  }

  /** The number of an exponent's state: those that go on alike have the same one. */
  #power(state: PowerState): number {
    const key = powerKey(state);
    let number = this.#powerNumbers.get(key);
    if (number === undefined) {
      number = this.#powers.push(state) - 1;
      this.#powerNumbers.set(key, number);
    }
    return POWER | (number << 3);
  }

  #afterPower({ read, from, to, digits }: PowerState): { accept: number; edges: Edge<number>[] } {
    const edges: [number, number, number][] = [];
    if (read === 'e') {
      if (to >= 0) edges.push([PLUS, PLUS, this.#power({ read: '+', from, to, digits })]);
      if (from <= 0) edges.push([MINUS, MINUS, this.#power({ read: '-', from, to, digits })]);
    }
    const sign = read === '-' ? '-' : '+';
    if (digits.length < MAX_POWER_DIGITS) {
      for (let digit = 0; digit <= 9; digit++) {
        const more = digits + String(digit);
        if (!canBeWithin(more, sign, from, to)) continue;
        const target = this.#power({ read: sign, from, to, digits: more });
        const before = edges[edges.length - 1];
        if (before?.[2] === target && before[1] === DIGIT + digit - 1) before[1]++;
        else edges.push([DIGIT + digit, DIGIT + digit, target]);
      }
    }
    const value = digits === '' ? Infinity : Number(sign + digits);
    return { accept: value >= from && value <= to ? 0 : REFUSED, edges };
  }
}

/** The bound's digit at a place of its digits, 0 beyond them on either side. */
function digitAt({ value }: Bound, place: number): number {
  return place < 0 || place >= value.digits.length ? 0 : value.digits.charCodeAt(place) - DIGIT;
}

function orderAfter(before: Order, digit: number, bound: Bound, place: number): Order {
  if (before !== 0) return before;
  const other = digitAt(bound, place);
  return digit === other ? 0 : digit < other ? -1 : 1;
}

/**
 * Whether a magnitude with these orders lies within a side, nothing following. `place` tells how
 * many of a bound's digits were compared; `zero`: the magnitude is 0.
 */
function isWithin(
  orders: Orders,
  side: Side,
  place: (bound: Bound) => number,
  zero = false,
): boolean {
  const final = (order: Order, bound: Bound): Order => {
    if (zero) return bound.value.digits === '' ? 0 : -1;
    if (order !== 0) return order;
    return bound.value.digits.length > place(bound) ? -1 : 0;
  };
  if (side.least !== null) {
    const order = final(orders.least, side.least);
    if (order < 0 || (order === 0 && side.least.exclusive)) return false;
  }
  if (side.most !== null) {
    const order = final(orders.most, side.most);
    if (order > 0 || (order === 0 && side.most.exclusive)) return false;
  }
  return true;
}

const MAX_POWER_DIGITS = 3;

/** Within an exponent, of powers of ten from `from` to `to`. */
interface PowerState {
  readonly read: 'e' | '+' | '-';
  readonly from: number;
  readonly to: number;
  readonly digits: string;
}

function powerKey({ read, from, to, digits }: PowerState): string {
  if (digits !== '') {
    // Where every continuation is within the interval, the digits themselves no longer matter.
    const left = MAX_POWER_DIGITS - digits.length;
    const least = Number(digits);
    const most = least * 10 ** left + 10 ** left - 1;
    const free = read === '-' ? -least <= to && -most >= from : least >= from && most <= to;
    if (free) return `free ${left}`;
  }
  return `${read} ${from} ${to} ${digits}`;
}

function canBeWithin(digits: string, sign: '+' | '-', from: number, to: number): boolean {
  for (let more = 0; digits.length + more <= MAX_POWER_DIGITS; more++) {
    const least = Number(digits) * 10 ** more;
    const most = least + 10 ** more - 1;
    if (sign === '+' ? least <= to && most >= from : -most <= to && -least >= from) return true;
  }
  return false;
}
