import type { ReasoningField } from '../../config.js';
import type { ChoiceDelta, GenerationRequest } from '../../engine/types.js';
import type { ServerContext } from '../context.js';
import { answeredName, type ServedModel } from '../served-model.js';
import { chatLogprobs } from './chat-logprobs.js';
import type { Collected, CollectedChoice } from './collect.js';
import type { GenerationEvent } from './run.js';
import { ChunkUsage, usageObject, type UsageOptions } from './usage.js';

/** What of a chat request shapes its answer. */
export interface ChatAnswerFields {
  model?: string;
  logprobs?: boolean;
  stream_options?: UsageOptions;
}

/** A thought under the names that --reasoning-field asks for. */
function reasoningFields(field: ReasoningField, text: string): Record<string, string> {
  return {
    ...(field !== 'reasoning' && { reasoning_content: text }),
    ...(field !== 'reasoning_content' && { reasoning: text }),
  };
}

/** Writes engine events as chat.completion objects, whole or in chunks. */
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

  /** The chunks of a stream: the role of every choice, its pieces, its finish, last the usage. */
  async *chunks(
    events: AsyncIterable<GenerationEvent>,
    { n, promptIds }: Pick<GenerationRequest, 'n' | 'promptIds'>,
  ): AsyncGenerator<object> {
    const usage = new ChunkUsage(this.#usage, promptIds.length);
    for (let index = 0; index < n; index++) {
      const delta = { role: 'assistant', content: '', refusal: null };
      yield this.#chunk(index, delta, usage);
    }
    for await (const event of events) {
      if (event.type === 'delta') {
        usage.add(event.delta);
        yield* this.#pieces(event.delta, usage);
      } else if (event.type === 'end' && this.#usage?.include_usage === true) {
        yield {
          ...this.#head,
          object: 'chat.completion.chunk',
          choices: [],
          usage: usageObject(event.usage),
        };
      }
    }
  }

  *#pieces(delta: ChoiceDelta, usage: ChunkUsage): Generator<object> {
    const { choice, text, reasoning, logprobs, finish } = delta;
    const scored = this.#withLogprobs && logprobs.length > 0;
    if (text !== '' || reasoning !== '' || scored) {
      yield this.#chunk(
        choice,
        {
          ...(reasoning !== '' && reasoningFields(this.#reasoningField, reasoning)),
          ...((text !== '' || reasoning === '') && { content: text }),
        },
        usage,
        scored ? chatLogprobs(this.#model.tokenizer, logprobs) : null,
      );
    }
    if (finish !== null) yield this.#chunk(choice, {}, usage, null, finish.reason);
  }

  #chunk(
    index: number,
    delta: object,
    usage: ChunkUsage,
    logprobs: object | null = null,
    finishReason: string | null = null,
  ) {
    return {
      ...this.#head,
      object: 'chat.completion.chunk',
      choices: [{ index, delta, logprobs, finish_reason: finishReason }],
      ...usage.of(index),
    };
  }
}
