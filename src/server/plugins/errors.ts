import type { IncomingMessage } from 'node:http';
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
} from 'fastify';
import fp from 'fastify-plugin';
import { isErrorCode, KingletError, type ErrorCode } from '../../errors.js';
import { echoed } from '../echo.js';
import type { ServerContext } from '../context.js';

/** Characters of a message and of a path; what is echoed in them has been cut before. */
const MESSAGE_CHARACTERS = 1000;
const PARAM_CHARACTERS = 256;

/** OpenAI's error object. */
export function errorBody(error: KingletError) {
  const { message, type, param, code } = error;
  return {
    error: {
      message: echoed(message, MESSAGE_CHARACTERS),
      type,
      param: param === null ? null : echoed(param, PARAM_CHARACTERS),
      code,
    },
  };
}

/** Fastify's own errors under the table's codes, in words that say what to do. */
const FASTIFY_ERRORS: ReadonlyMap<unknown, readonly [code: ErrorCode, message: string]> = new Map([
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    [
      'unsupported_media_type',
      "The body must be JSON, sent with 'Content-Type: application/json'.",
    ],
  ],
  ['FST_ERR_BAD_URL', ['invalid_value', 'The URL is not valid.']],
]);

const UNEXPECTED = ['internal_error', 'The server met an unexpected error.'] as const;

/** What a client is told of any error; details of an unexpected one stay in the log. */
export function toKingletError(error: unknown): KingletError {
  if (error instanceof KingletError) return error;
  const { code, message } = error as Partial<FastifyError>;
  if (isErrorCode(code)) return new KingletError(code, message ?? code, { cause: error });
  const own = FASTIFY_ERRORS.get(code) ?? UNEXPECTED;
  return new KingletError(...own, { cause: error });
}

/** Writes an error that should not be to the log, in full. */
export function logUnexpected(
  log: Pick<FastifyBaseLogger, 'error'>,
  error: unknown,
  labels: Readonly<Record<string, unknown>> = {},
): void {
  log.error({ ...labels, err: error }, 'unexpected error');
}

/** Told to clients who may try again, where nothing better is known. */
const DEFAULT_RETRY_SECONDS = 5;

/** Seconds for Retry-After; null where another try would end the same. */
export function retryAfterOf(error: KingletError): number | null {
  if (error.status !== 429 && error.status !== 503) return null;
  return Math.ceil(error.retryAfter ?? DEFAULT_RETRY_SECONDS);
}

export type SendError = (
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
) => FastifyReply;

/** Sends errors as JSON, and tells of refusals. */
export function errorSender(context: ServerContext): SendError {
  const { refusals, drainSignal } = context;
  let discarding = 0;
  return (request, reply, error) => {
    const known = toKingletError(error);
    if (known.code === 'internal_error') logUnexpected(request.log, error);
    const route = request.routeOptions.url;
    refusals.tell(
      {
        requestId: request.id,
        route: route ?? null,
        ...(route === undefined && { path: `${request.method} ${request.url}` }),
      },
      known,
    );
    // Hooks have not run where the URL itself was wrong.
    reply.header('x-request-id', request.id);
    const retryAfter = retryAfterOf(known);
    if (retryAfter !== null) reply.header('retry-after', String(retryAfter));
    if (known.code === 'invalid_api_key') reply.header('www-authenticate', 'Bearer');
    if (!drainSignal.aborted) keepOrClose(request, reply, known);
    if (!request.raw.complete) {
      if (discarding < MAX_DISCARDING) {
        discarding++;
        discard(request.raw);
        request.raw.once('close', () => discarding--);
      } else {
        reply.header('connection', 'close');
      }
    }
    return reply.code(known.status).send(errorBody(known));
  };
}

/** Bytes of a refused body that are read and thrown away; a longer one ends its connection. */
const DISCARDED_BYTES = 64 * 2 ** 20;
/** Bodies that are thrown away at a time. Reading is work too: a flood of others is cut off. */
const MAX_DISCARDING = 16;
/** How long a connection that is to be closed waits for the rest of a body. */
const LINGER_MS = 5000;

/** Whether the connection goes on after an error. */
function keepOrClose(request: FastifyRequest, reply: FastifyReply, error: KingletError): void {
  const { raw } = request;
  const closes =
    request.ws ||
    error.code === 'too_many_connections' ||
    Number(raw.headers['content-length'] ?? 0) > DISCARDED_BYTES;
  if (closes) reply.header('connection', 'close');
  // Fastify sets it for every error of a body, read or not.
  else if (reply.getHeader('connection') === 'close') reply.removeHeader('connection');
}

/**
 * Throws the rest of a body away. A connection that is closed while its client still sends is reset,
 * and the client may never see the answer: so closing waits for the body's end, for a while.
 */
function discard(raw: IncomingMessage): void {
  const { socket } = raw;
  let discarded = 0;
  raw.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARDED_BYTES) socket.destroy();
  });
  // Node calls it when an answer is out that was the connection's last.
  socket.destroySoon = () => {
    socket.end();
    if (raw.complete) socket.destroy();
    else raw.once('end', () => socket.destroy());
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
  raw.resume();
}

/** Every answer that is not a success has OpenAI's shape. */
export const errors = fp((app: FastifyInstance, options: { sendError: SendError }, done) => {
  app.setErrorHandler((error, request, reply) => options.sendError(request, reply, error));
  done();
});
