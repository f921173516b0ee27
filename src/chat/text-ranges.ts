import type { TextRange } from './chat-types.js';

/** Ranges put in order, those that touch or overlap made one. */
export function unionOf(ranges: Iterable<TextRange>): TextRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const union: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = union.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else if (start < end) union.push({ start, end });
  }
  return union;
}

/** Whether [start, end) and one of the ranges (ascending, disjoint) have a position in common. */
export function overlaps(ranges: readonly TextRange[], start: number, end: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range === undefined || range.end > start) high = middle;
    else low = middle + 1;
  }
  const first = ranges[low];
  return first !== undefined && first.start < end;
}

/** The parts of [0, length) that the ranges (ascending, disjoint) leave out. */
export function gapsOf(ranges: readonly TextRange[], length: number): TextRange[] {
  const gaps: TextRange[] = [];
  let at = 0;
  for (const { start, end } of ranges) {
    if (start > at) gaps.push({ start: at, end: start });
    at = end;
  }
  if (at < length) gaps.push({ start: at, end: length });
  return gaps;
}

/**
 * The ranges (ascending, disjoint) as they lie in a text of which only the parts `kept` (ascending,
 * disjoint) are left.
 */
export function movedTo(kept: readonly TextRange[], ranges: readonly TextRange[]): TextRange[] {
  const moved: TextRange[] = [];
  let at = 0;
  let i = 0;
  for (const part of kept) {
    while ((ranges[i]?.end ?? Infinity) <= part.start) i++;
    for (let j = i; ; j++) {
      const range = ranges[j];
      if (range === undefined || range.start >= part.end) break;
      const start = Math.max(range.start, part.start);
      const end = Math.min(range.end, part.end);
      moved.push({ start: at + start - part.start, end: at + end - part.start });
    }
    at += part.end - part.start;
  }
  return unionOf(moved);
}
