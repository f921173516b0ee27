import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isLoopback, type ServeConfig } from '../../config.js';
import { KingletError } from '../../errors.js';

/** Headers of answers that a page may read. */
const EXPOSED = 'x-request-id, retry-after';
const PREFLIGHT_SECONDS = '600';

type Names = Pick<ServeConfig, 'host' | 'allowedHosts' | 'corsOrigins'>;

/**
 * Keeps web pages out that were not let in. A page elsewhere can have its own name resolve to
 * 127.0.0.1 (DNS rebinding): so on loopback, and wherever --allowed-host is given, the Host header
 * must be a name of this machine. And a browser says in Origin whose page is calling, on plain
 * requests and on websocket upgrades: it must be a --cors-origin.
 */
export const hostCheck = fp((app: FastifyInstance, config: Names, done) => {
  const checksHost = isLoopback(config.host) || config.allowedHosts.length > 0;
  app.addHook('onRequest', (request, reply, next) => {
    if (checksHost) checkHost(request, config.allowedHosts);
    const { origin } = request.headers;
    if (origin === undefined) {
      next();
      return;
    }
    checkOrigin(origin, config.corsOrigins);
    reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    reply.header('access-control-expose-headers', EXPOSED);
    if (isPreflight(request)) answerPreflight(request, reply);
    else next();
  });
  done();
});

function checkOrigin(origin: string, allowed: readonly string[]): void {
  if (allowed.includes('*') || allowed.includes(origin)) return;
  throw new KingletError(
    'forbidden_origin',
    `Pages of ${origin} may not call this server; --cors-origin lets them.`,
  );
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight({ headers }: FastifyRequest, reply: FastifyReply): void {
  reply.header('access-control-allow-methods', 'GET, POST');
  reply.header(
    'access-control-allow-headers',
    headers['access-control-request-headers'] ?? 'authorization, content-type',
  );
  reply.header('access-control-max-age', PREFLIGHT_SECONDS);
  void reply.code(204).send();
}

function checkHost(request: FastifyRequest, allowed: readonly string[]): void {
  const name = hostNameOf(request.headers.host ?? '');
  if (isLoopback(name) || allowed.includes(name)) return;
  // An address needs no name to be resolved; it must be the one that was connected to.
  const address = name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0 && address === request.socket.localAddress?.replace('::ffff:', ''))
    return;
  throw new KingletError(
    'forbidden_host',
    `This server is not called '${name}'; --allowed-host ${name || 'NAME'} makes it so.`,
  );
}

/** 'pi.local' of 'Pi.local:8080', '[::1]' of '[::1]:8080'. */
function hostNameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
