import { newId } from '../generation/request.js';
import type { AnswerPiece } from '../generation/tool-answer.js';

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

interface FunctionCallOutput {
  readonly type: 'function_call';
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
  readonly status: ItemStatus;
}

export type OutputItem = ReasoningOutput | MessageOutput | FunctionCallOutput;

/** An event without what the connection adds to it: sequence number and lane. */
export type OutputEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * Turns the pieces of one choice into items and their events: a `reasoning` item first where the
 * model thinks, then a `message` for words and a `function_call` for each call, in their order.
 * The former two have one part each.
 */
export class ResponseOutput {
  readonly #done: OutputItem[] = [];
  #open: OpenItem | null = null;
  #called = false;

  /** Items that have ended. */
  get items(): readonly OutputItem[] {
    return this.#done;
  }

  /** Events of what a step added. */
  *delta(reasoning: string, pieces: readonly AnswerPiece[]): Generator<OutputEvent> {
    if (reasoning !== '') {
      const open = yield* this.#enter('reasoning');
      yield this.#append(open, 'response.reasoning_text.delta', reasoning, { content_index: 0 });
    }
    for (const piece of pieces) yield* this.#piece(piece);
  }

  /**
   * Ends the open item. An answer without words and calls is still a message, unless the tokens ran
   * out inside the thought.
   */
  *end(status: 'completed' | 'incomplete'): Generator<OutputEvent> {
    const spoken = this.#called || (this.#open !== null && status === 'incomplete');
    if (!spoken) yield* this.#enter('message');
    yield* this.#close(status);
  }

  *#piece(piece: AnswerPiece): Generator<OutputEvent> {
    switch (piece.type) {
      case 'text': {
        const open = yield* this.#enter('message');
        const extra = { content_index: 0, logprobs: [] };
        yield this.#append(open, 'response.output_text.delta', piece.text, extra);
        break;
      }
      case 'call':
        this.#called = true;
        yield* this.#begin({
          ...{ kind: 'function_call', id: newId('fc'), text: '' },
          ...{ callId: piece.id, name: piece.name },
        });
        break;
      case 'arguments':
        if (this.#open === null) break;
        yield this.#append(this.#open, 'response.function_call_arguments.delta', piece.text, {});
        break;
      case 'end':
        // One that was cut ends with the response, and with its status.
        if (piece.whole) yield* this.#close('completed');
        break;
    }
  }

  /** Returns the open item, after the events that make it one of this kind. */
  *#enter(kind: PartItem['kind']): Generator<OutputEvent, OpenItem> {
    if (this.#open?.kind === kind) return this.#open;
    const open = { kind, id: newId(kind === 'reasoning' ? 'rs' : 'msg'), text: '' };
    yield* this.#begin(open);
    yield {
      type: 'response.content_part.added',
      ...this.#place(open),
      content_index: 0,
      part: part(open),
    };
    return open;
  }

  *#begin(open: OpenItem): Generator<OutputEvent> {
    yield* this.#close('completed');
    this.#open = open;
    yield {
      type: 'response.output_item.added',
      output_index: this.#done.length,
      item: item(open, 'in_progress', false),
    };
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
    yield* this.#closing(open);
    const ended = item(open, status, true);
    yield { type: 'response.output_item.done', output_index: this.#done.length, item: ended };
    this.#done.push(ended);
    this.#open = null;
  }

  *#closing(open: OpenItem): Generator<OutputEvent> {
    const place = this.#place(open);
    const { text } = open;
    if (open.kind === 'function_call') {
      const { name } = open;
      yield { type: 'response.function_call_arguments.done', ...place, name, arguments: text };
      return;
    }
    const inPart = { ...place, content_index: 0 };
    yield open.kind === 'reasoning'
      ? { type: 'response.reasoning_text.done', ...inPart, text }
      : { type: 'response.output_text.done', ...inPart, text, logprobs: [] };
    yield { type: 'response.content_part.done', ...inPart, part: part(open) };
  }

  #place({ id }: OpenItem) {
    return { item_id: id, output_index: this.#done.length };
  }
}

/** An item of one part that still grows. */
interface PartItem {
  readonly kind: 'reasoning' | 'message';
  readonly id: string;
  text: string;
}

/** A call that still grows; `text` is its arguments. */
interface CallItem {
  readonly kind: 'function_call';
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  text: string;
}

type OpenItem = PartItem | CallItem;

const thoughtPart = (text: string) => ({ type: 'reasoning_text', text }) as const;
const textPart = (text: string) =>
  ({ type: 'output_text', text, annotations: [], logprobs: [] }) as const;

function part({ kind, text }: PartItem) {
  return kind === 'reasoning' ? thoughtPart(text) : textPart(text);
}

/** `filled`: with its part, which is announced apart. */
function item(open: OpenItem, status: ItemStatus, filled: boolean): OutputItem {
  const { id, text } = open;
  switch (open.kind) {
    case 'function_call':
      return {
        type: 'function_call',
        ...{ id, call_id: open.callId, name: open.name, arguments: text, status },
      };
    case 'reasoning': {
      const content = filled ? [thoughtPart(text)] : [];
      return { type: 'reasoning', id, summary: [], content, status };
    }
    case 'message': {
      const content = filled ? [textPart(text)] : [];
      return { type: 'message', id, role: 'assistant', content, status };
    }
  }
}
