import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { KingletError } from '../../errors.js';
import { notFound } from '../../errors/requests.js';
import { echoed } from '../echo.js';
import { requestPath } from './request-path.js';

/**
 * Refuses what has no route before its body is looked at: an unknown path is a 404 and a wrong method
 * a 405, whatever is sent to it. Register it before the routes, and after what may refuse for other
 * reasons.
 */
export const unmatched = fp((app: FastifyInstance, _options, done) => {
  const routes: { method: string; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of Array.isArray(method) ? method : [method]) {
      if (each !== 'HEAD') routes.push({ method: each, url });
    }
  });
  const refuse = (request: FastifyRequest, reply: FastifyReply): never => {
    const path = requestPath(request);
    const allowed = routes.filter(({ url }) => matches(url, path)).map(({ method }) => method);
    if (allowed.length === 0) {
      throw notFound('nothing', `${request.method} ${echoed(path)}`);
    }
    reply.header('allow', allowed.join(', '));
    throw new KingletError(
      'method_not_allowed',
      `${echoed(path)} takes ${allowed.join(' or ')} only.`,
    );
  };
  app.addHook('onRequest', (request, reply, next) => {
    if (request.is404) refuse(request, reply);
    next();
  });
  app.setNotFoundHandler(refuse);
  done();
});

/** Routes have no parameters but a wildcard at their end. */
function matches(url: string, path: string): boolean {
  return url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path;
}
