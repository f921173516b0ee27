import type { RequestUsage } from '../../engine/types.js';
import type { OutputItem } from './output.js';
import type { ResponseCreate } from './schema.js';

/** What stays the same from the first event of a response to its last. */
export interface ResponseHead {
  readonly id: string;
  readonly model: string;
  readonly request: ResponseCreate;
  /** As they were applied: the request's, else the checkpoint's. */
  readonly temperature: number;
  readonly topP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

export interface ResponseProgress {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly OutputItem[];
  readonly usage: RequestUsage | null;
  readonly error?: string;
  /** Fields beside OpenAI's. */
  readonly additions?: object;
}

/**
 * OpenAI's Response object, with every field that the Open Responses specification demands: null
 * where nothing applies.
 */
export function responseObject(head: ResponseHead, progress: ResponseProgress) {
  const { request } = head;
  const { status, usage } = progress;
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAt,
    completed_at: status === 'completed' ? Math.floor(Date.now() / 1000) : null,
    status,
    background: false,
    error: progress.error === undefined ? null : { code: 'server_error', message: progress.error },
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: request.instructions ?? null,
    frequency_penalty: head.frequencyPenalty,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata: request.metadata ?? {},
    model: head.model,
    output: progress.output,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    presence_penalty: head.presencePenalty,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: 'default',
    store: false,
    temperature: head.temperature,
    text: { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map((tool) => ({
      type: 'function',
      name: tool.name,
      description: tool.description ?? null,
      parameters: tool.parameters ?? null,
      strict: tool.strict ?? false,
    })),
    top_logprobs: 0,
    top_p: head.topP,
    truncation: 'disabled',
    usage: usage === null ? null : responseUsage(usage),
    user: request.user ?? null,
    ...progress.additions,
  };
}

function responseUsage(usage: RequestUsage) {
  return {
    input_tokens: usage.promptTokens,
    // Writing to the cache costs nothing here, so no writes are counted.
    input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: 0 },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.promptTokens + usage.completionTokens,
  };
}
