import { KingletError } from '../errors.js';
import { ANY_SINGLE, isWhole, SAMPLING_ROWS } from '../model/sampling-parameters.js';
import {
  contextLengthExceeded,
  emptyPrompt,
  noSuchToken,
  tokensRequested,
} from '../errors/requests.js';
import { MAX_TOP_LOGPROBS } from '../native/addon.js';
import { MAX_PATTERN_TOKENS, type RepetitionLimits } from './control/repetition-watch.js';
import { blocksFor, MAX_BIAS_ENTRIES, MAX_SAMPLES, type EngineOptions } from './options.js';
import type { GenerationRequest } from './types.js';

/** Beyond what any context holds. */
const MAX_REPETITIONS = 2 ** 20;

function invalid(message: string): KingletError {
  return new KingletError('invalid_value', message);
}

function checkCount(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${name} is ${value}; a whole number from ${min} to ${max} is needed.`);
  }
}

function checkRange(name: string, value: number, min: number, max: number): void {
  // The addon takes single precision, in which a tiny number is 0 and a huge one infinite.
  const single = Math.fround(value);
  if (!(single >= min && single <= max)) {
    throw invalid(`${name} is ${value}; a number from ${min} to ${max} is needed.`);
  }
}

function checkIds(name: string, ids: Iterable<number>, vocabSize: number): void {
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
      throw noSuchToken(name, id, vocabSize);
    }
  }
}

function checkThought({ thought }: GenerationRequest, vocabSize: number): void {
  if (thought === null) return;
  const { budget, closing, answerTokens } = thought;
  if (budget !== null) checkCount('thought budget', budget, 0, Number.MAX_SAFE_INTEGER);
  checkCount('answer tokens', answerTokens, 0, Number.MAX_SAFE_INTEGER);
  checkIds('end of a thought', closing, vocabSize);
}

function checkRepetition(limits: RepetitionLimits | null): void {
  if (limits === null) return;
  const { maxPatternSize, minPatternSize, minCount, minTokens } = limits;
  checkCount('max_pattern_size', maxPatternSize, 0, MAX_PATTERN_TOKENS);
  checkCount('min_pattern_size', minPatternSize, 1, Math.max(1, maxPatternSize));
  checkCount('min_count', minCount, 2, MAX_REPETITIONS);
  checkCount('min_tokens', minTokens, 0, MAX_REPETITIONS);
}

/**
 * Refuses what the engine could never run, before it is queued: the last line of defence behind
 * the server's schemas. Throws `context_length_exceeded` or `invalid_value`.
 */
export function checkRequest(request: GenerationRequest, options: EngineOptions): void {
  const { contextLength, vocabSize } = options.source.spec;
  const { promptIds, maxTokens, minTokens, sampling } = request;
  if (promptIds.length === 0) throw emptyPrompt('prompt');
  checkCount('n', request.n, 1, MAX_SAMPLES);
  checkCount('max_tokens', maxTokens, 0, Number.MAX_SAFE_INTEGER);
  checkCount('min_tokens', minTokens, 0, maxTokens);
  const length = promptIds.length + maxTokens;
  if (length > contextLength) {
    throw contextLengthExceeded(
      contextLength,
      tokensRequested(length, promptIds.length, maxTokens),
      null,
    );
  }
  if (blocksFor(length) > options.kvBlocks) {
    throw new KingletError(
      'context_length_exceeded',
      `The KV cache holds ${options.kvBlocks} blocks; the request needs ` +
        `${blocksFor(length)} for ${promptIds.length} prompt tokens and ${maxTokens} to generate. ` +
        'A larger --kv-memory makes room.',
    );
  }
  checkIds('prompt', promptIds, vocabSize);
  checkIds('stop_token_ids', request.stopTokenIds, vocabSize);
  checkIds('shown tokens', request.shownTokens, vocabSize);
  checkThought(request, vocabSize);
  checkRepetition(request.repetition);
  checkIds(
    'logit_bias',
    sampling.logitBias.map(([id]) => id),
    vocabSize,
  );
  const biases = sampling.logitBias.length + request.stopTokenIds.length;
  if (biases > MAX_BIAS_ENTRIES) {
    throw invalid(
      `logit_bias and stop_token_ids have ${biases} entries; at most ${MAX_BIAS_ENTRIES} are possible.`,
    );
  }
  for (const [id, bias] of sampling.logitBias) {
    checkRange(`logit_bias of token ${id}`, bias, ANY_SINGLE.least, ANY_SINGLE.most);
  }
  for (const [name, parameter] of SAMPLING_ROWS) {
    const check = isWhole(parameter) ? checkCount : checkRange;
    check(parameter.field, sampling[name], parameter.engine.least, parameter.engine.most);
  }
  for (const top of [request.topLogprobs, request.promptTopLogprobs]) {
    if (top !== null) checkCount('top_logprobs', top, 0, MAX_TOP_LOGPROBS);
  }
}
