import { numeric } from '../operators/compare.js';
import { Float } from '../values/float.js';
import type { Int } from '../values/integers.js';
import { NativeFunction } from '../values/obj.js';
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
    default:
      return undefined;
  }
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
