import { incomingOf } from './incoming.js';
import { LanguageBuilder } from './language-builder.js';
import { LAST_CODE_POINT, REFUSED, stateCount, type Language } from './language.js';

/** Stands for a text's length without a bound. */
export const UNBOUNDED = 0x7fffffff;

/** Of each state, how many code points may still come until the text is accepted. */
export interface Lengths {
  /** [states] the fewest and, or `UNBOUNDED`, the most. */
  readonly least: Int32Array;
  readonly most: Int32Array;
}

/** The shortest and the longest text of each state. */
export function lengthsOf(language: Language): Lengths {
  return { least: leastLengths(language), most: mostLengths(language) };
}

/**
 * The lengths of what each state accepts; null where a state has gaps between them, as `(ab)*` has.
 * Without gaps, a length is possible exactly if it lies between the two: each is 0 and accepted, or
 * one more than a length of a successor, and so on down to 0.
 */
export function gaplessLengths(language: Language): Lengths | null {
  const states = stateCount(language);
  const { edgeOffsets, edgeTarget, accept } = language;
  const { least, most } = lengthsOf(language);
  for (let state = 0; state < states; state++) {
    const spans: [number, number][] = accept[state] === REFUSED ? [] : [[0, 0]];
    for (let edge = edgeOffsets[state]!; edge < edgeOffsets[state + 1]!; edge++) {
      const target = edgeTarget[edge]!;
      spans.push([least[target]! + 1, more(most[target]!)]);
    }
    spans.sort(([a], [b]) => a - b);
    let end = spans[0]?.[0] ?? 0;
    for (const [from, to] of spans) {
      if (from > end + 1) return null;
      end = Math.max(end, to);
    }
  }
  return { least, most };
}

const more = (length: number): number => (length === UNBOUNDED ? UNBOUNDED : length + 1);

function leastLengths({ edgeOffsets, edgeTarget, accept }: Language): Int32Array {
  const states = accept.length;
  const least = new Int32Array(states).fill(UNBOUNDED);
  const { offsets, sources } = incomingOf(edgeOffsets, edgeTarget);
  const queue: number[] = [];
  for (let state = 0; state < states; state++) {
    if (accept[state] === REFUSED) continue;
    least[state] = 0;
    queue.push(state);
  }
  for (let i = 0; i < queue.length; i++) {
    const state = queue[i]!;
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
      const source = sources[at]!;
      if (least[source] !== UNBOUNDED) continue;
      least[source] = least[state]! + 1;
      queue.push(source);
    }
  }
  return least;
}

/** By depth-first search without recursion; a state on a cycle, or before one, has no most. */
function mostLengths({ edgeOffsets, edgeTarget, accept }: Language): Int32Array {
  const states = accept.length;
  const most = new Int32Array(states).fill(-1);
  const open = new Uint8Array(states);
  for (let root = 0; root < states; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const state = stack[stack.length - 1]!;
      if (most[state] !== -1 && open[state] === 0) {
        stack.pop();
        continue;
      }
      if (open[state] === 0) {
        open[state] = 1;
        for (let edge = edgeOffsets[state]!; edge < edgeOffsets[state + 1]!; edge++) {
          const target = edgeTarget[edge]!;
          if (open[target] === 1) most[state] = UNBOUNDED;
          else if (most[target] === -1) stack.push(target);
        }
        continue;
      }
      let longest = most[state] === UNBOUNDED ? UNBOUNDED : 0;
      for (let edge = edgeOffsets[state]!; edge < edgeOffsets[state + 1]!; edge++) {
        const target = edgeTarget[edge]!;
        longest = Math.max(longest, open[target] === 1 ? UNBOUNDED : more(most[target]!));
      }
      most[state] = longest;
      open[state] = 0;
      stack.pop();
    }
  }
  return most;
}

/** Texts of `least` to `most` code points. */
export function textsOfLength(least: number, most: number): Language {
  const builder = new LanguageBuilder();
  const last = most === UNBOUNDED ? least : most;
  for (let length = 0; length <= last; length++) {
    if (length < last) builder.edge(0, LAST_CODE_POINT, length + 1);
    else if (most === UNBOUNDED) builder.edge(0, LAST_CODE_POINT, length);
    builder.endState(length >= least ? 0 : REFUSED);
  }
  return builder.finish();
}
