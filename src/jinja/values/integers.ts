import { RenderLimitError, TemplateError, valueError } from '../errors.js';

/** Python's int: a number where that is safe, else a bigint. */
export type Int = number | bigint;

/** Far above what any template counts. */
const MAX_BITS = 1 << 16;
/** Python writes no longer ones out. */
const MAX_DIGITS = 4300;

/** The one form of an integer: equal ones are `===`. */
export function toInt(value: bigint): Int {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The integer part of a finite number. */
export function intOf(value: number): Int {
  const whole = Math.trunc(value) + 0;
  return Number.isSafeInteger(whole) ? whole : BigInt(whole);
}

/** Throws `digits` for an integer of more bits than a render may make. */
export function checkBits(bits: number): void {
  if (bits > MAX_BITS) {
    throw new RenderLimitError('digits', `makes an integer of more than ${MAX_BITS} bits`);
  }
}

/** At least the number of bits. */
export function bitLength(value: Int): number {
  if (typeof value === 'number')
    return Math.abs(value) < 1 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;
  return (value < 0n ? -value : value).toString(16).length * 4;
}

export function intToString(value: Int): string {
  const text = String(value);
  if (text.length > MAX_DIGITS && text.replace('-', '').length > MAX_DIGITS) {
    throw tooManyDigits('; use sys.set_int_max_str_digits() to increase the limit');
  }
  return text;
}

/** Throws an OverflowError for an integer beyond the floats. */
export function intToFloat(value: Int): number {
  const float = Number(value);
  if (!Number.isFinite(float)) {
    throw new TemplateError('OverflowError', 'int too large to convert to float');
  }
  return float;
}

/** Decimal digits, perhaps with a sign. Throws a ValueError for too many. */
export function parseDecimal(digits: string): Int {
  if (digits.length > MAX_DIGITS) {
    throw tooManyDigits(`: value has ${digits.length} digits`);
  }
  return digits.length < 16 ? Number(digits) + 0 : toInt(BigInt(digits));
}

function tooManyDigits(more: string): TemplateError {
  return valueError(
    `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion${more}`,
  );
}
