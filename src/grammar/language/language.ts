/**
 * Regular languages of code points, as deterministic automata whose edges are ranges. State 0 is
 * the first; every state of a trimmed language can reach an accepting one, but state 0 of the empty
 * language. Surrogates are no code points of a text, and no edge has one.
 */
export interface Language {
  /** [states + 1] edges of state s: edgeOffsets[s] up to edgeOffsets[s + 1], ascending. */
  readonly edgeOffsets: Int32Array;
  /** [edges] first and last code point, both included. */
  readonly edgeFirst: Int32Array;
  readonly edgeLast: Int32Array;
  readonly edgeTarget: Int32Array;
  /** [states] -1: not accepting; else what is accepted there, 0 where nothing is to be told apart. */
  readonly accept: Int32Array;
}

export const LAST_CODE_POINT = 0x10ffff;
export const FIRST_SURROGATE = 0xd800;
export const LAST_SURROGATE = 0xdfff;
export const REFUSED = -1;

export const stateCount = (language: Language): number => language.accept.length;

/** No text at all, not even the empty one. */
export const isEmpty = (language: Language): boolean =>
  stateCount(language) === 1 && language.accept[0] === REFUSED && language.edgeFirst.length === 0;

/** The state after a code point, or -1. */
function step(language: Language, state: number, code: number): number {
  let low = language.edgeOffsets[state]!;
  let high = language.edgeOffsets[state + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (language.edgeLast[middle]! < code) low = middle + 1;
    else high = middle;
  }
  if (low === language.edgeOffsets[state + 1] || language.edgeFirst[low]! > code) return -1;
  return language.edgeTarget[low]!;
}

/** What a text is accepted as, or -1. */
export function acceptOf(language: Language, text: string): number {
  let state = 0;
  for (const character of text) {
    state = step(language, state, character.codePointAt(0)!);
    if (state < 0) return REFUSED;
  }
  return language.accept[state]!;
}
