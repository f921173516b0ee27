import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../context.js';
import { ResponsesConnection } from './connection.js';

/** OpenAI's websocket mode: GET /v1/responses, upgraded. Authorized before the upgrade. */
export function responsesWebsocket(app: FastifyInstance, context: ServerContext): void {
  const connections = new Set<ResponsesConnection>();
  context.drainSignal.addEventListener('abort', () => {
    for (const connection of connections) connection.drain();
  });
  app.get('/v1/responses', { websocket: true }, (socket, request) => {
    const connection = new ResponsesConnection(context, socket, {
      requestId: request.id,
      cacheSalt: request.cacheSalt,
    });
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
    if (context.drainSignal.aborted) connection.drain();
  });
}
