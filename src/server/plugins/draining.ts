import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { ServerContext } from '../context.js';

/** What says how the server is, and takes no work from it. */
const ALWAYS = new Set(['/health', '/ready', '/version', '/metrics']);

/**
 * From the first signal until the last answer is out the server listens on: what asks for work is
 * told 503 at once, and every answer ends its connection, so that clients look for another server.
 */
export const draining = fp((app: FastifyInstance, context: ServerContext, done) => {
  app.addHook('onRequest', (request, reply, next) => {
    if (context.drainSignal.aborted) {
      reply.header('connection', 'close');
      // Asking for the model throws what a request that comes now is told.
      if (!request.is404 && !ALWAYS.has(request.routeOptions.url ?? '')) void context.model;
    }
    next();
  });
  done();
});
