import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { KingletError } from '../../errors.js';
import { notFound } from '../../errors/requests.js';
import { echoed } from '../echo.js';
import type { Connections } from '../listener/connections.js';
import { requestPath } from './request-path.js';

/** What is answered on connections beyond the limit. */
const RESERVED = new Set(['/health', '/ready']);
/** The version that RFC 6455 defines, and so every client speaks. */
const WEBSOCKET_VERSION = '13';

interface AdmissionOptions {
  readonly connections: Connections;
  /** The routes that can be upgraded to a websocket. */
  readonly websocketRoutes: ReadonlySet<string>;
}

/** Refuses requests that nothing could answer, whatever their route and whoever sends them. */
export const admission = fp((app: FastifyInstance, options: AdmissionOptions, done) => {
  app.addHook('onRequest', (request, reply, next) => {
    const { raw } = request;
    const route = request.routeOptions.url ?? '';
    if (options.connections.isBeyond(raw.socket) && !RESERVED.has(route)) {
      throw new KingletError(
        'too_many_connections',
        'More connections are open than are served (--max-connections). Try again later.',
        { retryAfter: 1 },
      );
    }
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
      throw new KingletError('invalid_value', 'The Host header is missing.');
    }
    // The websocket plugin would upgrade any route, and then hang up.
    if (request.ws) {
      checkUpgrade(request, options.websocketRoutes.has(route));
      if (raw.headers['sec-websocket-version'] !== WEBSOCKET_VERSION) {
        reply.header('sec-websocket-version', WEBSOCKET_VERSION);
        throw new KingletError(
          'upgrade_required',
          `Sec-WebSocket-Version must be ${WEBSOCKET_VERSION}.`,
        );
      }
    }
    next();
  });
  done();
});

function checkUpgrade(request: FastifyRequest, taken: boolean): void {
  if (taken) return;
  throw notFound('no websocket', echoed(requestPath(request)));
}
