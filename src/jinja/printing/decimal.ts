/** Decimal digits of a float, exactly rounded half to even as Python rounds (JavaScript doesn't). */

/** `numerator / denominator` rounded to an integer, a half to the even one. */
function roundedQuotient(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice > denominator || (twice === denominator && (quotient & 1n) === 1n))
    return quotient + 1n;
  return quotient;
}

/** A finite float that isn't negative, as a fraction. */
export function fraction(value: number): [numerator: bigint, denominator: bigint] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = Number((raw >> 52n) & 0x7ffn);
  const mantissa = (raw & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n);
  const power = Math.max(exponent, 1) - 1075;
  return power >= 0 ? [mantissa << BigInt(power), 1n] : [mantissa, 1n << BigInt(-power)];
}

/** |value| × 10^places, rounded to an integer. `places` may be negative. */
function scaled(value: number, places: number): bigint {
  const [numerator, denominator] = fraction(value);
  if (places >= 0) return roundedQuotient(numerator * 10n ** BigInt(places), denominator);
  return roundedQuotient(numerator, denominator * 10n ** BigInt(-places));
}

/** |value| with `places` digits after the point. The value is finite. */
export function fixedDigits(value: number, places: number): string {
  const digits = scaled(Math.abs(value), places)
    .toString()
    .padStart(places + 1, '0');
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Whether value >= 10^exponent, exactly. */
function reaches(value: number, exponent: number): boolean {
  const [numerator, denominator] = fraction(value);
  return exponent < 0
    ? numerator * 10n ** BigInt(-exponent) >= denominator
    : numerator >= denominator * 10n ** BigInt(exponent);
}

/** |value| as `count` digits d.ddd × 10^exponent. The value is finite. */
export function exponentDigits(value: number, count: number): { digits: string; exponent: number } {
  const size = Math.abs(value);
  if (size === 0) return { digits: '0'.repeat(count), exponent: 0 };
  let exponent = Number(size.toExponential().split('e')[1]);
  // The shortest digits of a float may be rounded up to a power of ten that it doesn't reach.
  if (!reaches(size, exponent)) exponent--;
  let digits = scaled(size, count - 1 - exponent).toString();
  // Rounded up to the next power of ten.
  if (digits.length > count) {
    exponent++;
    digits = digits.slice(0, count);
  }
  return { digits, exponent };
}

/** Python's round(value, places) of a finite float. */
export function roundFloat(value: number, places: number): number {
  if (places > 323) return value;
  if (places < -308) return value < 0 ? -0 : 0;
  const digits = scaled(Math.abs(value), places).toString();
  const rounded = Number(`${digits}e${-places}`);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
