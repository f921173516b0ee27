import { randomBytes } from 'node:crypto';
import type { RepetitionLimits } from '../../engine/control/repetition-watch.js';
import type {
  GenerationRequest,
  GrammarUse,
  ReasoningTags,
  ThoughtLimits,
} from '../../engine/types.js';
import {
  checkBytes,
  contextLengthExceeded,
  emptyPrompt,
  invalidValue,
  tokensRequested,
} from '../../errors/requests.js';
import type { ToolPlan } from '../../tools/tool-plan.js';
import type { ServedModel } from '../served-model.js';
import { checkTokenIds } from './prompt-ids.js';
import { markerTokens } from './spelled-calls.js';
import { samplingParams, type SamplingFields } from './sampling.js';

/** The fields of a request that say when a choice ends, and how tokens are drawn. */
interface GenerationFields extends SamplingFields {
  n?: number;
  stop?: string | string[];
  stop_token_ids?: number[];
  min_tokens?: number;
  ignore_eos?: boolean;
}

export interface GenerationPlan {
  readonly id: string;
  readonly promptIds: Int32Array;
  readonly fields: GenerationFields;
  /** The request's own limit, or null where it gives none. */
  readonly maxTokens: number | null;
  /** The limit of a request without one, as far as the context has room; null: all the room. */
  readonly defaultMaxTokens: number | null;
  /** The request field that gave maxTokens, for errors. */
  readonly maxTokensField: string;
  /** The request field that gave the prompt, for errors. */
  readonly promptField: string;
  readonly topLogprobs: number | null;
  readonly promptTopLogprobs: number | null;
  readonly reasoning: ReasoningTags | null;
  /** How long a thought may be, given what thought and answer may use; null: there is none. */
  readonly thought: ((maxTokens: number) => ThoughtLimits) | null;
  readonly repetition: RepetitionLimits | null;
  readonly grammar: GrammarUse | null;
  /** What the model may call; null: nothing. */
  readonly tools: ToolPlan | null;
  readonly cacheSalt: string;
  readonly maxStopBytes: number;
}

/**
 * An id such as chatcmpl-6f0c… or resp_6f0c…, 128 random bits, which nobody guesses; what joins its parts
 * is OpenAI's.
 */
export function newId(prefix: 'chatcmpl' | 'cmpl' | 'resp' | 'msg' | 'rs' | 'call' | 'fc'): string {
  const joint = prefix === 'chatcmpl' || prefix === 'cmpl' ? '-' : '_';
  return `${prefix}${joint}${randomBytes(16).toString('hex')}`;
}

/**
 * What the engine is asked for. Throws `context_length_exceeded` with the counts where prompt and
 * answer do not fit, and `invalid_value` for what only the model can tell to be wrong.
 */
export function generationRequest(model: ServedModel, plan: GenerationPlan): GenerationRequest {
  const { fields, promptIds } = plan;
  const maxTokens = fittingTokens(model.contextLength, plan);
  const minTokens = fields.min_tokens ?? Math.min(maxTokens, model.defaults.minNewTokens ?? 0);
  if (minTokens > maxTokens) {
    throw invalidValue(
      'min_tokens',
      `${minTokens} is more than the ${maxTokens} tokens of the answer`,
    );
  }
  const stopTokenIds = fields.stop_token_ids ?? [];
  checkTokenIds(stopTokenIds, model.vocabSize, 'stop_token_ids');
  return {
    id: plan.id,
    promptIds,
    n: fields.n ?? 1,
    sampling: samplingParams(fields, model.defaults, model.vocabSize),
    maxTokens,
    minTokens,
    stop: stopStrings(fields.stop, plan.maxStopBytes),
    stopTokenIds,
    ignoreEos: fields.ignore_eos ?? false,
    shownTokens: plan.tools === null ? [] : markerTokens(model.tokenizer, plan.tools.family),
    topLogprobs: plan.topLogprobs,
    promptTopLogprobs: plan.promptTopLogprobs,
    reasoning: plan.reasoning,
    thought: plan.reasoning === null ? null : (plan.thought?.(maxTokens) ?? null),
    repetition: plan.repetition,
    grammar: plan.grammar,
    cacheSalt: plan.cacheSalt,
  };
}

/** Tokens that the answer may have; nothing that was asked for is cut to make it fit. */
function fittingTokens(contextLength: number, plan: GenerationPlan): number {
  const prompt = plan.promptIds.length;
  if (prompt === 0) throw emptyPrompt(plan.promptField);
  const room = Math.max(1, contextLength - prompt);
  const wanted = plan.maxTokens ?? Math.min(plan.defaultMaxTokens ?? room, room);
  if (prompt + wanted <= contextLength) return wanted;
  throw contextLengthExceeded(
    contextLength,
    tokensRequested(prompt + wanted, prompt, plan.maxTokens),
    {
      promptField: plan.promptField,
      answerField: plan.maxTokens === null ? null : plan.maxTokensField,
    },
  );
}

function stopStrings(stop: string | readonly string[] | undefined, maxBytes: number): string[] {
  const strings = stop === undefined ? [] : typeof stop === 'string' ? [stop] : [...stop];
  strings.forEach((text, i) => {
    const field = typeof stop === 'string' ? 'stop' : `stop[${i}]`;
    checkBytes(field, Buffer.byteLength(text), maxBytes);
  });
  return strings;
}
