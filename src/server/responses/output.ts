import { newId } from '../generation/request.js';

type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

interface ReasoningOutput {
  readonly type: 'reasoning';
  readonly id: string;
  readonly summary: readonly never[];
  readonly content: readonly { readonly type: 'reasoning_text'; readonly text: string }[];
  readonly status: ItemStatus;
}

interface MessageOutput {
  readonly type: 'message';
  readonly id: string;
  readonly role: 'assistant';
  readonly content: readonly TextPart[];
  readonly status: ItemStatus;
}

interface TextPart {
  readonly type: 'output_text';
  readonly text: string;
  readonly annotations: readonly never[];
  readonly logprobs: readonly never[];
}

export type OutputItem = ReasoningOutput | MessageOutput;

/** An event without what the connection adds to it: sequence number and lane. */
export type OutputEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * Turns the deltas of one choice into items and their events: a `reasoning` item first where the
 * model thinks, then the `message`. Each item has one part.
 */
export class ResponseOutput {
  readonly #done: OutputItem[] = [];
  #open: OpenItem | null = null;

  /** Items that have ended. */
  get items(): readonly OutputItem[] {
    return this.#done;
  }

  /** Events of what a step added. */
  *delta(reasoning: string, text: string): Generator<OutputEvent> {
    if (reasoning !== '') {
      const open = yield* this.#enter('reasoning');
      yield this.#append(open, 'response.reasoning_text.delta', reasoning, {});
    }
    if (text !== '') {
      const open = yield* this.#enter('message');
      yield this.#append(open, 'response.output_text.delta', text, { logprobs: [] });
    }
  }

  /**
   * Ends the open item. An answer of no text is still a message, unless the tokens ran out inside
   * the thought.
   */
  *end(status: 'completed' | 'incomplete'): Generator<OutputEvent> {
    if (status === 'completed' || this.#open === null) yield* this.#enter('message');
    yield* this.#close(status);
  }

  /** Returns the open item, after the events that make it one of this kind. */
  *#enter(kind: OpenItem['kind']): Generator<OutputEvent, OpenItem> {
    if (this.#open?.kind === kind) return this.#open;
    yield* this.#close('completed');
    const open = { kind, id: newId(kind === 'reasoning' ? 'rs' : 'msg'), text: '' };
    this.#open = open;
    yield {
      type: 'response.output_item.added',
      output_index: this.#done.length,
      item: item(open, [], 'in_progress'),
    };
    yield { type: 'response.content_part.added', ...this.#place(open), part: part(open) };
    return open;
  }

  #append(
    open: OpenItem,
    type: string,
    delta: string,
    extra: Readonly<Record<string, unknown>>,
  ): OutputEvent {
    open.text += delta;
    return { type, ...this.#place(open), delta, ...extra };
  }

  *#close(status: ItemStatus): Generator<OutputEvent> {
    const open = this.#open;
    if (open === null) return;
    yield open.kind === 'reasoning'
      ? { type: 'response.reasoning_text.done', ...this.#place(open), text: open.text }
      : { type: 'response.output_text.done', ...this.#place(open), text: open.text, logprobs: [] };
    yield { type: 'response.content_part.done', ...this.#place(open), part: part(open) };
    const ended = item(open, [part(open)], status);
    yield { type: 'response.output_item.done', output_index: this.#done.length, item: ended };
    this.#done.push(ended);
    this.#open = null;
  }

  #place({ id }: OpenItem) {
    return { item_id: id, output_index: this.#done.length, content_index: 0 };
  }
}

/** An item that still grows. */
interface OpenItem {
  readonly kind: 'reasoning' | 'message';
  readonly id: string;
  text: string;
}

type Part = ReturnType<typeof part>;

function part({ kind, text }: OpenItem) {
  return kind === 'reasoning'
    ? ({ type: 'reasoning_text', text } as const)
    : ({ type: 'output_text', text, annotations: [], logprobs: [] } as const);
}

function item({ kind, id }: OpenItem, content: readonly Part[], status: ItemStatus): OutputItem {
  return kind === 'reasoning'
    ? {
        type: 'reasoning',
        id,
        summary: [],
        content: content as ReasoningOutput['content'],
        status,
      }
    : { type: 'message', id, role: 'assistant', content: content as readonly TextPart[], status };
}
