import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KingletError } from '../../errors.js';
import { JSON_TYPE } from '../json/media-type.js';
import { errorBody, retryAfterOf } from '../plugins/errors.js';

/** What a client has for reading the answer. */
const LINGER_MS = 5000;

/** Answers on a socket that no response belongs to, in the shape of all errors, and hangs up. */
export function answerRaw(
  socket: Duplex,
  error: KingletError,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(errorBody(error));
  const retryAfter = retryAfterOf(error);
  const lines = Object.entries({
    'content-type': JSON_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    ...(retryAfter !== null && { 'retry-after': String(retryAfter) }),
    ...headers,
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  // The client's side may stay open for ever.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`,
  );
}
