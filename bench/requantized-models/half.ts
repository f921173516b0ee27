/** IEEE halves, as blocks of weights hold their scales. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The half at an offset, as a number; NaN and infinities included. */
export function readHalf(bytes: Uint8Array, at: number): number {
  const half = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Writes the half that is nearest to a number (of two, the one away from zero) and returns what it
 * means. Throws a RangeError on what is too large for a half.
 */
export function writeHalf(bytes: Uint8Array, at: number, value: number): number {
  float[0] = Math.abs(value);
  const exponent = Math.max(((bits[0] ?? 0) >>> 23) - 127, -14);
  const steps = Math.round(Math.abs(value) * 2 ** (10 - exponent));
  // The leading bit of a normal number counts the exponent up by one; a subnormal has none.
  const half = steps + ((exponent + 14) << 10);
  if (!(half < 0x7c00)) throw new RangeError(`${value} does not fit into a half`);
  bytes[at] = half & 0xff;
  bytes[at + 1] = (half >> 8) | (value < 0 ? 0x80 : 0);
  return readHalf(bytes, at);
}
