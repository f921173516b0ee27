import type { ReasoningField } from '../../config.js';
import type { ChoiceDelta } from '../../engine/types.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import { chatLogprobs } from './chat-logprobs.js';
import type { ChunkWriter } from './chunk-writer.js';
import type { GenerationEvent } from './measured-events.js';
import { usageObject, type ChunkUsage } from './usage.js';

/** A thought under the names that --reasoning-field asks for. */
export function reasoningFields(field: ReasoningField, text: string): Record<string, string> {
  return {
    ...(field !== 'reasoning' && { reasoning_content: text }),
    ...(field !== 'reasoning_content' && { reasoning: text }),
  };
}

export interface ChatChunkOptions {
  readonly reasoningField: ReasoningField;
  /** Of the model where log-probabilities are wanted, else null. */
  readonly scoredWith: Tokenizer | null;
  /** Whether the last chunk has the usage. */
  readonly usageAtEnd: boolean;
}

/** Engine events as chat.completion.chunk objects, written as JSON. */
export class ChatChunks {
  readonly #writer: ChunkWriter;
  readonly #usage: ChunkUsage;
  readonly #options: ChatChunkOptions;

  constructor(writer: ChunkWriter, usage: ChunkUsage, options: ChatChunkOptions) {
    this.#writer = writer;
    this.#usage = usage;
    this.#options = options;
  }

  /** What a choice begins with. */
  role(index: number): string {
    return this.#chunk(index, { role: 'assistant', content: '', refusal: null });
  }

  of(event: GenerationEvent): string[] {
    switch (event.type) {
      case 'delta':
        return this.#pieces(event.delta);
      case 'end':
        return this.#options.usageAtEnd ? [this.#writer.writeUsage(usageObject(event.usage))] : [];
      case 'started':
      case 'promptScores':
        return [];
    }
  }

  #pieces(delta: ChoiceDelta): string[] {
    const { choice, text, reasoning, finish } = delta;
    this.#usage.add(delta);
    const pieces: string[] = [];
    const logprobs = this.#logprobs(delta);
    if (text !== '' || reasoning !== '' || logprobs !== null) {
      const { reasoningField } = this.#options;
      const thought = reasoning === '' ? null : reasoningFields(reasoningField, reasoning);
      const answer = text !== '' || reasoning === '' ? { content: text } : null;
      pieces.push(this.#chunk(choice, { ...thought, ...answer }, logprobs));
    }
    if (finish !== null) pieces.push(this.#chunk(choice, {}, null, finish.reason));
    return pieces;
  }

  #logprobs({ logprobs }: ChoiceDelta): object | null {
    const { scoredWith } = this.#options;
    return scoredWith === null || logprobs.length === 0 ? null : chatLogprobs(scoredWith, logprobs);
  }

  #chunk(
    index: number,
    delta: object,
    logprobs: object | null = null,
    finishReason: string | null = null,
  ): string {
    const choice = { index, delta, logprobs, finish_reason: finishReason };
    return this.#writer.write(choice, this.#usage.of(index));
  }
}
