import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { KingletError } from '../../errors.js';
import { clientGone } from '../../errors/availability.js';
import { toKingletError } from './errors.js';
import { readJson } from '../json/read-json.js';
import type { ParseTurns } from '../json/turns.js';
import type { Hold, PendingBytes } from '../pending-bytes.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the body holds of the pending bytes, until the answer is out or it is released before. */
    bodyHold: Hold | null;
  }
}

interface BodyOptions {
  readonly maxBodyBytes: number;
  readonly pending: PendingBytes;
  readonly turns: ParseTurns;
}

/** Reads bodies: JSON alone, no longer than the limit, within the bytes that may be pending. */
export const jsonBody = fp((app: FastifyInstance, options: BodyOptions, done) => {
  const { maxBodyBytes, pending, turns } = options;
  app.decorateRequest('bodyHold', null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    async (request: FastifyRequest, payload: Readable) => {
      const encoding = request.headers['content-encoding'] ?? 'identity';
      if (encoding !== 'identity') {
        throw new KingletError(
          'unsupported_media_type',
          'The body must be sent as it is, without a Content-Encoding.',
        );
      }
      const hold = (request.bodyHold = pending.hold());
      try {
        const bytes = await readBody(payload, declaredLength(request), maxBodyBytes, hold);
        if (turns.isLong(bytes.length)) await turns.next();
        return readJson(bytes, 'body', (cost) => hold.set(Math.max(cost, bytes.length)));
      } catch (error) {
        hold.release();
        throw error;
      }
    },
  );
  const release = (request: FastifyRequest) => request.bodyHold?.release();
  app.addHook('onRequest', (request, reply, next) => {
    // A client that leaves ends the response without finishing it.
    reply.raw.once('close', () => release(request));
    next();
  });
  app.addHook('onResponse', (request, _reply, next) => {
    release(request);
    next();
  });
  done();
});

/** What Content-Length says; null where the body comes in chunks. */
function declaredLength({ headers }: FastifyRequest): number | null {
  const declared = headers['content-length'];
  return declared === undefined ? null : Number(declared);
}

/**
 * The bytes of a body. They are copied together as they come: a client decides in how many pieces it
 * sends them, and each would cost far more than its bytes. What is refused is not read on here; the
 * rest is thrown away, or its connection closed, by whoever answers (errors.ts).
 */
function readBody(
  payload: Readable,
  declared: number | null,
  limit: number,
  hold: Hold,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () =>
      new KingletError('request_too_large', `The body is larger than ${limit} bytes (--max-body).`);
    if (declared !== null && declared > limit) throw tooLarge();
    let bytes = Buffer.alloc(0);
    let length = 0;
    const grow = (size: number) => {
      hold.set(size);
      const larger = Buffer.allocUnsafe(size);
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    };
    if (declared !== null) grow(declared);

    const settle = (outcome: () => void) => {
      payload.off('data', data).off('end', end).off('error', gone).off('close', gone);
      outcome();
    };
    const data = (chunk: Buffer) => {
      const needed = length + chunk.length;
      if (needed > limit) {
        settle(() => reject(tooLarge()));
        return;
      }
      try {
        if (needed > bytes.length) grow(Math.min(limit, Math.max(needed, 2 * bytes.length)));
      } catch (error) {
        settle(() => reject(toKingletError(error)));
        return;
      }
      chunk.copy(bytes, length);
      length = needed;
    };
    const end = () => settle(() => resolve(bytes.subarray(0, length)));
    const gone = () => settle(() => reject(clientGone()));
    payload.on('data', data).on('end', end).on('error', gone).on('close', gone);
    payload.resume();
  });
}
