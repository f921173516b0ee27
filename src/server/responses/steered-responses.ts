import { KingletError } from '../../errors.js';
import type { Steering } from '../generation/steering.js';
import type { ReasoningEnd } from './reasoning-end.js';

interface SteeredResponse {
  readonly id: string;
  readonly lane: string | undefined;
  readonly steering: Steering;
}

/** The responses under way on one connection. */
export class SteeredResponses {
  readonly #responses: SteeredResponse[] = [];

  add(id: string, lane: string | undefined, steering: Steering): void {
    this.#responses.push({ id, lane, steering });
  }

  remove(id: string): void {
    const index = this.#responses.findIndex((response) => response.id === id);
    if (index >= 0) this.#responses.splice(index, 1);
  }

  /** Throws `not_thinking` where the response has no thought to end, or isn't under way. */
  endThought({ response_id: id, stream_id: lane }: ReasoningEnd): void {
    const named = this.#responses.find((response) =>
      id === undefined ? response.lane === lane : response.id === id,
    );
    if (named === undefined) {
      throw new KingletError('not_thinking', 'No response that this names is under way.');
    }
    named.steering.endThoughts(null);
  }
}
