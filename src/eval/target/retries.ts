import { setTimeout as sleep } from 'node:timers/promises';
import { KingletError } from '../../errors.js';

/** Where the server names no time. */
const DEFAULT_SECONDS = 2;
const LONGEST_SECONDS = 60;
/** Time that one request may be refused for. */
const PATIENCE_SECONDS = 1800;

export interface Patience {
  readonly seconds?: number;
  readonly wait?: (seconds: number) => Promise<unknown>;
}

/**
 * Sends again what was refused because the server is busy or loads its model (429, 503), after the time
 * that it asks for; rejects with the refusal where it goes on for half an hour, and at once with any
 * other.
 */
export async function withRetries<T>(
  send: () => Promise<T>,
  {
    seconds: patience = PATIENCE_SECONDS,
    wait = (seconds) => sleep(seconds * 1000),
  }: Patience = {},
): Promise<T> {
  for (let waited = 0; ;) {
    try {
      return await send();
    } catch (error) {
      const busy = error instanceof KingletError && [429, 503].includes(error.status);
      if (!busy || waited >= patience) throw error;
      const seconds = Math.min(LONGEST_SECONDS, Math.max(0.1, error.retryAfter ?? DEFAULT_SECONDS));
      await wait(seconds);
      waited += seconds;
    }
  }
}
