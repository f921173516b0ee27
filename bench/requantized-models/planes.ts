/** Where the bits of a block's codes lie. */

/**
 * Some bits of every code. `run` bytes have those of as many weights as fit into them: of the first
 * `run` weights in their lowest bits, of the next ones above these.
 */
export interface Plane {
  /** Offset in the block. */
  readonly begin: number;
  /** Of a code. */
  readonly bits: number;
  readonly run: number;
}

function placeOf({ begin, bits, run }: Plane, i: number): readonly [byte: number, shift: number] {
  const runs = 8 / bits;
  const which = Math.floor(i / run);
  return [begin + Math.floor(which / runs) * run + (i % run), (which % runs) * bits];
}

/** The code of weight `i`. The first plane has its lowest bits. */
export function readCode(planes: readonly Plane[], block: Uint8Array, i: number): number {
  let code = 0;
  let from = 0;
  for (const plane of planes) {
    const [byte, shift] = placeOf(plane, i);
    code |= ((block[byte]! >> shift) & ((1 << plane.bits) - 1)) << from;
    from += plane.bits;
  }
  return code;
}

/** Writes the code of weight `i`, where the block holds zeros. */
export function putCode(
  planes: readonly Plane[],
  block: Uint8Array,
  i: number,
  code: number,
): void {
  let from = 0;
  for (const plane of planes) {
    const [byte, shift] = placeOf(plane, i);
    block[byte]! |= ((code >> from) & ((1 << plane.bits) - 1)) << shift;
    from += plane.bits;
  }
}
