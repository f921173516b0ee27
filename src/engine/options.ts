/** What an engine is started with. Everything here can be posted to a thread. */
import {
  KV_BLOCK_TOKENS,
  type BatchLimits,
  type LoadOptions,
  type ModelLoad,
  type PackedCacheOptions,
} from '../native/addon.js';
import { MAX_END_IDS } from '../model/end-ids.js';
import type { GenerationRules } from '../model/generation-defaults.js';
import type { ModelSource } from '../model/model-source.js';
import type { Speculate } from '../config.js';
import type { TokenTable } from '../tokenizer/tokenizer.js';
import { mostRuleBiases } from './token-rules.js';

export interface EngineOptions extends Pick<
  LoadOptions,
  'compute' | 'kvCacheType' | 'quantize' | 'threads' | 'cpus' | 'kvBlocks' | 'isa'
> {
  /** `spec.contextLength` is the length that is served. */
  readonly source: Pick<ModelSource, 'files' | 'spec' | 'tensors'>;
  /** `LoadOptions.pin`; false unless told otherwise. */
  readonly pin?: boolean;
  /** What the checkpoint asks of every answer. */
  readonly rules?: GenerationRules;
  /** Sequences that a step may advance. */
  readonly maxNumSeqs: number;
  /** Ceiling of a step's rows; a step always has room for one row of each sequence. */
  readonly maxNumBatchedTokens: number;
  /** What a step may take while another sequence decodes or waits. */
  readonly maxStepMs: number;
  /** Tokens that are drafted; `off` unless told otherwise. No answer depends on it. */
  readonly speculate?: Speculate;
  /** Requests that may wait for a place. */
  readonly maxQueue: number;
  /** Prompt tokens that the waiting requests may have together; a lone one is never refused. */
  readonly maxQueueTokens?: number;
  readonly prefixCaching: boolean;
  /** Memory of the grammars' automata that are kept; MAX_AUTOMATON_BYTES unless told otherwise. */
  readonly maxAutomatonBytes?: number;
  /** None unless told otherwise. */
  readonly packedCache?: PackedCacheOptions;
  /** URL of a module that exports `loadAddon(): Addon`; the native addon unless told otherwise. */
  readonly addonModule?: string;
  /** Bytes buffered for a choice beyond what its reader has taken before it pauses. */
  readonly maxBufferedBytes?: number;
}

/** What an engine takes from the tokenizer, which may be made while the weights are loaded. */
export interface Vocabulary {
  readonly tokenTable: TokenTable;
  /** Every id that ends an answer. */
  readonly eosIds: readonly number[];
}

/** What decides the sizes of a step. */
export type StepOptions = Pick<
  EngineOptions,
  'source' | 'rules' | 'maxNumSeqs' | 'maxNumBatchedTokens' | 'speculate'
>;

/** What decides how the addon loads the model. */
export type ModelOptions = Pick<
  EngineOptions,
  | 'source'
  | 'compute'
  | 'kvCacheType'
  | 'quantize'
  | 'threads'
  | 'cpus'
  | 'pin'
  | 'kvBlocks'
  | 'isa'
  | 'maxNumSeqs'
  | 'maxNumBatchedTokens'
>;

export const DEFAULT_MAX_BUFFERED_BYTES = 1 << 20;

/** The largest n. */
export const MAX_SAMPLES = 1024;

/** Entries of a request's logit_bias and stop ids together. */
export const MAX_BIAS_ENTRIES = 2048;

/** The most rows of drafted tokens in a step, all sequences together. */
export const MAX_DRAFT_ROWS = 64;
/** Counts, and biases, that the draws of these rows may have together. */
export const DRAFT_LIST_ENTRIES = 1 << 16;

/** Biases that a draw may have: the request's, the ends of an answer, the checkpoint's rules. */
function biasEntries({ rules = {}, source }: StepOptions): number {
  const { vocabSize, contextLength } = source.spec;
  return MAX_BIAS_ENTRIES + MAX_END_IDS + mostRuleBiases(rules, vocabSize, contextLength);
}

/** Blocks that hold `tokens` positions. */
export function blocksFor(tokens: number): number {
  return Math.ceil(tokens / KV_BLOCK_TOKENS);
}

/** Sizes of a step's arrays: the most that the scheduler can put into one step. */
export function batchLimits(options: StepOptions): BatchLimits {
  const { maxNumSeqs, source, speculate = 'off' } = options;
  const { contextLength, vocabSize } = source.spec;
  const rows = maxRows(options);
  const [draftRows, draftEntries] =
    speculate === 'off' ? [0, 0] : [MAX_DRAFT_ROWS, DRAFT_LIST_ENTRIES];
  return {
    rows,
    sequences: maxNumSeqs,
    blockTableEntries: maxNumSeqs * blocksFor(contextLength),
    draws: maxNumSeqs + draftRows,
    countEntries: maxNumSeqs * Math.min(vocabSize, contextLength) + draftEntries,
    biasEntries: maxNumSeqs * biasEntries(options) + draftEntries,
    maskWords: (maxNumSeqs + draftRows) * Math.ceil(vocabSize / 32),
    scores: rows,
  };
}

/** Rows of the largest step: decoding every sequence must always be possible. */
export function maxRows(
  options: Pick<EngineOptions, 'maxNumBatchedTokens' | 'maxNumSeqs'>,
): number {
  return Math.max(options.maxNumBatchedTokens, options.maxNumSeqs);
}

/** What the addon is asked to load, and before that to measure. */
export function modelLoad(options: ModelOptions): ModelLoad {
  const {
    source,
    compute,
    kvCacheType,
    quantize,
    threads,
    cpus,
    pin = false,
    kvBlocks,
    isa,
  } = options;
  const { files, spec, tensors } = source;
  return {
    ...{ files, spec, tensors, compute, kvCacheType, quantize, threads, cpus, pin, kvBlocks, isa },
    maxRows: maxRows(options),
  };
}
