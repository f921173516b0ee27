import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isErrorCode, KingletError, type ErrorCode } from '../../errors.js';

/** OpenAI's error object. */
export function errorBody(error: KingletError) {
  return {
    error: { message: error.message, type: error.type, param: error.param, code: error.code },
  };
}

/** Fastify's own errors under the table's codes, in words that say what to do. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request_too_large', 'The request body is too large.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    "The body must be JSON, sent with 'Content-Type: application/json'.",
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid_value',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'The body is empty; JSON was expected.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not valid JSON.'],
  FST_ERR_BAD_URL: ['invalid_value', 'The URL is not valid.'],
};

/** What a client is told of any error; details of an unexpected one stay in the log. */
export function toKingletError(error: unknown): KingletError {
  if (error instanceof KingletError) return error;
  const { code, statusCode, message } = error as Partial<FastifyError>;
  if (isErrorCode(code)) return new KingletError(code, message ?? code, { cause: error });
  if (code !== undefined && Object.hasOwn(FASTIFY_ERRORS, code)) {
    return new KingletError(...FASTIFY_ERRORS[code], { cause: error });
  }
  // Fastify's JSON parser throws a SyntaxError with a status.
  if (statusCode === 400) return new KingletError('invalid_json', 'The body is not valid JSON.');
  return new KingletError('internal_error', 'The server met an unexpected error.', {
    cause: error,
  });
}

/** Told to clients who may try again, where nothing better is known. */
const DEFAULT_RETRY_SECONDS = 5;

/** Sends an error as JSON. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: unknown) {
  const known = toKingletError(error);
  if (known.code === 'internal_error') request.log.error({ err: error }, 'unexpected error');
  else request.log.debug({ code: known.code, param: known.param }, 'request refused');
  // Hooks have not run where the URL itself was wrong.
  reply.header('x-request-id', request.id);
  if (known.status === 429 || known.status === 503) {
    reply.header('retry-after', String(Math.ceil(known.retryAfter ?? DEFAULT_RETRY_SECONDS)));
  }
  if (known.code === 'invalid_api_key') reply.header('www-authenticate', 'Bearer');
  // Nobody reads the rest of a body that is too large: the connection cannot be used again.
  if (known.code === 'request_too_large') reply.header('connection', 'close');
  return reply.code(known.status).send(errorBody(known));
}

/** Every answer that is not a success has OpenAI's shape. */
export const errors = fp((app: FastifyInstance, _options, done) => {
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    const allowed = ['GET', 'POST'].filter(
      (method) => app.findRoute({ method, url: path }) !== null,
    );
    if (allowed.length === 0) {
      throw new KingletError('not_found', `There is nothing at ${request.method} ${path}.`);
    }
    reply.header('allow', allowed.join(', '));
    throw new KingletError('method_not_allowed', `${path} takes ${allowed.join(' or ')} only.`);
  });
  done();
});
