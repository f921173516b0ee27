import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isLoopback, type ServeConfig } from '../../config.js';
import { KingletError } from '../../errors.js';
import { echoed } from '../echo.js';

/** Headers of answers that a page may read. */
const EXPOSED = 'x-request-id, retry-after';
const PREFLIGHT_SECONDS = '600';

type Names = Pick<ServeConfig, 'host' | 'allowedHosts' | 'corsOrigins' | 'apiKeys'>;

/**
 * Keeps web pages out that were not let in. A page elsewhere can have its own name resolve to
 * 127.0.0.1 (DNS rebinding): so on loopback, and wherever --allowed-host is given, the Host header
 * must be a name of this machine. And a browser says in Origin whose page is calling, on plain
 * requests and on websocket upgrades: it must be a --cors-origin, or this server itself under a name
 * that is known to be its own.
 */
export const hostCheck = fp((app: FastifyInstance, config: Names, done) => {
  const checksHost = isLoopback(config.host) || config.allowedHosts.length > 0;
  app.addHook('onRequest', (request, reply, next) => {
    if (checksHost) checkHost(request, config.allowedHosts);
    const { origin } = request.headers;
    if (origin === undefined || isSameOrigin(origin, request, config)) {
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
    `Pages of ${echoed(origin)} may not call this server; --cors-origin lets them.`,
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

/**
 * Whether a page comes from the very host that is asked, through a proxy with TLS too. Where nobody
 * has said what this machine is called, a page under a rebound name would look the same: there a key
 * must keep it out, or the name be an address or allowed.
 */
function isSameOrigin(origin: string, request: FastifyRequest, config: Names): boolean {
  const { host } = request.headers;
  const page = URL.canParse(origin) ? new URL(origin) : null;
  if (host === undefined || page === null || !/^https?:$/.test(page.protocol)) return false;
  const asked = `${page.protocol}//${host}`;
  if (!URL.canParse(asked) || new URL(asked).host !== page.host) return false;
  return config.apiKeys.length > 0 || isOwnName(hostNameOf(host), request, config.allowedHosts);
}

function checkHost(request: FastifyRequest, allowed: readonly string[]): void {
  const name = hostNameOf(request.headers.host ?? '');
  if (isOwnName(name, request, allowed)) return;
  const shown = echoed(name);
  throw new KingletError(
    'forbidden_host',
    `This server is not called '${shown}'; --allowed-host ${shown || 'NAME'} makes it so.`,
  );
}

function isOwnName(name: string, request: FastifyRequest, allowed: readonly string[]): boolean {
  if (isLoopback(name) || allowed.includes(name)) return true;
  // An address needs no name to be resolved; it must be the one that was connected to.
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) !== 0 && address === request.socket.localAddress?.replace('::ffff:', '');
}

/** 'pi.local' of 'Pi.local:8080', '[::1]' of '[::1]:8080'. */
function hostNameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
