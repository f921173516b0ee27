import type { Logger } from 'pino';
import { ERRORS, type ErrorCode, type KingletError } from '../errors.js';
import { echoed } from './echo.js';
import type { Metrics } from './metrics.js';

/** The label of requests that matched no route. */
const NO_ROUTE = 'none';

/** Whether an error says no to a client (a 4xx, or a 503 that asks to come again). */
export function isRefusal(code: ErrorCode): boolean {
  const [status] = ERRORS[code];
  return status < 500 || status === 503;
}

export interface RefusedRequest {
  readonly requestId: string;
  /** The pattern of the route, such as /v1/models/*; null where none was found. */
  readonly route: string | null;
  /** What was asked for, where no route says it. */
  readonly path?: string;
}

/**
 * One line in the log and one count for each request that is told no, on either transport. Failures
 * of the server are logged elsewhere.
 */
export class Refusals {
  readonly #log: Logger;
  readonly #metrics: Metrics;

  constructor(log: Logger, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  tell({ requestId, route, path }: RefusedRequest, error: KingletError): void {
    if (!isRefusal(error.code)) return;
    const { code, status, param } = error;
    this.#metrics.refused(code, route ?? NO_ROUTE);
    this.#log.info(
      {
        requestId: echoed(requestId),
        route,
        ...(path !== undefined && { path: echoed(path) }),
        status,
        code,
        param,
      },
      'request refused',
    );
  }
}
