/** Multiples of a number, as texts of JSON without an exponent. */
import { tooComplex } from '../grammar-error.js';
import { buildLanguage } from '../language/language-builder.js';
import { REFUSED, type Language } from '../language/language.js';
import type { Decimal } from './decimal.js';

/** The automaton has a state for each remainder. */
const MAX_REMAINDERS = 4000;

interface State {
  readonly remainder: number;
  /** Digits behind the point; -1: before it. */
  readonly fraction: number;
  readonly begun: boolean;
}

/**
 * Multiples of `of`, which is above 0. With `of` = m / 10^places a number of f places is one if its
 * digits, followed by places - f zeros, leave no remainder; places beyond can only be zeros.
 */
export function multiplesOf(of: Decimal): Language {
  const places = Math.max(0, of.digits.length - of.exponent);
  const modulus = Number(of.digits) * 10 ** Math.max(0, of.exponent - of.digits.length);
  if (!(modulus <= MAX_REMAINDERS) || places > 20) {
    throw tooComplex(`multiples of a number with more than ${MAX_REMAINDERS} remainders`);
  }
  const powers = Array.from({ length: places + 1 }, (_, i) => 10 ** i % modulus);
  const accepts = ({ remainder, fraction, begun }: State): boolean => {
    if (!begun) return false;
    const missing = places - Math.max(0, fraction);
    return missing < 0 ? remainder === 0 : (remainder * powers[missing]!) % modulus === 0;
  };
  return buildLanguage<State>(
    { remainder: 0, fraction: -1, begun: false },
    ({ remainder, fraction, begun }) => `${remainder},${fraction},${begun}`,
    (state) => {
      const { remainder, fraction, begun } = state;
      const edges: [number, number, State][] = [];
      if (!begun) edges.push([0x2d, 0x2d, state]);
      if (begun && fraction < 0) edges.push([0x2e, 0x2e, { ...state, fraction: 0 }]);
      const beyond = fraction >= places;
      const next = fraction < 0 ? -1 : Math.min(fraction + 1, places);
      for (let digit = 0; digit <= (beyond ? 0 : 9); digit++) {
        const after = beyond ? remainder : (remainder * 10 + digit) % modulus;
        edges.push([0x30 + digit, 0x30 + digit, { remainder: after, fraction: next, begun: true }]);
      }
      return { accept: accepts(state) ? 0 : REFUSED, edges };
    },
  );
}
