import type { ReasoningField } from '../../config.js';
import type { GenerationRequest } from '../../engine/types.js';
import type { ServerContext } from '../context.js';
import type { ToolPlan } from '../../tools/tool-plan.js';
import { answeredName, type ServedModel } from '../served-model.js';
import type { SseBody } from '../sse-body.js';
import type { VotedEvent } from '../voting/voted-events.js';
import { callShape, type CallShape } from './call-shape.js';
import { ChatChunks, reasoningFields } from './chat-chunks.js';
import { chatLogprobs } from './chat-logprobs.js';
import { ChunkWriter } from './chunk-writer.js';
import type { Collected, CollectedChoice } from './collect.js';
import { endingFields } from './ending-fields.js';
import { answeredParts } from './tool-answer.js';
import { ChunkUsage, usageObject, type UsageOptions } from './usage.js';

/** What of a chat request shapes its answer. */
export interface ChatAnswerFields {
  model?: string;
  logprobs?: boolean;
  stream_options?: UsageOptions;
  functions?: readonly unknown[];
}

/** Writes engine events as a chat.completion object, or streams them in chunks. */
export class ChatAnswer {
  readonly #model: ServedModel;
  readonly #head;
  readonly #withLogprobs: boolean;
  readonly #usage: UsageOptions | undefined;
  readonly #reasoningField: ReasoningField;
  readonly #tools: ToolPlan | null;
  readonly #calls: CallShape;

  constructor(
    context: ServerContext,
    model: ServedModel,
    fields: ChatAnswerFields,
    { id, tools }: { readonly id: string; readonly tools: ToolPlan | null },
  ) {
    this.#model = model;
    this.#tools = tools;
    this.#calls = callShape((fields.functions ?? []).length > 0);
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
      ...(collected.vote !== null && { vote: collected.vote }),
    };
  }

  #choice(choice: CollectedChoice, index: number) {
    const { text, calls } = answeredParts(this.#tools, choice);
    const called = calls.length > 0;
    return {
      index,
      message: {
        role: 'assistant',
        content: called && text === '' ? null : text,
        refusal: null,
        ...(called && this.#calls.whole(calls)),
        ...(choice.reasoning !== '' && reasoningFields(this.#reasoningField, choice.reasoning)),
      },
      logprobs: this.#withLogprobs ? chatLogprobs(this.#model.tokenizer, choice.logprobs) : null,
      finish_reason: this.#calls.finishReason(choice.finish, called),
      ...endingFields(choice.repetition, choice.thoughtEnd),
    };
  }

  /** Streams chunks: the role of every choice, its pieces, its finish, last the usage. */
  async stream(
    body: SseBody,
    events: AsyncIterable<VotedEvent>,
    { n, promptIds }: Pick<GenerationRequest, 'n' | 'promptIds'>,
  ): Promise<void> {
    const writer = new ChunkWriter({ ...this.#head, object: 'chat.completion.chunk' });
    const chunks = new ChatChunks(writer, new ChunkUsage(this.#usage, promptIds.length), {
      reasoningField: this.#reasoningField,
      scoredWith: this.#withLogprobs ? this.#model.tokenizer : null,
      usageAtEnd: this.#usage?.include_usage === true,
      calls: this.#calls,
      tools: this.#tools,
    });
    for (let index = 0; index < n; index++) await body.send(chunks.role(index));
    await body.sendEach(events, (event) => chunks.of(event));
  }
}
