import { notFound } from '../../errors/requests.js';
import { echoed } from '../echo.js';
import type { Steering } from './steering.js';

interface SteeredChat {
  /** Of the key that made the request; no other may steer it. */
  readonly salt: string;
  readonly steering: Steering;
}

/** The answers under way that clients may steer by their ids. */
export class SteeredChats {
  readonly #chats = new Map<string, SteeredChat>();

  /** Does the work of an answer, which can be steered meanwhile. */
  async during<T>(id: string, chat: SteeredChat, work: () => Promise<T>): Promise<T> {
    this.#chats.set(id, chat);
    try {
      return await work();
    } finally {
      this.#chats.delete(id);
    }
  }

  /** Throws `not_found` for an id that is not under way, or is another key's. */
  of(id: string, salt: string): Steering {
    const chat = this.#chats.get(id);
    if (chat?.salt !== salt) {
      throw notFound('no answer under way', `/v1/chat/completions/${echoed(id)}`);
    }
    return chat.steering;
  }
}
