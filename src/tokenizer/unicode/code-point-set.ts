/**
 * Sets of code points as ascending boundaries: members are [0]..[1]-1, [2]..[3]-1 and so on. An odd
 * count means that the last run goes on to U+10FFFF.
 */
export type CodePointSet = readonly number[];

export const CODE_POINTS = 0x110000;
export const NO_CODE_POINT: CodePointSet = [];

/** The set of the code points from `first` to `last`, both included. */
export function range(first: number, last: number): CodePointSet {
  return last + 1 >= CODE_POINTS ? [first] : [first, last + 1];
}

export function complement(set: CodePointSet): CodePointSet {
  return set[0] === 0 ? set.slice(1) : [0, ...set];
}

export function union(...sets: readonly CodePointSet[]): CodePointSet {
  return unionOf(sets);
}

/** The union of any number of sets, neighbours first, so that none is gone through again and again. */
export function unionOf(sets: readonly CodePointSet[]): CodePointSet {
  let left = sets;
  while (left.length > 1) {
    const pairs: CodePointSet[] = [];
    for (let i = 0; i < left.length; i += 2) pairs.push(unionOfTwo(left[i]!, left[i + 1] ?? []));
    left = pairs;
  }
  return left[0] ?? NO_CODE_POINT;
}

function unionOfTwo(a: CodePointSet, b: CodePointSet): CodePointSet {
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const before = ((i | j) & 1) === 1;
    const at = Math.min(a[i] ?? CODE_POINTS, b[j] ?? CODE_POINTS);
    if (a[i] === at) i++;
    if (b[j] === at) j++;
    if ((((i | j) & 1) === 1) !== before) out.push(at);
  }
  return out;
}

/** Whether a set has halves of surrogate pairs alone. */
export function isInSurrogates(set: CodePointSet): boolean {
  return (
    set.length > 0 && set[0]! >= 0xd800 && set[set.length - 1]! <= 0xe000 && set.length % 2 === 0
  );
}

export function has(set: CodePointSet, code: number): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (set[middle]! <= code) low = middle + 1;
    else high = middle;
  }
  return (low & 1) === 1;
}

/** [size] 1: a member. For sets whose members below `size` are asked for often. */
export function membership(set: CodePointSet, size: number): Uint8Array {
  const flags = new Uint8Array(size);
  for (let i = 0; i < set.length; i += 2) flags.fill(1, set[i], set[i + 1] ?? CODE_POINTS);
  return flags;
}
