/** What grammars take beside the model, at most. */
const MIB = 2 ** 20;

/** Compiled grammars that are kept for the next request. */
export const MAX_PROGRAM_BYTES = 32 * MIB;
/** Their automata, as far as texts have led. */
export const MAX_AUTOMATON_BYTES = 64 * MIB;
/** Of what weights and program leave, on a small machine. */
const PROGRAM_SHARE = 1 / 128;
const AUTOMATON_SHARE = 1 / 64;
/**
 * A token's part of the trees that masks are made from, resident: 3.1 MB of 49,152 tokens, 8.6 MB of
 * 128,256, with what building them leaves behind.
 */
const TOKEN_BYTES = 68;
/** With and without the special tokens around calls. */
const VOCABULARIES = 2;

export interface GrammarMemory {
  /** The trees of tokens. */
  readonly vocabularyBytes: number;
  /** Limits of what is kept. */
  readonly automatonBytes: number;
  readonly programBytes: number;
}

/** `leftBytes`: beside weights and program. */
export function grammarMemory(leftBytes: number, vocabSize: number): GrammarMemory {
  return {
    vocabularyBytes: VOCABULARIES * TOKEN_BYTES * vocabSize,
    automatonBytes: Math.min(MAX_AUTOMATON_BYTES, Math.floor(leftBytes * AUTOMATON_SHARE)),
    programBytes: Math.min(MAX_PROGRAM_BYTES, Math.floor(leftBytes * PROGRAM_SHARE)),
  };
}
