import { exponentDigits, fixedDigits } from './decimal.js';
import { floatRepr } from './float-repr.js';

/**
 * The digits of |value| by one of C's conversions e, f, g (or E, F, G); `alternate` keeps the
 * point and the zeros at the end.
 */
export function floatDigits(
  value: number,
  conversion: string,
  precision: number,
  alternate: boolean,
): string {
  const lower = conversion.toLowerCase();
  const upper = conversion !== lower;
  let text: string;
  if (!Number.isFinite(value)) text = Number.isNaN(value) ? 'nan' : 'inf';
  else if (lower === 'f')
    text = fixedDigits(value, precision) + (alternate && precision === 0 ? '.' : '');
  else if (lower === 'e') text = exponential(value, precision, alternate);
  else text = general(value, precision, alternate);
  return upper ? text.toUpperCase() : text;
}

function exponential(value: number, precision: number, alternate: boolean): string {
  const { digits, exponent } = exponentDigits(value, precision + 1);
  const point = precision > 0 || alternate ? '.' : '';
  return `${digits[0]}${point}${digits.slice(1)}${exponentSuffix(exponent)}`;
}

function exponentSuffix(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function general(value: number, precision: number, alternate: boolean): string {
  const count = Math.max(precision, 1);
  const { digits, exponent } = exponentDigits(value, count);
  if (exponent < -4 || exponent >= count) {
    return trimmed(`${digits[0]}.${digits.slice(1)}`, alternate) + exponentSuffix(exponent);
  }
  if (exponent < 0) return trimmed(`0.${'0'.repeat(-exponent - 1)}${digits}`, alternate);
  return trimmed(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`, alternate);
}

function trimmed(text: string, alternate: boolean): string {
  return alternate ? text : text.replace(/\.?0*$/, '');
}

/** How str.format writes a float without a conversion: its repr, or `precision` digits. */
export function plainFloat(value: number, precision: number | null, alternate: boolean): string {
  if (precision === null) {
    const text = floatRepr(Math.abs(value));
    return alternate && !/[.n]/.test(text) ? text.replace('e', '.e') : text;
  }
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf';
  const count = Math.max(precision, 1);
  const { digits, exponent } = exponentDigits(value, count);
  // One digit less than `g` has, so that one stands after the point.
  if (exponent < -4 || exponent >= count - 1) {
    return trimmed(`${digits[0]}.${digits.slice(1)}`, alternate) + exponentSuffix(exponent);
  }
  const text = general(value, count, alternate);
  return text.includes('.') || text.includes('e') ? text : `${text}.0`;
}
