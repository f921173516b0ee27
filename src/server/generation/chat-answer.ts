import type { ReasoningField } from '../../config.js';
import type { GenerationRequest } from '../../engine/types.js';
import type { ServerContext } from '../context.js';
import { answeredName, type ServedModel } from '../served-model.js';
import type { SseBody } from '../sse-body.js';
import { ChatChunks, reasoningFields } from './chat-chunks.js';
import { chatLogprobs } from './chat-logprobs.js';
import { ChunkWriter } from './chunk-writer.js';
import type { Collected, CollectedChoice } from './collect.js';
import type { GenerationEvent } from './measured-events.js';
import { ChunkUsage, usageObject, type UsageOptions } from './usage.js';

/** What of a chat request shapes its answer. */
export interface ChatAnswerFields {
  model?: string;
  logprobs?: boolean;
  stream_options?: UsageOptions;
}

/** Writes engine events as a chat.completion object, or streams them in chunks. */
export class ChatAnswer {
  readonly #model: ServedModel;
  readonly #head;
  readonly #withLogprobs: boolean;
  readonly #usage: UsageOptions | undefined;
  readonly #reasoningField: ReasoningField;

  constructor(context: ServerContext, model: ServedModel, fields: ChatAnswerFields, id: string) {
    this.#model = model;
    this.#head = {
      id,
      created: Math.floor(Date.now() / 1000),
      model: answeredName(model, fields.model),
      system_fingerprint: model.fingerprint,
    };
    this.#withLogprobs = fields.logprobs === true;
    this.#usage = fields.stream_options;
    this.#reasoningField = context.config.reasoningField;
  }

  whole(collected: Collected) {
    return {
      ...this.#head,
      object: 'chat.completion',
      choices: collected.choices.map((choice, index) => this.#choice(choice, index)),
      usage: usageObject(collected.usage),
    };
  }

  #choice(choice: CollectedChoice, index: number) {
    return {
      index,
      message: {
        role: 'assistant',
        content: choice.text,
        refusal: null,
        ...(choice.reasoning !== '' && reasoningFields(this.#reasoningField, choice.reasoning)),
      },
      logprobs: this.#withLogprobs ? chatLogprobs(this.#model.tokenizer, choice.logprobs) : null,
      finish_reason: choice.finish,
    };
  }

  /** Streams chunks: the role of every choice, its pieces, its finish, last the usage. */
  async stream(
    body: SseBody,
    events: AsyncIterable<GenerationEvent>,
    { n, promptIds }: Pick<GenerationRequest, 'n' | 'promptIds'>,
  ): Promise<void> {
    const writer = new ChunkWriter({ ...this.#head, object: 'chat.completion.chunk' });
    const chunks = new ChatChunks(writer, new ChunkUsage(this.#usage, promptIds.length), {
      reasoningField: this.#reasoningField,
      scoredWith: this.#withLogprobs ? this.#model.tokenizer : null,
      usageAtEnd: this.#usage?.include_usage === true,
    });
    for (let index = 0; index < n; index++) await body.send(chunks.role(index));
    await body.sendEach(events, (event) => chunks.of(event));
  }
}
