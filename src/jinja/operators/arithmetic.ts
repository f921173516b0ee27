import { TemplateError, noDivision, typeError, unsupportedOperands } from '../errors.js';
import { fraction } from '../printing/decimal.js';
import { percentFormat } from '../printing/percent-format.js';
import type { RenderState } from '../render-state.js';
import { escapeStr } from '../text/escape.js';
import { isSafe, isStr, type Str, Text, textOf } from '../text/text.js';
import type { BinaryOperator } from '../syntax/nodes.js';
import { Float } from '../values/float.js';
import { bitLength, checkBits, type Int, intToFloat, toInt } from '../values/integers.js';
import { listOf, Sequence, tupleOf } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { concatStrs } from './concat.js';

/** Python's binary operators. Throws a TypeError for operands that have none. */
export function binary(state: RenderState, operator: BinaryOperator, a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return integers(operator, a, b);
  const special = operator === '%' && isStr(a) ? percentFormat(state, a, b) : null;
  if (special !== null) return special;
  const x = number(a);
  const y = number(b);
  if (x !== null && y !== null) {
    if (x instanceof Float || y instanceof Float) return floats(operator, float(x), float(y));
    return integers(operator, x, y);
  }
  if (operator === '+') {
    const sum = add(state, a, b);
    if (sum !== null) return sum;
  } else if (operator === '*') {
    const product = repeat(state, a, b) ?? repeat(state, b, a);
    if (product !== null) return product;
  }
  if (a instanceof Undefined) throw a.error();
  if (b instanceof Undefined) throw b.error();
  throw unsupported(operator, a, b);
}

function number(value: Value): Int | Float | null {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float)
    return value;
  return typeof value === 'boolean' ? Number(value) : null;
}

function float(value: Int | Float): number {
  return value instanceof Float ? value.value : intToFloat(value);
}

function unsupported(operator: string, a: Value, b: Value): TemplateError {
  if (operator === '+' && isStr(a)) {
    return typeError(`can only concatenate str (not "${typeName(b)}") to str`);
  }
  if (operator === '+' && a instanceof Sequence) {
    const name = typeName(a);
    return typeError(`can only concatenate ${name} (not "${typeName(b)}") to ${name}`);
  }
  const shown = operator === '**' ? '** or pow()' : operator;
  return unsupportedOperands(shown, typeName(a), typeName(b));
}

function add(state: RenderState, a: Value, b: Value): Value | null {
  if (isStr(a) && isStr(b)) return addStrs(state, a, b);
  if (!(a instanceof Sequence && b instanceof Sequence) || a.isTuple !== b.isTuple) return null;
  state.allocateElements(a.growsInPlace ? b.length : a.length + b.length);
  if (a.length + b.length > 1 << 21) state.allocateElements(a.length + b.length);
  return a.appended(b);
}

export function addStrs(state: RenderState, a: Str, b: Str): Str {
  if (typeof a === 'string' && typeof b === 'string') {
    state.checkText(a.length + b.length);
    return a + b;
  }
  const safe = isSafe(a) || isSafe(b);
  const left = safe ? escapeStr(state, a) : a;
  const right = safe ? escapeStr(state, b) : b;
  const text = textOf(left) + textOf(right);
  state.checkText(text.length);
  return Text.joined(text, [left, right], safe);
}

/** `value * times`; null where that is no sequence times an integer. */
function repeat(state: RenderState, value: Value, times: Value): Value | null {
  if (!isStr(value) && !(value instanceof Sequence)) return null;
  const count = typeof times === 'boolean' ? Number(times) : times;
  if (typeof count !== 'number' && typeof count !== 'bigint') return null;
  if (typeof count === 'bigint') {
    throw new TemplateError('OverflowError', "cannot fit 'int' into an index-sized integer");
  }
  const n = Math.max(0, count);
  if (value instanceof Sequence) {
    state.allocateElements(value.length * n);
    const items: Value[] = [];
    if (value.length > 0) for (let i = 0; i < n; i++) items.push(...value.toArray());
    return value.isTuple ? tupleOf(items) : listOf(items);
  }
  const text = textOf(value);
  if (text === '') return value;
  state.allocateText(text.length * n);
  if (typeof value === 'string') return text.repeat(n);
  state.charge(n);
  return concatStrs(state, new Array<Str>(n).fill(value), value.safe);
}

function integers(operator: BinaryOperator, a: Int, b: Int): Value {
  if (operator === '/') return divide(a, b);
  if (typeof a === 'number' && typeof b === 'number') {
    const result = small(operator, a, b);
    if (Number.isSafeInteger(result)) return result + 0;
  }
  return big(operator, BigInt(a), BigInt(b));
}

/** The result where it is safe; NaN where it needs a bigint. */
function small(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
      if (b === 0) throw noDivision('ZeroDivisionError');
      return Math.abs(a) < 2 ** 31 ? Math.floor(a / b) : NaN;
    case '%': {
      if (b === 0) throw divisionByZero('integer modulo by zero');
      const rest = a % b;
      return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
    }
    case '**':
    case '/':
      return NaN;
  }
}

function big(operator: BinaryOperator, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return toInt(a + b);
    case '-':
      return toInt(a - b);
    case '*':
      checkBits(bitLength(a) + bitLength(b));
      return toInt(a * b);
    case '//':
    case '%': {
      if (b === 0n) throw noDivision('ZeroDivisionError');
      const rest = a % b;
      const floors = rest !== 0n && rest < 0n !== b < 0n;
      if (operator === '%') return toInt(floors ? rest + b : rest);
      return toInt(floors ? a / b - 1n : a / b);
    }
    case '/':
      return divide(a, b);
    case '**':
      if (b < 0n) return floats('**', intToFloat(a), intToFloat(b));
      if (a !== 0n && a !== 1n && a !== -1n) checkBits(bitLength(toInt(a)) * Number(b));
      return toInt(a ** (a === -1n ? b % 2n : a === 1n ? 1n : a === 0n && b > 0n ? 1n : b));
  }
}

function divide(a: Int, b: Int): Float {
  if (b === 0) throw divisionByZero('division by zero');
  if (typeof a === 'number' && typeof b === 'number') return new Float(a / b);
  const [x, y] = [BigInt(a), BigInt(b)];
  const result = quotient(x < 0n ? -x : x, y < 0n ? -y : y);
  if (!Number.isFinite(result)) {
    throw new TemplateError('OverflowError', 'integer division result too large for a float');
  }
  return new Float(x < 0n !== y < 0n ? -result : result);
}

/** p / q of positive integers, correctly rounded where the result isn't subnormal. */
function quotient(p: bigint, q: bigint): number {
  if (p === 0n) return 0;
  // At least 66 bits of it, of which the last stands for all that follow.
  const shift = bitLength(q) - bitLength(p) + 70;
  const scaled = shift > 0 ? p << BigInt(shift) : p;
  const divisor = shift > 0 ? q : q << BigInt(-shift);
  const whole = scaled / divisor;
  const bits = Number(whole | (scaled % divisor === 0n ? 0n : 1n));
  // In two steps: 2 ** -shift alone may be too small or too large.
  const half = Math.trunc(-shift / 2);
  return bits * 2 ** half * 2 ** (-shift - half);
}

function floats(operator: BinaryOperator, a: number, b: number): Float {
  switch (operator) {
    case '+':
      return new Float(a + b);
    case '-':
      return new Float(a - b);
    case '*':
      return new Float(a * b);
    case '/':
      if (b === 0) throw divisionByZero('float division by zero');
      return new Float(a / b);
    case '//':
    case '%':
      return floorDivision(operator, a, b);
    case '**':
      return power(a, b);
  }
}

function floorDivision(operator: '//' | '%', a: number, b: number): Float {
  if (b === 0) {
    throw divisionByZero(operator === '%' ? 'float modulo' : 'float floor division by zero');
  }
  let rest = a % b;
  let quotient = (a - rest) / b;
  if (rest !== 0 && rest < 0 !== b < 0) {
    rest += b;
    quotient -= 1;
  } else if (rest === 0) {
    rest = b < 0 ? -0 : 0;
  }
  if (operator === '%') return new Float(rest);
  // Its sign is that of the true quotient.
  if (quotient === 0) return new Float(a / b < 0 || Object.is(a / b, -0) ? -0 : 0);
  const floor = Math.floor(quotient);
  return new Float(quotient - floor > 0.5 ? floor + 1 : floor);
}

/** A finite number to a whole power that isn't large, correctly rounded; else null. */
function exactPower(a: number, b: number): number | null {
  if (!Number.isInteger(b) || Math.abs(b) > 64 || !Number.isFinite(a) || a === 0) return null;
  const [numerator, denominator] = fraction(Math.abs(a));
  const [p, q] = [numerator ** BigInt(Math.abs(b)), denominator ** BigInt(Math.abs(b))];
  const size = b < 0 ? quotient(q, p) : quotient(p, q);
  return a < 0 && b % 2 !== 0 ? -size : size;
}

function power(a: number, b: number): Float {
  if (a === 0 && b < 0) throw divisionByZero('0.0 cannot be raised to a negative power');
  if (a === 1 || b === 0) return new Float(1);
  // In Python this is a complex number, which no template needs.
  if (a < 0 && !Number.isInteger(b) && Number.isFinite(b) && Number.isFinite(a)) {
    throw typeError('a negative number to a broken power is a complex number');
  }
  const result = exactPower(a, b) ?? Math.pow(a, b);
  if (a === -1 && !Number.isFinite(b)) return new Float(Number.isNaN(b) ? NaN : 1);
  if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b)) {
    throw new TemplateError('OverflowError', "(34, 'Numerical result out of range')");
  }
  return new Float(result);
}

function divisionByZero(message: string): TemplateError {
  return new TemplateError('ZeroDivisionError', message);
}

/** Python's unary - and +. */
export function signed(operator: '-' | '+', value: Value): Value {
  const operand = number(value);
  if (operand === null) {
    if (value instanceof Undefined) throw value.error();
    throw typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
  }
  if (operator === '+') return operand;
  if (operand instanceof Float) return new Float(-operand.value);
  return typeof operand === 'bigint' ? toInt(-operand) : -operand + 0;
}
