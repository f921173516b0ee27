import type { FastifyInstance } from 'fastify';
import { KingletError } from '../../errors.js';
import type { ServerContext } from '../context.js';
import { ResponsesConnection, RESPONSES_ROUTE } from './connection.js';

/** OpenAI's websocket mode: GET /v1/responses, upgraded. Authorized before the upgrade. */
export function responsesWebsocket(app: FastifyInstance, context: ServerContext): void {
  const connections = new Set<ResponsesConnection>();
  context.drainSignal.addEventListener('abort', () => {
    for (const connection of connections) connection.drain();
  });
  // Before the body is read: whatever is in it, there is no answer to it here.
  app.post('/v1/responses', { onRequest: refusePost }, refusePost);
  app.route({
    method: 'GET',
    url: RESPONSES_ROUTE,
    handler: (_request, reply) => {
      reply.header('upgrade', 'websocket').header('connection', 'upgrade');
      throw new KingletError(
        'upgrade_required',
        'The Responses API is spoken over a websocket here: GET /v1/responses with an upgrade.',
      );
    },
    wsHandler: (socket, request) => {
      const connection = new ResponsesConnection(context, socket, {
        requestId: request.id,
        cacheSalt: request.cacheSalt,
        transport: request.raw.socket,
      });
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
      if (context.drainSignal.aborted) connection.drain();
    },
  });
}

function refusePost(): never {
  throw new KingletError(
    'not_found',
    'POST /v1/responses is not built yet: use POST /v1/chat/completions, or the Responses API over ' +
      'a websocket (GET /v1/responses with an upgrade).',
  );
}
