/** Numbers exactly as they are written: ± 0.digits × 10^exponent. */
export interface Decimal {
  readonly negative: boolean;
  /** Without zeros at either end; '' is 0. */
  readonly digits: string;
  readonly exponent: number;
}

export const ZERO: Decimal = { negative: false, digits: '', exponent: 0 };

/** Reads a number of JSON. */
export function decimalOf(text: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is no number`);
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const all = whole + fraction;
  const leading = /^0*/.exec(all)![0].length;
  const digits = all.slice(leading).replace(/0+$/, '');
  if (digits === '') return ZERO;
  return {
    negative: sign === '-',
    digits,
    exponent: whole.length - leading + Number(power),
  };
}

export function negated(value: Decimal): Decimal {
  return value.digits === '' ? value : { ...value, negative: !value.negative };
}

/** Below 0: a < b; above: a > b. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const sign = (value: Decimal): number => (value.digits === '' ? 0 : value.negative ? -1 : 1);
  if (sign(a) !== sign(b)) return sign(a) - sign(b);
  const magnitude =
    a.exponent !== b.exponent && a.digits !== ''
      ? a.exponent - b.exponent
      : a.digits === b.digits
        ? 0
        : a.digits < b.digits
          ? -1
          : 1;
  return sign(a) < 0 ? -magnitude : magnitude;
}

/** Without an exponent where that needs few zeros, as most programs write numbers. */
export function plainText({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  if (exponent > 21 || exponent < -6) {
    const fraction = digits.slice(1);
    return `${sign}${digits[0]}${fraction === '' ? '' : `.${fraction}`}e${exponent - 1}`;
  }
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
  if (digits.length <= exponent) return sign + digits.padEnd(exponent, '0');
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** The smallest number above 0 of which both are divisors; both are above 0. */
export function leastMultiple(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(0, ...[a, b].map(({ digits, exponent }) => digits.length - exponent));
  const scaled = ({ digits, exponent }: Decimal): bigint =>
    BigInt(digits) * 10n ** BigInt(exponent - digits.length + places);
  const [x, y] = [scaled(a), scaled(b)];
  let [divisor, rest] = [x, y];
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest];
  return decimalOf(`${(x / divisor) * y}e-${places}`);
}

export const isInteger = ({ digits, exponent }: Decimal): boolean => digits.length <= exponent;
