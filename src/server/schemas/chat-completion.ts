import { Type, type Static } from './type.js';
import type { RequestLimits } from '../../config.js';
import {
  CACHE_IN_MEMORY,
  CLOSED,
  generationFields,
  label,
  modelName,
  NO_MODERATION,
  NO_VERBOSITY,
  onlyEmptyList,
  onlyNothing,
  refused,
  switchField,
  tokenCount,
} from './fields.js';
import { structureFields } from './structure.js';
import { Message } from './messages.js';
import { effort, thinkingFields } from './thinking.js';
import { voteField } from './vote.js';
import { chatToolChoice, chatTools, oldFunctionCall, oldFunctions } from './tools.js';

/** Arguments of a template that come from the request; vLLM's names. */
export const templateFields = () => ({
  chat_template_kwargs: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { maxProperties: 64 }),
  ),
  add_generation_prompt: switchField(),
  continue_final_message: switchField(),
});

/** The body of POST /v1/chat/completions. */
export function chatCompletionSchema(limits: RequestLimits) {
  return Type.Object(
    {
      model: modelName(),
      messages: Type.Array(Message, { minItems: 1 }),
      ...generationFields(limits, limits.maxChatStopStrings),
      ...structureFields(),
      max_tokens: tokenCount(1),
      /** Wins over max_tokens; lighteval sends both. */
      max_completion_tokens: tokenCount(1),
      logprobs: switchField(),
      top_logprobs: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.maxTopLogprobs })),
      ...templateFields(),
      ...thinkingFields(),
      reasoning_effort: effort(),
      vote: voteField(),

      tools: chatTools(),
      tool_choice: chatToolChoice(),
      parallel_tool_calls: switchField(),
      functions: oldFunctions(),
      function_call: oldFunctionCall(),

      // Labels, and values that ask for nothing.
      safety_identifier: label(),
      prompt_cache_key: label(),
      documents: onlyEmptyList('documents are not handed to templates'),
      modalities: Type.Optional(
        Type.Array(Type.Literal('text'), { unsupported: 'the only modality is "text"' }),
      ),
      verbosity: onlyNothing(NO_VERBOSITY, 'medium'),
      prompt_cache_retention: onlyNothing(CACHE_IN_MEMORY, 'in_memory', 'in-memory'),
      /** vLLM's: whether thoughts are told apart and shown, and whether a prompt is echoed. */
      include_reasoning: onlyNothing('thoughts are part of answers', true),
      echo: onlyNothing('a chat is not echoed', false),
      add_special_tokens: onlyNothing("a chat's special tokens come from its template", false),

      audio: refused('there is no audio output'),
      prediction: refused('predicted outputs are not built'),
      web_search_options: refused('there is no web search'),
      moderation: refused(NO_MODERATION),
      prompt_cache_options: refused(CACHE_IN_MEMORY),
    },
    CLOSED,
  );
}

export type ChatCompletionBody = Static<ReturnType<typeof chatCompletionSchema>>;
