import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { ServeConfig } from '../../config.js';
import { KingletError, type ErrorCode } from '../../errors.js';
import { errorBody } from './errors.js';

type Limits = Pick<
  ServeConfig,
  'maxBodyBytes' | 'maxHeaderBytes' | 'maxConnections' | 'keepAliveSeconds'
>;

/** Time for a whole request to arrive: who sends slower is holding a connection, not asking. */
const REQUEST_ARRIVAL_MS = 120_000;

/** What Fastify must know of the limits when it is made. */
export function limitOptions(limits: Limits) {
  return {
    bodyLimit: limits.maxBodyBytes,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    requestTimeout: REQUEST_ARRIVAL_MS,
    http: { maxHeaderSize: limits.maxHeaderBytes },
    clientErrorHandler: answerClientError,
  } satisfies FastifyHttpOptions<Server>;
}

export const limits = fp((app: FastifyInstance, options: Limits, done) => {
  app.server.maxConnections = options.maxConnections;
  done();
});

const CLIENT_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The request headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
};

/** Answers what node's HTTP parser refuses, before there is a request that Fastify could answer. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, message] = CLIENT_ERRORS[error.code ?? ''] ?? [
    'invalid_value',
    'The request is not valid HTTP.',
  ];
  const answer = new KingletError(code, message);
  const body = JSON.stringify(errorBody(answer));
  socket.end(
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n` +
      'content-type: application/json; charset=utf-8\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
