import { KingletError } from '../../errors.js';
import type { Message } from '../schemas/messages.js';

interface Entry {
  /** The whole conversation, the answer included, without instructions. */
  readonly messages: readonly Message[];
  readonly tokens: number;
}

/**
 * The latest responses of one connection, so that `previous_response_id` can continue them. Gone
 * when the socket closes. Bounded in tokens: the oldest are forgotten, the newest never.
 */
export class ResponseHistory {
  // Insertion order is age.
  private readonly entries = new Map<string, Entry>();
  private tokens = 0;

  constructor(private readonly maxTokens: number) {}

  add(id: string, messages: readonly Message[], tokens: number): void {
    this.entries.set(id, { messages, tokens });
    this.tokens += tokens;
    for (const [oldest, entry] of this.entries) {
      if (this.tokens <= this.maxTokens || oldest === id) break;
      this.entries.delete(oldest);
      this.tokens -= entry.tokens;
    }
  }

  /** The conversation that a response ended; throws `previous_response_not_found`. */
  messages(id: string): readonly Message[] {
    const entry = this.entries.get(id);
    if (entry === undefined) {
      throw new KingletError(
        'previous_response_not_found',
        `Previous response with id '${id.slice(0, 100)}' not found: this connection keeps its latest responses only.`,
        { param: 'previous_response_id' },
      );
    }
    return entry.messages;
  }
}
