/** Random blocks of the formats of mixes.ts: codes as they come, scales that make weights of 0.02. */

/** Standard deviation of the weights. */
const DEVIATION = 0.02;

interface BlockRule {
  /** Offsets of halves, and what they hold. */
  readonly halves: readonly (readonly [offset: number, value: number])[];
  /** What is done to the random bytes of a block before the halves are written. */
  readonly bound?: (block: Uint8Array) => void;
}

/** d such that codes whose root mean square is `rms` have the deviation. */
const scale = (rms: number): number => DEVIATION / rms;

const RULES: Readonly<Record<string, BlockRule>> = {
  q4_0: { halves: [[0, scale(4.61)]] },
  q5_0: { halves: [[0, scale(9.23)]] },
  // Odd codes alone: no block that was rounded has -128.
  q8_0: { halves: [[0, scale(73.9)]], bound: (block) => forEachOf(block, 2, 34, (b) => b | 1) },
  // Scales from 8 to 15.
  q6_k: {
    halves: [[208, scale(18.5 * 11.7)]],
    bound: (block) => forEachOf(block, 192, 208, (b) => 8 + (b & 7)),
  },
  // A code's mean of 7.5 times the scale is what the minimum takes away, on average.
  q4_k: {
    halves: [
      [0, scale(258)],
      [2, 7.5 * scale(258)],
    ],
  },
};

function forEachOf(
  block: Uint8Array,
  begin: number,
  end: number,
  of: (byte: number) => number,
): void {
  for (let i = begin; i < end; i++) block[i] = of(block[i] ?? 0);
}

/** Sixteen bits of a positive number that is normal as an IEEE half, rounded to the nearest. */
function halfBits(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) + Math.round((value / 2 ** exponent - 1) * 1024);
}

/** Uniform 32-bit words from a fixed seed (Marsaglia's xorshift32). */
export function randomWords(): (out: Uint32Array) => void {
  let state = 0x9e3779b9;
  return (out) => {
    for (let i = 0; i < out.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      out[i] = state;
    }
  };
}

/** Makes weights of `bytes`, which holds whole blocks of random bytes. Throws on a format without a rule. */
export function shapeBlocks(bytes: Uint8Array, format: string, blockBytes: number): void {
  const rule = RULES[format];
  if (rule === undefined) throw new TypeError(`no random blocks of ${format}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const halves = rule.halves.map(([offset, value]) => [offset, halfBits(value)] as const);
  for (let begin = 0; begin < bytes.length; begin += blockBytes) {
    rule.bound?.(bytes.subarray(begin, begin + blockBytes));
    for (const [offset, bits] of halves) view.setUint16(begin + offset, bits, true);
  }
}
