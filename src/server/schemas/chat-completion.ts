import Type, { type Static } from 'typebox';
import type { RequestLimits } from '../../config.js';
import {
  CLOSED,
  generationFields,
  label,
  NO_TOOLS,
  refused,
  switchField,
  tokenCount,
} from './fields.js';
import { Message } from './messages.js';

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
      model: Type.String(),
      messages: Type.Array(Message, { minItems: 1 }),
      ...generationFields(limits, limits.maxChatStopStrings),
      max_tokens: tokenCount(1),
      /** Wins over max_tokens; lighteval sends both. */
      max_completion_tokens: tokenCount(1),
      logprobs: switchField(),
      top_logprobs: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.maxTopLogprobs })),
      ...templateFields(),

      // Labels, and values that ask for nothing.
      safety_identifier: label(),
      metadata: Type.Optional(Type.Record(Type.String(), Type.String(), { maxProperties: 16 })),
      prompt_cache_key: label(),
      parallel_tool_calls: switchField(),
      tools: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0, unsupported: NO_TOOLS })),
      tool_choice: Type.Optional(Type.Literal('none', { unsupported: NO_TOOLS })),
      response_format: Type.Optional(
        Type.Object(
          { type: Type.Literal('text') },
          { ...CLOSED, unsupported: 'answers are plain text; structured output is not built yet' },
        ),
      ),
      store: Type.Optional(Type.Literal(false, { unsupported: 'nothing is stored' })),
      service_tier: Type.Optional(
        Type.Enum(['auto', 'default'], { unsupported: 'there is one tier' }),
      ),
      modalities: Type.Optional(
        Type.Array(Type.Literal('text'), { unsupported: 'the only modality is "text"' }),
      ),

      reasoning_effort: refused('the effort of a thought cannot be set yet'),
      verbosity: refused('the length of answers cannot be set'),
      audio: refused('there is no audio output'),
      prediction: refused('predicted outputs are not built'),
      web_search_options: refused('there is no web search'),
      functions: refused(NO_TOOLS),
      function_call: refused(NO_TOOLS),
      moderation: refused('there is no moderation'),
      prompt_cache_retention: refused('the prefix cache keeps what fits'),
      prompt_cache_options: refused('the prefix cache keeps what fits'),
    },
    CLOSED,
  );
}

export type ChatCompletionBody = Static<ReturnType<typeof chatCompletionSchema>>;
