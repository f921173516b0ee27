import { Float } from './float.js';
import { type Int, parseDecimal, toInt } from './integers.js';

/** An integer of a template or of JSON, without `_`: decimal, or 0x…, 0o…, 0b…. */
export function parseIntLiteral(text: string): Int {
  if (/^0[xob]/i.test(text)) return toInt(BigInt(text.toLowerCase()));
  return parseDecimal(text);
}

export function parseFloatLiteral(text: string): Float {
  return new Float(Number(text));
}
