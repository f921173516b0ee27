import type { ChoiceDelta, RequestUsage } from '../../engine/types.js';

export const NO_USAGE: RequestUsage = {
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
};

export function sumUsage(a: RequestUsage, b: RequestUsage): RequestUsage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  };
}

/** Token counts as OpenAI's answers carry them. */
export function usageObject(usage: RequestUsage) {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** What a stream carries of token counts; vLLM's names. */
export interface UsageOptions {
  readonly include_usage?: boolean;
  readonly continuous_usage_stats?: boolean;
}

/**
 * The `usage` of a stream's chunks, for one prompt: the counts of the chunk's choice so far where
 * every chunk has them, null where only the last one does, and no field without either.
 */
export class ChunkUsage {
  readonly #options: UsageOptions | undefined;
  readonly #promptTokens: number;
  /** By choice. */
  readonly #completionTokens = new Map<number, number>();

  constructor(options: UsageOptions | undefined, promptTokens: number) {
    this.#options = options;
    this.#promptTokens = promptTokens;
  }

  add({ choice, tokenIds }: ChoiceDelta): void {
    const before = this.#completionTokens.get(choice) ?? 0;
    this.#completionTokens.set(choice, before + tokenIds.length);
  }

  /** The usage of a chunk that belongs to a choice; undefined where it has no such field. */
  of(choice: number): object | null | undefined {
    if (this.#options?.continuous_usage_stats === true) {
      const completionTokens = this.#completionTokens.get(choice) ?? 0;
      return {
        prompt_tokens: this.#promptTokens,
        completion_tokens: completionTokens,
        total_tokens: this.#promptTokens + completionTokens,
      };
    }
    return this.#options?.include_usage === true ? null : undefined;
  }
}
