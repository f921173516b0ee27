import { TemplateError, noInteger, typeError, valueError } from '../errors.js';
import { intArgument } from '../functions/signature.js';
import { binary } from '../operators/arithmetic.js';
import { numeric } from '../operators/compare.js';
import { elements } from '../operators/iterate.js';
import { isTrue } from '../operators/truth.js';
import { fixedDigits, roundFloat } from '../printing/decimal.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { skipSpace, trimSpaceEnd } from '../text/whitespace.js';
import { Float } from '../values/float.js';
import { type Int, intOf, intToFloat, parseDecimal, toInt } from '../values/integers.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { attributePath, follow } from './attribute-path.js';
import { type Filter, withParameters } from './filter.js';

const FLOAT =
  /^[+-]?(?:(?:\d+(?:_\d+)*)(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;
const SPECIAL_FLOAT = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** Without whitespace around, and with the digits of all scripts as those of ASCII. */
function stripped(text: string): string {
  const start = skipSpace(text, 0);
  const digits = text.slice(start, trimSpaceEnd(text, start, text.length));
  return digits.replace(/(?!\d)\p{Nd}/gu, (digit) => String(decimalValue(digit.codePointAt(0)!)));
}

/** Unicode has the digits of a script from 0 to 9 in a row, and such rows end to end. */
function decimalValue(point: number): number {
  let zero = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return (point - zero) % 10;
}

/** Python's float() of a string; null where it is none. */
function parseFloatText(text: string): number | null {
  const digits = stripped(text);
  const special = SPECIAL_FLOAT.exec(digits);
  if (special !== null) {
    if (special[2] === undefined) return NaN;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  return FLOAT.test(digits) ? Number(digits.replaceAll('_', '')) : null;
}

/** Python's int() of a string in a base; null where it is none. */
function parseIntText(text: string, base: number): Int | null {
  const written = stripped(text).toLowerCase();
  const sign = /^[+-]/.exec(written)?.[0] ?? '';
  const digits = written.slice(sign.length);
  const prefix = /^0([xob])_?/.exec(digits);
  const prefixBase = prefix === null ? null : { x: 16, o: 8, b: 2 }[prefix[1] as 'x' | 'o' | 'b'];
  const radix = base === 0 ? (prefixBase ?? 10) : base;
  const body = prefix !== null && prefixBase === radix ? digits.slice(prefix[0].length) : digits;
  if (!/^[\da-z]+(?:_[\da-z]+)*$/.test(body)) return null;
  if (base === 0 && prefix === null && /^0[\d_]*[1-9]/.test(body)) return null;
  const plain = body.replaceAll('_', '');
  for (const digit of plain) if (!(parseInt(digit, 36) < radix)) return null;
  if (radix === 10) return parseDecimal(sign === '-' ? `-${plain}` : plain);
  let value = 0n;
  if (plain.length > 5000) throw valueError('integer string too long');
  for (const digit of plain) value = value * BigInt(radix) + BigInt(parseInt(digit, 36));
  return toInt(sign === '-' ? -value : value);
}

/** Python's int() of a number. Throws for NaN; an OverflowError for infinities. */
function truncated(value: number): Int {
  if (!Number.isFinite(value)) throw noInteger(value);
  return intOf(value);
}

function toIntFilter(
  state: RenderState,
  value: Value,
  absent: Value | undefined,
  base: Value | undefined,
): Value {
  const fallback = absent === undefined ? 0 : absent;
  if (isStr(value)) {
    const text = textOf(value);
    state.chargeText(text.length * 8);
    // With a base that is none, a string is read as a float is.
    const radix = base === undefined ? 10 : base instanceof Float ? null : numeric(base);
    if (typeof radix === 'number' && (radix === 0 || (radix >= 2 && radix <= 36))) {
      const number = orNull(() => parseIntText(text, radix));
      if (number !== null) return number;
    }
    const float = parseFloatText(text);
    return float === null || !Number.isFinite(float) ? fallback : intOf(float);
  }
  if (value instanceof Undefined) throw value.error();
  const number = numeric(value);
  if (number === null) return fallback;
  if (!(value instanceof Float)) return number;
  if (Number.isNaN(value.value)) return fallback;
  return truncated(value.value);
}

function orNull<T>(run: () => T | null): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError && error.kind === 'ValueError') return null;
    throw error;
  }
}

function toFloatFilter(state: RenderState, value: Value, absent: Value | undefined): Value {
  const fallback = absent === undefined ? new Float(0) : absent;
  if (isStr(value)) {
    state.chargeText(textOf(value).length * 8);
    const float = parseFloatText(textOf(value));
    return float === null ? fallback : new Float(float);
  }
  if (value instanceof Undefined) throw value.error();
  const number = numeric(value);
  if (number === null) return fallback;
  return value instanceof Float ? value : new Float(intToFloat(number));
}

function abs(value: Value): Value {
  const number = numeric(value);
  if (number === null) {
    const type = value instanceof Undefined ? 'Undefined' : typeName(value);
    throw typeError(`bad operand type for abs(): '${type}'`);
  }
  if (value instanceof Float) return new Float(Math.abs(value.value));
  return typeof number === 'bigint' ? toInt(number < 0n ? -number : number) : Math.abs(number);
}

function round(value: Value, precision: Value | undefined, method: Value | undefined): Value {
  const way = method === undefined ? 'common' : isStr(method) ? textOf(method) : '';
  if (way !== 'common' && way !== 'ceil' && way !== 'floor') {
    throw new TemplateError('FilterArgumentError', 'method must be common, ceil or floor');
  }
  const number = numeric(value);
  if (number === null) {
    if (value instanceof Undefined) throw value.error();
    throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  }
  if (way !== 'common') {
    const power = precision === undefined ? 0 : numeric(precision);
    if (power === null) throw typeError('unsupported operand type(s) for **');
    const factor = 10 ** Number(power);
    const scaled = Number(number) * factor;
    if (!Number.isFinite(scaled)) truncated(scaled);
    return new Float(((way === 'ceil' ? Math.ceil(scaled) : Math.floor(scaled)) + 0) / factor);
  }
  const places = intArgument(precision, 0);
  if (value instanceof Float) {
    if (!Number.isFinite(value.value)) return value;
    return new Float(roundFloat(value.value, places));
  }
  return places >= 0 ? number : roundInt(number, -places);
}

/** To a multiple of 10^zeros, a half to the even one. */
function roundInt(value: Int, zeros: number): Int {
  if (zeros > 4300) return 0;
  const unit = 10n ** BigInt(zeros);
  const whole = BigInt(value);
  const size = whole < 0n ? -whole : whole;
  let quotient = size / unit;
  const twice = 2n * (size % unit);
  if (twice > unit || (twice === unit && quotient % 2n === 1n)) quotient++;
  return toInt((whole < 0n ? -quotient : quotient) * unit);
}

function sum(
  state: RenderState,
  value: Value,
  attribute: Value | undefined,
  start: Value | undefined,
): Value {
  const path = attributePath(attribute);
  let total: Value = start === undefined ? 0 : start;
  if (isStr(total)) throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
  for (const item of elements(state, value)) {
    state.charge(1);
    total = binary(state, '+', total, follow(state, item, path));
  }
  return total;
}

function filesizeformat(value: Value, binaryUnits: Value | undefined): Value {
  const isBinary = isTrue(binaryUnits ?? false);
  const base = isBinary ? 1024 : 1000;
  let bytes: number | null;
  if (isStr(value)) bytes = parseFloatText(textOf(value));
  else bytes = numeric(value) === null ? null : Number(numeric(value));
  if (bytes === null) {
    if (value instanceof Undefined) throw value.error();
    if (isStr(value)) throw valueError(`could not convert string to float: '${textOf(value)}'`);
    throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
  }
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${truncated(bytes)} Bytes`;
  const prefixes = 'kMGTPEZY';
  let i = 0;
  while (i < prefixes.length - 1 && bytes >= base ** (i + 2)) i++;
  const shown = fixedDigits((base * bytes) / base ** (i + 2), 1);
  const prefix = prefixes.charAt(i);
  return `${shown} ${isBinary ? `${prefix.toUpperCase()}iB` : `${prefix}B`}`;
}

export const numberFilters: (readonly [string, Filter])[] = [
  withParameters('int', 'default? base?', toIntFilter),
  withParameters('float', 'default?', toFloatFilter),
  withParameters('abs', '/', (_, value) => abs(value)),
  withParameters('round', 'precision? method?', (_, value, precision, method) =>
    round(value, precision, method),
  ),
  withParameters('sum', 'attribute? start?', sum),
  withParameters('filesizeformat', 'binary?', (_, value, binaryUnits) =>
    filesizeformat(value, binaryUnits),
  ),
];
