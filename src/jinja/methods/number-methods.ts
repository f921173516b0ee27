import { numeric } from '../operators/compare.js';
import { Float } from '../values/float.js';
import { fraction } from '../printing/decimal.js';
import { type Int, toInt } from '../values/integers.js';
import { tupleOf } from '../values/sequence.js';
import { NativeFunction } from '../values/callable.js';
import type { Value } from '../values/value.js';
import { bindArguments, signature } from '../functions/signature.js';

/** The attribute of an int, bool or float; undefined for other values and names. */
export function numberAttribute(of: Value, name: string): Value | undefined {
  const number = numeric(of);
  if (number === null) return undefined;
  const isFloat = of instanceof Float;
  switch (name) {
    case 'real':
      return isFloat ? of : number;
    case 'imag':
      return isFloat ? new Float(0) : 0;
    case 'numerator':
      return isFloat ? undefined : number;
    case 'denominator':
      return isFloat ? undefined : 1;
    case 'conjugate':
      return constant(name, isFloat ? of : number);
    case 'is_integer':
      // An int has it from Python 3.12 on.
      return isFloat ? constant(name, Number.isInteger(of.value)) : undefined;
    case 'bit_length':
      return isFloat ? undefined : constant(name, magnitude(number).length);
    case 'bit_count':
      return isFloat ? undefined : constant(name, magnitude(number).replaceAll('0', '').length);
    case 'as_integer_ratio':
      if (isFloat && !Number.isFinite(of.value)) return undefined;
      return constant(name, tupleOf(isFloat ? ratio(of.value) : [number, 1]));
    case 'hex':
      return isFloat ? constant(name, hexadecimal(of.value)) : undefined;
    default:
      return undefined;
  }
}

/** Python's float.hex. */
function hexadecimal(value: number): string {
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace('infinity', 'inf');
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const sign = bits.getUint8(0) >= 0x80 ? '-' : '';
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff;
  const mantissa = (bits.getBigUint64(0) & 0xfffffffffffffn).toString(16).padStart(13, '0');
  if (exponent === 0) {
    return value === 0 ? `${sign}0x0.0p+0` : `${sign}0x0.${mantissa}p-1022`;
  }
  const power = exponent - 1023;
  return `${sign}0x1.${mantissa}p${power < 0 ? '' : '+'}${power}`;
}

/** A finite float as a fraction in lowest terms. */
function ratio(value: number): [Int, Int] {
  const [numerator, denominator] = fraction(Math.abs(value));
  let shift = 0n;
  while (numerator !== 0n && ((numerator >> shift) & 1n) === 0n && denominator >> shift > 1n)
    shift++;
  if (numerator === 0n) return [0, 1];
  return [toInt((value < 0 ? -numerator : numerator) >> shift), toInt(denominator >> shift)];
}

/** Binary digits of |value|; none of 0. */
function magnitude(value: Int): string {
  return BigInt(value).toString(2).replace(/^-/, '').replace(/^0$/, '');
}

function constant(name: string, value: Value): NativeFunction {
  const known = signature(name, '/');
  return new NativeFunction(name, (_, positional, named) => {
    bindArguments(known, positional, named);
    return value;
  });
}
