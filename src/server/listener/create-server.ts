import { lookup } from 'node:dns/promises';
import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ServeConfig } from '../../config.js';
import { KingletError } from '../../errors.js';
import type { ServerContext } from '../context.js';
import { requestIdOf } from '../plugins/request-id.js';
import { answerRaw } from './raw-answer.js';
import { Connections } from './connections.js';
import { parserErrors } from './parser-errors.js';
import { declineUpgrade, isWebsocketUpgrade } from './upgrades.js';

/** Time for a whole request to arrive: a client that is slower holds a connection and asks nothing. */
const REQUEST_ARRIVAL_MS = 120_000;
const HEADERS_ARRIVAL_MS = 20_000;
const TIMEOUT_CHECK_MS = 2000;

/** What is below the routes: connections, node's HTTP parser, and what it hands over. */
export class Listener {
  readonly connections: Connections;
  /** Tells of websocket upgrades, as a server would that tells of every upgrade. */
  readonly upgrades = new EventEmitter();
  readonly #context: ServerContext;
  readonly #config: ServeConfig;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#config = context.config;
    this.connections = new Connections(this.#config.maxConnections);
  }

  /** A server for Fastify's handler. `localhost` is listened to under all of its addresses. */
  create(handler: RequestListener): Server {
    const server = this.#bare(handler);
    if (this.#config.host === 'localhost') {
      server.once('listening', () => void this.#listenElsewhere(server, handler));
    }
    return server;
  }

  #bare(handler: RequestListener): Server {
    const { connections } = this;
    const config = this.#config;
    const { refusals } = this.#context;
    const server = createServer({
      maxHeaderSize: config.maxHeaderBytes,
      keepAliveTimeout: config.keepAliveSeconds * 1000,
      requestTimeout: REQUEST_ARRIVAL_MS,
      headersTimeout: HEADERS_ARRIVAL_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // A plugin refuses a request without Host, in the shape of all errors.
      requireHostHeader: false,
    });
    server.on('connection', (socket) => connections.connected(socket));
    server.on('request', (request, response) => connections.requested(request, response));
    server.on('request', handler);
    // Of expectations only 100-continue means anything; another one may be ignored.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    server.on('clientError', parserErrors(refusals));
    server.on('upgrade', (request, socket, head) => {
      if (!isWebsocketUpgrade(request)) {
        declineUpgrade(server, request, socket as Socket, head);
        return;
      }
      connections.upgraded(socket as Socket);
      this.upgrades.emit('upgrade', request, socket, head);
    });
    server.on('connect', (request, socket) => {
      const error = new KingletError('method_not_allowed', 'This server is no proxy.');
      const requestId = requestIdOf(request);
      refusals.tell({ requestId, route: null, path: `CONNECT ${request.url}` }, error);
      answerRaw(socket, error, requestId, { allow: 'GET, POST' });
    });
    return server;
  }

  /** Fastify would do it, but with servers of its own. */
  async #listenElsewhere(main: Server, handler: RequestListener): Promise<void> {
    const { address, port } = main.address() as AddressInfo;
    const others = await lookup('localhost', { all: true }).catch(() => []);
    for (const other of others) {
      if (other.address === address || !main.listening) continue;
      const twin = this.#bare(handler);
      // An address that this machine does not have is no reason not to serve the others.
      twin.on('error', (error) => this.#context.log.debug({ err: error }, 'not listened to'));
      twin.listen({ host: other.address, port });
      main.once('close', () => twin.close());
      await Promise.race([once(twin, 'listening'), once(twin, 'error')]).catch(() => {});
    }
  }
}
