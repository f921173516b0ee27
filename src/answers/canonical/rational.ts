/** Numbers as fractions of whole numbers, as exact as they are written. */

/** Decimal digits of a numerator or denominator: no operation costs more than such numbers do. */
const MAX_DIGITS = 1000;
const LIMIT = 10n ** BigInt(MAX_DIGITS);
/** Not yet in lowest terms, numbers may be twice as long as they will be. */
const LONGEST = LIMIT * LIMIT;

/** In lowest terms; the denominator is above 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** Undefined where the denominator is 0, or a number has more than `MAX_DIGITS` digits. */
export function rational(numerator: bigint, denominator = 1n): Rational | undefined {
  if (denominator === 0n) return undefined;
  if (magnitude(numerator) >= LONGEST || magnitude(denominator) >= LONGEST) {
    return undefined;
  }
  let [divisor, rest] = [magnitude(numerator), magnitude(denominator)];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  if (denominator < 0n) divisor = -divisor;
  const value = { numerator: numerator / divisor, denominator: denominator / divisor };
  const tooLong = magnitude(value.numerator) >= LIMIT || value.denominator >= LIMIT;
  return tooLong ? undefined : value;
}

/** The number `whole.part × 10^exponent`, all three in digits, the exponent with or without a sign. */
export function decimal(whole: string, part: string, exponent: string): Rational | undefined {
  if (whole.length + part.length > MAX_DIGITS || exponent.length > MAX_DIGITS) return undefined;
  const digits = BigInt(whole + part);
  if (digits === 0n) return rational(0n);
  const power = powerOfTen(BigInt(exponent === '' ? '0' : exponent) - BigInt(part.length));
  return power === undefined ? undefined : multiply(rational(digits), power);
}

export const isWhole = (value: Rational): boolean => value.denominator === 1n;

export const negate = ({ numerator, denominator }: Rational): Rational => ({
  numerator: -numerator,
  denominator,
});

export function add(a: Rational, b: Rational): Rational | undefined {
  return rational(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );
}

export function multiply(a: Rational | undefined, b: Rational | undefined): Rational | undefined {
  if (a === undefined || b === undefined) return undefined;
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divide(a: Rational, b: Rational): Rational | undefined {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

function powerOfTen(exponent: bigint): Rational | undefined {
  if (magnitude(exponent) >= MAX_DIGITS) return undefined;
  const power = 10n ** magnitude(exponent);
  return exponent < 0n ? rational(1n, power) : rational(power);
}

/** A whole number to the power of a whole number; undefined for others, and where it is too long. */
export function power(base: Rational, exponent: Rational): Rational | undefined {
  if (!isWhole(base) || !isWhole(exponent)) return undefined;
  const times = magnitude(exponent.numerator);
  const { length } = magnitude(base.numerator).toString();
  if (times > MAX_DIGITS * 4 || BigInt(length - 1) * times >= MAX_DIGITS) return undefined;
  if (base.numerator === 0n && exponent.numerator <= 0n) return undefined;
  const value = base.numerator ** times;
  return exponent.numerator < 0n ? rational(1n, value) : rational(value);
}

/** "3", "-1/2". */
export function spellRational({ numerator, denominator }: Rational): string {
  return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
}
