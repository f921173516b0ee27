import { TemplateError, noInteger, notCharacter, typeError, valueError } from '../errors.js';
import { numeric } from '../operators/compare.js';
import type { RenderState } from '../render-state.js';
import { codePointLength, unitIndex } from '../text/code-points.js';
import { escapeStr } from '../text/escape.js';
import { isSafe, isStr, sliceStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { Float } from '../values/float.js';
import { intOf, intToFloat, intToString } from '../values/integers.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { floatDigits } from './float-format.js';
import { checkPrecision } from './format-spec.js';
import { asciiOf, pyRepr, toStr, writeRepr } from './repr.js';

const DIRECTIVE =
  /%(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([^]?)/u;

interface Directive {
  readonly flags: string;
  readonly width: number;
  /** Null where none is given. */
  readonly precision: number | null;
  readonly conversion: string;
}

/** Python's `format % operand`. Throws a TypeError or ValueError where they don't fit. */
export function percentFormat(state: RenderState, format: Str, operand: Value): Str {
  return new PercentFormatter(state, format, operand).run();
}

class PercentFormatter {
  readonly #state: RenderState;
  readonly #format: Str;
  readonly #operand: Value;
  readonly #values: readonly Value[];
  readonly #safe: boolean;
  readonly #out: TextBuilder;
  #used = 0;
  #named = false;

  constructor(state: RenderState, format: Str, operand: Value) {
    this.#state = state;
    this.#format = format;
    this.#operand = operand;
    this.#values = operand instanceof Sequence && operand.isTuple ? operand.toArray() : [operand];
    this.#safe = isSafe(format);
    this.#out = new TextBuilder(state);
  }

  run(): Str {
    const text = textOf(this.#format);
    this.#state.chargeText(text.length);
    let done = 0;
    for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', done)) {
      this.#out.range(this.#format, done, at);
      const match = DIRECTIVE.exec(text.slice(at, at + 512))!;
      const [all, name, flags = '', width, precision, conversion = ''] = match;
      if (conversion === '') throw valueError('incomplete format');
      this.#state.consume(this.#format, at, at + all.length);
      this.#state.charge(1);
      done = at + all.length;
      if (name !== undefined) this.#named = true;
      const source = name === undefined ? null : this.#lookup(name);
      const directive = {
        flags,
        width: width === '*' ? this.#star() : Number(width ?? 0),
        precision: !all.includes('.')
          ? null
          : precision === '*'
            ? this.#star()
            : Number(precision ?? 0),
        conversion,
      };
      if (all === '%%') this.#out.plain('%');
      else this.#write(directive, source === null ? this.#next() : source.value);
    }
    this.#out.range(this.#format, done, text.length);
    const all = this.#used >= this.#values.length;
    if (!all && !this.#named && !isMapping(this.#operand)) {
      throw typeError('not all arguments converted during string formatting');
    }
    return this.#out.finish(this.#safe);
  }

  #lookup(name: string): { value: Value } {
    if (!(this.#operand instanceof Dict)) throw typeError('format requires a mapping');
    const value = this.#operand.get(name);
    if (value === undefined) throw new TemplateError('KeyError', pyRepr(this.#state, name));
    return { value };
  }

  #next(): Value {
    const value = this.#values[this.#used++];
    if (value === undefined) throw typeError('not enough arguments for format string');
    return value;
  }

  #star(): number {
    const value = this.#next();
    if (typeof value !== 'number') throw typeError('* wants int');
    return value;
  }

  #write(directive: Directive, value: Value): void {
    const { conversion, width, precision } = directive;
    const flags = width < 0 ? `${directive.flags}-` : directive.flags;
    const size = Math.abs(width);
    this.#state.checkText(size);
    if (conversion === 's' || conversion === 'r' || conversion === 'a') {
      const text = this.#textOf(conversion, value);
      const cut = precision === null ? text : sliceStr(text, 0, unitIndex(textOf(text), precision));
      this.#pad(cut, size, flags);
      return;
    }
    if (conversion === 'c') {
      this.#pad(character(value), size, flags);
      return;
    }
    const [sign, digits] = numberParts(conversion, value, flags, precision);
    const zeros = flags.includes('0') && !flags.includes('-');
    const missing = size - sign.length - digits.length;
    if (zeros && missing > 0) this.#out.plain(sign + '0'.repeat(missing) + digits);
    else this.#pad(sign + digits, size, flags);
  }

  #textOf(conversion: string, value: Value): Str {
    let text: Str;
    if (conversion === 's') {
      text = toStr(this.#state, value);
    } else {
      const out = new TextBuilder(this.#state);
      writeRepr(this.#state, out, value);
      text = conversion === 'a' ? asciiOf(this.#state, out.finish()) : out.finish();
    }
    return this.#safe ? escapeStr(this.#state, text) : text;
  }

  #pad(value: Str, width: number, flags: string): void {
    const padding = ' '.repeat(Math.max(0, width - codePointLength(textOf(value))));
    if (!flags.includes('-')) this.#out.plain(padding);
    this.#out.append(value);
    if (flags.includes('-')) this.#out.plain(padding);
  }
}

/** What Python takes for a mapping here: whatever has elements, but a tuple and a string. */
function isMapping(value: Value): boolean {
  if (value instanceof Sequence) return !value.isTuple;
  return value instanceof Dict || value instanceof Range || value instanceof Undefined;
}

function character(value: Value): Str {
  if (isStr(value) && codePointLength(textOf(value)) === 1) return value;
  const code = numeric(value);
  if (code === null || value instanceof Float) throw typeError('%c requires int or char');
  if (!(code >= 0 && code <= 0x10ffff)) throw notCharacter();
  return String.fromCodePoint(Number(code));
}

function numberParts(
  conversion: string,
  value: Value,
  flags: string,
  precision: number | null,
): [sign: string, digits: string] {
  const isInteger = 'diuoxX'.includes(conversion);
  if (!isInteger && !'eEfFgG'.includes(conversion)) {
    throw valueError(`unsupported format character '${conversion}'`);
  }
  const given = numeric(value);
  if (given === null || (value instanceof Float && 'oxX'.includes(conversion))) {
    if (value instanceof Undefined && !isInteger) throw value.error();
    const wanted = 'diu'.includes(conversion) ? 'a real number' : 'an integer';
    throw typeError(
      isInteger
        ? `%${conversion} format: ${wanted} is required, not ${typeName(value)}`
        : `must be real number, not ${typeName(value)}`,
    );
  }
  checkPrecision(precision ?? 0);
  const alternate = flags.includes('#');
  let number = given;
  if (isInteger && value instanceof Float) {
    if (!Number.isFinite(value.value)) throw noInteger(value.value);
    number = intOf(value.value);
  }
  const negative = number < 0 || Object.is(number, -0);
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (!isInteger) {
    const float = typeof number === 'bigint' ? intToFloat(number) : number;
    return [sign, floatDigits(float, conversion, precision ?? 6, alternate)];
  }
  const size = number < 0 ? -number : number;
  const base = conversion === 'o' ? 8 : conversion.toLowerCase() === 'x' ? 16 : 10;
  let digits = base === 10 ? intToString(size) : size.toString(base);
  digits = digits.padStart(precision ?? 0, '0');
  if (conversion === 'X') digits = digits.toUpperCase();
  return [sign + (alternate && base !== 10 ? `0${conversion}` : ''), digits];
}
