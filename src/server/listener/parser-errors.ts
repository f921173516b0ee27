import type { Socket } from 'node:net';
import { KingletError, type ErrorCode } from '../../errors.js';
import { newRequestId } from '../plugins/request-id.js';
import type { Refusals } from '../refusals.js';
import { answerRaw } from './raw-answer.js';
import { responseUnderWay } from './response-under-way.js';

const CLIENT_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The request headers are too large (--max-headers).'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['request_too_large', 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
};

/** Answers what node's HTTP parser refuses, before there is a request that a route could answer. */
export function parserErrors(refusals: Refusals) {
  // What follows broken bytes is broken too, and is told once.
  const told = new WeakSet<Socket>();
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (told.has(socket)) return;
    told.add(socket);
    const response = responseUnderWay(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || response?.headersSent === true) {
      // A second status line would be taken for more of the answer that has begun.
      socket.destroy();
      return;
    }
    const [code, message] = CLIENT_ERRORS[error.code ?? ''] ?? [
      'invalid_value',
      'The request is not valid HTTP.',
    ];
    const answer = new KingletError(code, message, { cause: error });
    const requestId = newRequestId();
    refusals.tell({ requestId, route: null, path: error.code ?? 'HTTP parser' }, answer);
    if (response?.req.complete === true) {
      // The broken bytes follow a whole request, whose answer comes first and is the last one.
      response.setHeader('connection', 'close');
      response.once('close', () => socket.destroySoon());
      return;
    }
    answerRaw(socket, answer, requestId);
  };
}
