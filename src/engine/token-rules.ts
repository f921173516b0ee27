/** What the checkpoint's generation_config.json asks of every draw, as biases on logits. */
import type { GenerationRules, SequenceBias } from '../model/generation-defaults.js';
import type { TokenAt } from './ngram-index.js';

export type EmitBias = (id: number, bias: number) => void;

/**
 * Rules that follow from a sequence's own tokens alone, so that an answer doesn't depend on the
 * batch, on chunks or on preemption.
 */
export class TokenRules {
  /** 0: n-grams may repeat. */
  readonly ngramSize: number;
  /** End an answer as a request's own do. */
  readonly stopStrings: readonly string[];
  readonly #always: readonly (readonly [id: number, bias: number])[];
  readonly #first: readonly number[];
  /** By the token before the biased one. */
  readonly #after = new Map<number, SequenceBias[]>();

  constructor(rules: GenerationRules) {
    const banned = rules.badWords?.map((ids) => ({ ids, bias: -Infinity })) ?? [];
    const sequences = [...banned, ...(rules.sequenceBias ?? [])];
    this.ngramSize = rules.noRepeatNgramSize ?? 0;
    this.stopStrings = rules.stopStrings ?? [];
    this.#first = rules.beginSuppressTokens ?? [];
    this.#always = [
      ...(rules.suppressTokens ?? []).map((id) => [id, -Infinity] as const),
      ...sequences
        .filter(({ ids }) => ids.length === 1)
        .map(({ ids, bias }) => [ids[0]!, bias] as const),
    ];
    for (const sequence of sequences) {
      if (sequence.ids.length === 1) continue;
      const before = sequence.ids.at(-2)!;
      const others = this.#after.get(before);
      if (others === undefined) this.#after.set(before, [sequence]);
      else others.push(sequence);
    }
  }

  /**
   * Biases of the token at position `length`; `fresh`: it is the answer's first. Costs what is
   * emitted, and a look at the sequences whose last token but one stands last.
   */
  each(tokenAt: TokenAt, length: number, fresh: boolean, emit: EmitBias): void {
    for (const [id, bias] of this.#always) emit(id, bias);
    if (fresh) for (const id of this.#first) emit(id, -Infinity);
    for (const { ids, bias } of this.#after.get(tokenAt(length - 1)) ?? []) {
      if (endsWith(tokenAt, length, ids)) emit(ids.at(-1)!, bias);
    }
  }
}

/** Whether the text ends with all of `ids` but the last. */
function endsWith(tokenAt: TokenAt, length: number, ids: readonly number[]): boolean {
  const begin = length - (ids.length - 1);
  if (begin < 0) return false;
  for (let i = 0; i < ids.length - 1; i++) if (tokenAt(begin + i) !== ids[i]) return false;
  return true;
}

/** The most biases that the rules can give a draw. */
export function mostRuleBiases(
  rules: GenerationRules,
  vocabSize: number,
  contextLength: number,
): number {
  const { suppressTokens = [], beginSuppressTokens = [], badWords = [], sequenceBias = [] } = rules;
  const ngrams = (rules.noRepeatNgramSize ?? 0) > 0 ? Math.min(vocabSize, contextLength) : 0;
  const sequences = badWords.length + sequenceBias.length;
  return suppressTokens.length + beginSuppressTokens.length + sequences + ngrams;
}
