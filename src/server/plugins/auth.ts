import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
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
export const auth = fp(async (app: FastifyInstance, options: { keys: readonly string[] }) => {
  const keys = options.keys.map(digest);
  app.decorateRequest('cacheSalt', '');
  if (keys.length === 0) return;
  app.addHook('onRequest', async (request) => {
    if (OPEN.has(request.routeOptions.url ?? '')) return;
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const hash = given === undefined ? null : digest(given);
    // All keys are compared, so that time tells neither the key nor its place in the list.
    let known = false;
    for (const key of keys) {
      if (hash !== null && timingSafeEqual(key, hash)) known = true;
    }
    if (hash === null || !known) {
      throw new KingletError(
        'invalid_api_key',
        given === undefined
          ? "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'."
          : 'Incorrect API key provided.',
      );
    }
    request.cacheSalt = hash.toString('hex');
  });
});

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
