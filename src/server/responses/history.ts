import { KingletError } from '../../errors.js';
import { echoed } from '../echo.js';
import type { Hold } from '../pending-bytes.js';
import type { Message } from '../schemas/messages.js';

/** Of one connection: templates may drop what messages hold, so tokens alone are no bound. */
const MAX_BYTES = 8 * 2 ** 20;

interface Entry {
  /** The whole conversation, the answer included, without instructions. */
  readonly messages: readonly Message[];
  readonly tokens: number;
  readonly bytes: number;
}

/**
 * The latest responses of one connection, so that `previous_response_id` can continue them. Gone
 * when the socket closes. Bounded in tokens and bytes: the oldest are forgotten first. The newest is
 * kept, unless its bytes find no room among all that is held.
 */
export class ResponseHistory {
  readonly #maxTokens: number;
  readonly #hold: Hold;

  // Insertion order is age.
  readonly #entries = new Map<string, Entry>();
  #tokens = 0;
  #bytes = 0;

  constructor(maxTokens: number, hold: Hold) {
    this.#maxTokens = maxTokens;
    this.#hold = hold;
  }

  add(id: string, messages: readonly Message[], tokens: number): void {
    const bytes = messages.reduce((sum, message) => sum + textBytes(message), 0);
    this.#entries.set(id, { messages, tokens, bytes });
    this.#tokens += tokens;
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if ((this.#tokens <= this.#maxTokens && this.#bytes <= MAX_BYTES) || oldest === id) break;
      this.#forget(oldest, entry);
    }
    for (const [oldest, entry] of this.#entries) {
      if (this.#fits()) return;
      this.#forget(oldest, entry);
    }
    this.#hold.set(0);
  }

  /** The conversation that a response ended; throws `previous_response_not_found`. */
  messages(id: string): readonly Message[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      throw new KingletError(
        'previous_response_not_found',
        `Previous response with id '${echoed(id)}' not found: this connection keeps its latest responses only.`,
        { param: 'previous_response_id' },
      );
    }
    return entry.messages;
  }

  #forget(id: string, { tokens, bytes }: Entry): void {
    this.#entries.delete(id);
    this.#tokens -= tokens;
    this.#bytes -= bytes;
  }

  /** Holds the bytes of all entries, if there is room for them. */
  #fits(): boolean {
    try {
      this.#hold.set(this.#bytes);
      return true;
    } catch {
      return false;
    }
  }
}

/** Memory of a message's texts, two bytes a UTF-16 unit at most. */
function textBytes(message: Message): number {
  const texts = [message.reasoning_content, message.reasoning, message.refusal];
  const { content } = message;
  if (typeof content === 'string') texts.push(content);
  else texts.push(...(content ?? []).map((part) => part.text));
  for (const { id, function: called } of message.tool_calls ?? []) {
    texts.push(id, called.name, called.arguments);
  }
  return texts.reduce((sum, text) => sum + 2 * (text?.length ?? 0), 0);
}
