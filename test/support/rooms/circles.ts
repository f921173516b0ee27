import type { Reference } from './references.js';

/** Of each knot of files that take from each other, a shortest way round. */
export function circles(references: readonly Reference[]): Reference[][] {
  const from = new Map<string, Reference[]>();
  for (const reference of references) {
    const { file, target } = reference;
    if (target !== null) from.set(file, [...(from.get(file) ?? []), reference]);
  }
  const found: Reference[][] = [];
  const knotted = new Set<string>();
  for (const file of from.keys()) {
    if (knotted.has(file)) continue;
    const round = wayBack(file, from);
    if (round === null) continue;
    found.push(round);
    for (const other of reachable(file, from)) {
      if (reachable(other, from).has(file)) knotted.add(other);
    }
  }
  return found;
}

/** The shortest way from a file to itself, breadth first; null where there is none. */
function wayBack(
  start: string,
  from: ReadonlyMap<string, readonly Reference[]>,
): Reference[] | null {
  const seen = new Set<string>();
  let ways: (readonly Reference[])[] = [[]];
  while (ways.length > 0) {
    const longer: (readonly Reference[])[] = [];
    for (const way of ways) {
      for (const step of from.get(way.at(-1)?.target ?? start) ?? []) {
        const next = [...way, step];
        if (step.target === start) return next;
        if (step.target === null || seen.has(step.target)) continue;
        seen.add(step.target);
        longer.push(next);
      }
    }
    ways = longer;
  }
  return null;
}

function reachable(start: string, from: ReadonlyMap<string, readonly Reference[]>): Set<string> {
  const seen = new Set([start]);
  for (const file of seen) {
    for (const { target } of from.get(file) ?? []) if (target !== null) seen.add(target);
  }
  return seen;
}
