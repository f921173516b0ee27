/** The edges of an automaton, seen from where they lead. */
export interface Incoming {
  /** [states + 1] sources of state s: offsets[s] up to offsets[s + 1]. */
  readonly offsets: Int32Array;
  /** [edges] states that have an edge there, as often as they have one. */
  readonly sources: Int32Array;
}

/** `edgeOffsets` [states + 1], `edgeTarget` [edges]: as in `Language`. */
export function incomingOf(
  edgeOffsets: ArrayLike<number>,
  edgeTarget: ArrayLike<number>,
): Incoming {
  const states = edgeOffsets.length - 1;
  const edges = edgeTarget.length;
  const offsets = new Int32Array(states + 1);
  for (let edge = 0; edge < edges; edge++) offsets[edgeTarget[edge]! + 1]!++;
  for (let state = 0; state < states; state++) offsets[state + 1]! += offsets[state]!;
  const sources = new Int32Array(edges);
  // Filled from behind, so that each offset ends where its sources begin.
  const next = offsets.slice(1);
  for (let state = states - 1; state >= 0; state--) {
    for (let edge = edgeOffsets[state + 1]! - 1; edge >= edgeOffsets[state]!; edge--) {
      sources[--next[edgeTarget[edge]!]!] = state;
    }
  }
  return { offsets, sources };
}
