/** What the checkpoint's generation_config.json asks of every draw, as biases on logits. */
import type { GenerationRules } from '../model/generation-defaults.js';
import type { TokenAt } from './ngram-index.js';

export type EmitBias = (id: number, bias: number) => void;

/** A bias on a token where others stand before it. */
interface BiasAfter {
  readonly before: readonly number[];
  readonly id: number;
  readonly bias: number;
}

/**
 * Rules that follow from a sequence's own tokens alone, so that an answer doesn't depend on the
 * batch, on chunks or on preemption.
 */
export class TokenRules {
  /** 0: n-grams may repeat. */
  readonly ngramSize: number;
  /** End an answer as a request's own do. */
  readonly stopStrings: readonly string[];
  /** The most biases that `each` can give. */
  readonly mostBiases: number;
  readonly #always: (readonly [id: number, bias: number])[];
  readonly #first: readonly number[];
  /** By the token before the biased one. */
  readonly #after = new Map<number, BiasAfter[]>();

  constructor(rules: GenerationRules) {
    const banned = rules.badWords?.map((ids) => ({ ids, bias: -Infinity })) ?? [];
    this.ngramSize = rules.noRepeatNgramSize ?? 0;
    this.stopStrings = rules.stopStrings ?? [];
    this.#first = rules.beginSuppressTokens ?? [];
    this.mostBiases = mostListedBiases(rules);
    this.#always = (rules.suppressTokens ?? []).map((id) => [id, -Infinity] as const);
    for (const { ids, bias } of [...banned, ...(rules.sequenceBias ?? [])]) {
      const id = ids.at(-1);
      if (id !== undefined) this.#add({ before: ids.slice(0, -1), id, bias });
    }
  }

  #add(rule: BiasAfter): void {
    const previous = rule.before.at(-1);
    if (previous === undefined) {
      this.#always.push([rule.id, rule.bias]);
      return;
    }
    const others = this.#after.get(previous);
    if (others === undefined) this.#after.set(previous, [rule]);
    else others.push(rule);
  }

  /**
   * Biases of the token at position `length`; `fresh`: it is the answer's first. Costs what is
   * emitted, and a look at the sequences whose last token but one stands last.
   */
  each(tokenAt: TokenAt, length: number, fresh: boolean, emit: EmitBias): void {
    for (const [id, bias] of this.#always) emit(id, bias);
    if (fresh) for (const id of this.#first) emit(id, -Infinity);
    for (const { before, id, bias } of this.#after.get(tokenAt(length - 1)) ?? []) {
      if (endsWith(tokenAt, length, before)) emit(id, bias);
    }
  }
}

/** Whether the `length` tokens end with `ids`. */
function endsWith(tokenAt: TokenAt, length: number, ids: readonly number[]): boolean {
  const begin = length - ids.length;
  return begin >= 0 && ids.every((id, i) => tokenAt(begin + i) === id);
}

/** The most biases that the rules can give a draw. */
export function mostRuleBiases(
  rules: GenerationRules,
  vocabSize: number,
  contextLength: number,
): number {
  const ngrams = (rules.noRepeatNgramSize ?? 0) > 0 ? Math.min(vocabSize, contextLength) : 0;
  return mostListedBiases(rules) + ngrams;
}

/** Those of them that the rules list. */
function mostListedBiases(rules: GenerationRules): number {
  const { suppressTokens = [], beginSuppressTokens = [], badWords = [], sequenceBias = [] } = rules;
  const sequences = badWords.length + sequenceBias.length;
  return suppressTokens.length + beginSuppressTokens.length + sequences;
}
