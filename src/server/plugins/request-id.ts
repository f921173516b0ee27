import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** Printable, and short enough for a log line and a header. */
const SANE = /^[\x21-\x7e]{1,128}$/;

/** The client's X-Request-Id if it can go into a log and a header, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : newRequestId();
}

export function newRequestId(): string {
  return `req-${randomUUID()}`;
}

/** Every answer says which request it belongs to. */
export const requestId = fp((app: FastifyInstance, _options, done) => {
  app.addHook('onRequest', (request, reply, next) => {
    reply.header('x-request-id', request.id);
    next();
  });
  done();
});
