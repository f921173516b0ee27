import { RenderLimitError, notCharacter, typeError, valueError } from '../errors.js';
import { numeric } from '../operators/compare.js';
import type { RenderState } from '../render-state.js';
import { codePointLength, unitIndex } from '../text/code-points.js';
import { isStr, type Str, sliceStr, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { Float } from '../values/float.js';
import { intToFloat, intToString } from '../values/integers.js';
import { typeName } from '../values/type-name.js';
import type { Value } from '../values/value.js';
import { floatDigits, plainFloat } from './float-format.js';
import { toStr } from './repr.js';

const SPEC =
  /^(?:([^])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u;
/** More digits after the point than any float has. */
const MAX_PRECISION = 1100;

interface Spec {
  /** `=` stands in the spec, and doesn't come from a leading zero. */
  readonly explicitEquals: boolean;
  readonly fill: string;
  readonly align: string | null;
  readonly sign: string;
  /** A negative number that is rounded to 0 has no sign. */
  readonly positiveZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | null;
  readonly type: string;
}

/** Python's format(value, spec). Throws a ValueError for a spec that doesn't fit. */
export function formatValue(state: RenderState, value: Value, spec: string): Str {
  if (spec === '') return toStr(state, value);
  const number = numeric(value);
  if (number === null && !isStr(value)) {
    throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
  }
  const parsed = parseSpec(spec);
  if (isStr(value)) return formatText(state, value, parsed);
  const isFloat = value instanceof Float || /^[eEfFgG%]$/.test(parsed.type);
  return isFloat
    ? formatFloat(state, typeof number === 'bigint' ? intToFloat(number) : number!, parsed)
    : formatInt(state, number!, parsed);
}

function parseSpec(spec: string): Spec {
  const match = SPEC.exec(spec);
  if (match === null) throw valueError(`Invalid format specifier '${spec}'`);
  const [, fill, align, sign, positiveZero, alternate, zero, width, grouping, precision, type] =
    match;
  return {
    explicitEquals: align === '=',
    fill: fill ?? (zero === undefined ? ' ' : '0'),
    align: align ?? (zero === undefined ? null : '='),
    sign: sign ?? '',
    positiveZero: positiveZero !== undefined,
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    grouping: grouping ?? '',
    precision: precision === undefined ? null : Number(precision),
    type: type ?? '',
  };
}

function formatText(state: RenderState, value: Str, spec: Spec): Str {
  if (spec.type !== '' && spec.type !== 's') {
    throw valueError(`Unknown format code '${spec.type}' for object of type 'str'`);
  }
  if (spec.sign !== '' || spec.positiveZero || spec.alternate || spec.grouping !== '') {
    throw valueError('Sign, alternate form or grouping not allowed in string format specifier');
  }
  if (spec.explicitEquals) {
    throw valueError("'=' alignment not allowed in string format specifier");
  }
  const cut =
    spec.precision === null ? value : sliceStr(value, 0, unitIndex(textOf(value), spec.precision));
  return padded(state, cut, spec.align === '=' ? { ...spec, align: '<' } : spec, '<');
}

function padded(state: RenderState, value: Str, spec: Spec, align: string): Str {
  const missing = spec.width - codePointLength(textOf(value));
  if (missing <= 0) return value;
  state.checkText(spec.width);
  const side = spec.align ?? align;
  const before = side === '<' ? 0 : side === '^' ? Math.floor(missing / 2) : missing;
  const out = new TextBuilder(state);
  out.plain(spec.fill.repeat(before));
  out.append(value);
  out.plain(spec.fill.repeat(missing - before));
  return out.finish();
}

function signOf(negative: boolean, spec: Spec): string {
  if (negative) return '-';
  return spec.sign.replace('-', '');
}

function formatInt(state: RenderState, value: number | bigint, spec: Spec): Str {
  if (spec.precision !== null)
    throw valueError('Precision not allowed in integer format specifier');
  if (spec.positiveZero) {
    throw valueError('Negative zero coercion (z) not allowed in integer format specifier');
  }
  checkGrouping(spec);
  const magnitude = value < 0 ? -value : value;
  if (spec.type === 'c') {
    if (spec.sign !== '') throw valueError("Sign not allowed with integer format specifier 'c'");
    if (!(value >= 0 && value <= 0x10ffff)) throw notCharacter();
    return padded(state, String.fromCodePoint(Number(value)), spec, '<');
  }
  const bases: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16 };
  const base = Object.hasOwn(bases, spec.type) ? bases[spec.type] : 10;
  if (spec.type === 's') throw valueError("Unknown format code 's' for object of type 'int'");
  if (spec.grouping === ',' && base !== 10) {
    throw valueError(`Cannot specify ',' with '${spec.type}'.`);
  }
  let digits = base === 10 ? intToString(magnitude) : magnitude.toString(base);
  if (spec.type === 'X') digits = digits.toUpperCase();
  const prefix = spec.alternate && base !== 10 ? `0${spec.type}` : '';
  return number(state, signOf(value < 0, spec) + prefix, digits, '', spec, base === 10 ? 3 : 4);
}

function formatFloat(state: RenderState, value: number, spec: Spec): Str {
  if (spec.type !== '' && !/^[eEfFgGn%]$/.test(spec.type)) {
    throw valueError(`Unknown format code '${spec.type}' for object of type 'float'`);
  }
  const negative = value < 0 || Object.is(value, -0);
  const precision = spec.precision ?? 6;
  checkPrecision(precision);
  let text: string;
  checkGrouping(spec);
  if (spec.type === '') text = plainFloat(value, spec.precision, spec.alternate);
  else if (spec.type === '%') text = `${floatDigits(value * 100, 'f', precision, spec.alternate)}%`;
  else text = floatDigits(value, spec.type === 'n' ? 'g' : spec.type, precision, spec.alternate);
  const end = /^\d*/.exec(text)![0].length;
  const zero = spec.positiveZero && !/[1-9a-z]/i.test(text.replace(/e.*/i, ''));
  return number(
    state,
    signOf(negative && !zero, spec),
    text.slice(0, end),
    text.slice(end),
    spec,
    3,
  );
}

function checkGrouping({ grouping, type }: Spec): void {
  if (grouping !== '' && (type === 'n' || type === 'c')) {
    throw valueError(`Cannot specify '${grouping}' with '${type}'.`);
  }
}

/** Throws `digits` for more digits than are written. */
export function checkPrecision(precision: number): void {
  if (precision > MAX_PRECISION) {
    throw new RenderLimitError('digits', `writes a number with more than ${MAX_PRECISION} digits`);
  }
}

/** Sign, whole digits and what follows them, grouped and padded. */
function number(
  state: RenderState,
  sign: string,
  digits: string,
  rest: string,
  spec: Spec,
  group: number,
): Str {
  state.checkText(spec.width);
  const zeros = spec.align === '=' && spec.fill === '0';
  const space = spec.width - sign.length - rest.length;
  const whole =
    spec.grouping === '' ? digits : grouped(digits, spec.grouping, group, zeros ? space : 0);
  if (spec.align !== '=') return padded(state, sign + whole + rest, spec, '>');
  const missing = Math.max(0, space - codePointLength(whole));
  return sign + spec.fill.repeat(missing) + whole + rest;
}

/** `digits` with separators, with zeros before them up to `width` characters. */
function grouped(digits: string, separator: string, size: number, width: number): string {
  let text = '';
  let left = digits;
  for (;;) {
    const room = Math.min(size, Math.max(left.length, width - text.length, 1));
    const chunk = left.slice(-size).padStart(room, '0').slice(-size);
    text = chunk + text;
    left = left.slice(0, -size);
    if (left === '' && width - text.length <= 0) return text;
    if (left === '' && digits === '') return text;
    text = separator + text;
    if (left === '' && width - text.length <= 0) return `0${text}`;
  }
}
