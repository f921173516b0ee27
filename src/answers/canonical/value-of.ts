import { isSign, withinBrackets, type Node, type Row } from './answer-tree.js';
import { add, divide, isWhole, multiply, negate, power, type Rational } from './rational.js';

/** The number that a row is, in one of the simple forms of numbers; undefined where it is none. */
export function valueOf(row: Row): Rational | undefined {
  const [first, ...rest] = row;
  if (isSign(first, '+')) return unsigned(rest);
  if (!isSign(first, '-')) return unsigned(row);
  const value = unsigned(rest);
  return value === undefined ? undefined : negate(value);
}

const numberOf = (node: Node | undefined): Rational | undefined =>
  node?.kind === 'number' ? node.value : undefined;

const isNegative = ({ numerator }: Rational): boolean => numerator < 0n;

function unsigned(row: Row): Rational | undefined {
  const within = withinBrackets(row);
  if (within !== undefined) return valueOf(within);
  const [first, second] = row;
  const head = numberOf(first);
  if (head === undefined) return undefined;
  switch (row.length) {
    case 1:
      return head;
    case 2:
      return raised(row) ?? mixed(head, second);
    case 3:
      return quotient(row);
    case 4:
      return isSign(second, '*') ? scientific(head, row.slice(2)) : spacedMixed(head, row.slice(1));
    default:
      return undefined;
  }
}

/** "10^3" */
function raised([base, script]: Row): Rational | undefined {
  const number = numberOf(base);
  if (number === undefined || script?.kind !== 'script' || script.mark !== '^') return undefined;
  const exponent = valueOf(script.row);
  return exponent === undefined ? undefined : power(number, exponent);
}

/** "1/2" */
function quotient([over, sign, under]: Row): Rational | undefined {
  const [a, b] = [numberOf(over), numberOf(under)];
  return isSign(sign, '/') && a !== undefined && b !== undefined ? divide(a, b) : undefined;
}

/** "1\frac{1}{2}" */
function mixed(whole: Rational, part: Node | undefined): Rational | undefined {
  if (part?.kind !== 'number' || !part.asFraction) return undefined;
  return isMixed(whole, part.value) ? add(whole, part.value) : undefined;
}

/** "1 1/2" */
function spacedMixed(whole: Rational, row: Row): Rational | undefined {
  const [over, , under] = row;
  if (over?.kind !== 'number' || !over.spaced || !isWhole(over.value)) return undefined;
  const part = quotient(row);
  const denominator = numberOf(under);
  if (part === undefined || denominator === undefined || !isWhole(denominator)) return undefined;
  return isMixed(whole, part) ? add(whole, part) : undefined;
}

function isMixed(whole: Rational, part: Rational): boolean {
  const isProper = !isNegative(part) && part.numerator < part.denominator;
  return isWhole(whole) && !isNegative(whole) && isProper;
}

/** "1.5 \times 10^3" */
function scientific(factor: Rational, row: Row): Rational | undefined {
  const base = numberOf(row[0]);
  if (base === undefined || base.numerator !== 10n || !isWhole(base)) return undefined;
  return multiply(factor, raised(row));
}
