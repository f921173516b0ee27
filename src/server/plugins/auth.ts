import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { KingletError } from '../../errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Keeps prefix-cache entries of one key's holder apart from others'. */
    cacheSalt: string;
  }
}

/** Probes of orchestrators have no key. */
const OPEN = new Set(['/health', '/ready']);

/** Demands one of the API keys as a bearer token, if there are keys. */
export const auth = fp((app: FastifyInstance, options: { keys: readonly string[] }, done) => {
  const keys = options.keys.map(digest);
  app.decorateRequest('cacheSalt', '');
  if (keys.length > 0) {
    app.addHook('onRequest', (request, _reply, next) => {
      if (!OPEN.has(request.routeOptions.url ?? '')) authorize(request, keys);
      next();
    });
  }
  done();
});

function authorize(request: FastifyRequest, keys: readonly Buffer[]): void {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) {
    throw new KingletError(
      'invalid_api_key',
      "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.",
    );
  }
  const hash = digest(given);
  // All keys are compared, so that time tells neither the key nor its place in the list.
  let known = false;
  for (const key of keys) if (timingSafeEqual(key, hash)) known = true;
  if (!known) throw new KingletError('invalid_api_key', 'Incorrect API key provided.');
  request.cacheSalt = hash.toString('hex');
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
