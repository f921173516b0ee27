import type { ReasoningField } from '../../config.js';
import type { ChoiceDelta } from '../../engine/types.js';
import type { ServedModel, ServerContext } from '../context.js';
import { chatLogprobs } from './chat-logprobs.js';
import type { Collected, CollectedChoice } from './collect.js';
import type { GenerationEvent } from './run.js';
import { usageObject } from './usage.js';

/** What of a chat request shapes its answer. */
export interface ChatAnswerFields {
  logprobs?: boolean;
  stream_options?: { include_usage?: boolean };
}

/** A thought under the names that --reasoning-field asks for. */
export function reasoningFields(field: ReasoningField, text: string): Record<string, string> {
  return {
    ...(field !== 'reasoning' && { reasoning_content: text }),
    ...(field !== 'reasoning_content' && { reasoning: text }),
  };
}

/** Writes engine events as chat.completion objects, whole or in chunks. */
export class ChatAnswer {
  private readonly head;
  private readonly withLogprobs: boolean;
  private readonly withUsage: boolean;
  private readonly reasoningField: ReasoningField;

  constructor(
    context: ServerContext,
    private readonly model: ServedModel,
    fields: ChatAnswerFields,
    id: string,
  ) {
    this.head = {
      id,
      created: Math.floor(Date.now() / 1000),
      model: model.names[0],
      system_fingerprint: model.fingerprint,
    };
    this.withLogprobs = fields.logprobs === true;
    this.withUsage = fields.stream_options?.include_usage === true;
    this.reasoningField = context.config.reasoningField;
  }

  whole(collected: Collected) {
    return {
      ...this.head,
      object: 'chat.completion',
      choices: collected.choices.map((choice, index) => this.choice(choice, index)),
      usage: usageObject(collected.usage),
    };
  }

  private choice(choice: CollectedChoice, index: number) {
    return {
      index,
      message: {
        role: 'assistant',
        content: choice.text,
        refusal: null,
        ...(choice.reasoning !== '' && reasoningFields(this.reasoningField, choice.reasoning)),
      },
      logprobs: this.withLogprobs ? chatLogprobs(this.model.tokenizer, choice.logprobs) : null,
      finish_reason: choice.finish,
    };
  }

  /** The chunks of a stream: the role of every choice, its pieces, its finish, last the usage. */
  async *chunks(events: AsyncIterable<GenerationEvent>, n: number): AsyncGenerator<object> {
    for (let index = 0; index < n; index++) {
      yield this.chunk(index, { role: 'assistant', content: '', refusal: null });
    }
    for await (const event of events) {
      if (event.type === 'delta') yield* this.pieces(event.delta);
      else if (event.type === 'end' && this.withUsage) {
        yield {
          ...this.head,
          object: 'chat.completion.chunk',
          choices: [],
          usage: usageObject(event.usage),
        };
      }
    }
  }

  private *pieces({ choice, text, reasoning, logprobs, finish }: ChoiceDelta): Generator<object> {
    const scored = this.withLogprobs && logprobs.length > 0;
    if (text !== '' || reasoning !== '' || scored) {
      yield this.chunk(
        choice,
        {
          ...(reasoning !== '' && reasoningFields(this.reasoningField, reasoning)),
          ...((text !== '' || reasoning === '') && { content: text }),
        },
        scored ? chatLogprobs(this.model.tokenizer, logprobs) : null,
      );
    }
    if (finish !== null) yield this.chunk(choice, {}, null, finish.reason);
  }

  private chunk(
    index: number,
    delta: object,
    logprobs: object | null = null,
    finishReason: string | null = null,
  ) {
    return {
      ...this.head,
      object: 'chat.completion.chunk',
      choices: [{ index, delta, logprobs, finish_reason: finishReason }],
      ...(this.withUsage && { usage: null }),
    };
  }
}
