import { setMaxListeners } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Calls `work` with a signal that is aborted when the client goes, at whatever point: before headers
 * are sent, in the queue, or in the middle of a stream. What is under way for a request hangs on it.
 */
export async function whileConnected<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // One listener for each prompt of the request.
  setMaxListeners(0, controller.signal);
  // A pipelined request's response is not tied to the socket yet, so both are watched.
  const { socket } = request.raw;
  const gone = () => controller.abort();
  socket.once('close', gone);
  reply.raw.once('close', gone);
  if (socket.destroyed) gone();
  try {
    return await work(controller.signal);
  } finally {
    socket.off('close', gone);
    reply.raw.off('close', gone);
    // What is left over when the work failed must not run on.
    controller.abort();
  }
}
