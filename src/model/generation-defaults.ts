/** What a checkpoint asks of every answer, as generation_config.json gives it. */
import type { SamplingNumbers } from './sampling-parameters.js';

/** A bias on a token that follows others. */
export interface SequenceBias {
  /** At least one: the bias is the last one's, where the others stand before it. */
  readonly ids: readonly number[];
  /** Added to the logit. */
  readonly bias: number;
}

/**
 * What generation_config.json asks of every answer, beyond a request's parameters. Tokens are those
 * of prompt and answer together. Absent members ask for nothing.
 */
export interface GenerationRules {
  /** End an answer as a request's own stop strings do. */
  readonly stopStrings?: readonly string[];
  /** Never drawn. */
  readonly suppressTokens?: readonly number[];
  /** Never drawn as an answer's first token. */
  readonly beginSuppressTokens?: readonly number[];
  /** Of several tokens each: the last is never drawn after the others. */
  readonly badWords?: readonly (readonly number[])[];
  readonly sequenceBias?: readonly SequenceBias[];
  /** No sequence of this many tokens comes twice. */
  readonly noRepeatNgramSize?: number;
}

/** The checkpoint's defaults; what it does not give is absent. `do_sample` false is temperature 0. */
export interface GenerationDefaults extends GenerationRules, Partial<SamplingNumbers> {
  /** Tokens of an answer whose request gives no limit. */
  readonly maxNewTokens?: number;
  readonly minNewTokens?: number;
}
