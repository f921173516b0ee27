import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../context.js';
import { VERSION } from '../../version.js';

/** What orchestrators, operators and Prometheus ask. */
export function operations(app: FastifyInstance, context: ServerContext) {
  /** Alive: 200 while loading too, 503 when the engine is dead. */
  app.get('/health', (_request, reply) => {
    if (!context.healthy) reply.code(503);
    return { status: context.healthy ? 'ok' : 'unhealthy', state: context.state };
  });

  /** Ready for requests: 503 while loading, draining or dead. */
  app.get('/ready', (_request, reply) => {
    if (context.state === 'ready' && context.healthy) return { status: 'ready' };
    reply.code(503).header('retry-after', '1');
    return { status: 'not ready', state: context.state, progress: context.progress };
  });

  app.get('/version', () => ({ version: VERSION }));

  app.get('/metrics', async (_request, reply) => {
    const { registry } = context.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
