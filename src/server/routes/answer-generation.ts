import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.js';
import { whileConnected } from '../disconnect.js';
import type { SseBody } from '../sse-body.js';
import { RequestRecord } from '../generation/record.js';
import { errorBody, toKingletError } from '../plugins/errors.js';

/** A whole answer, or the stream that was opened for one and what fills it. */
export type GenerationAnswer = object | StreamedAnswer;

interface StreamedAnswer {
  readonly stream: SseBody;
  readonly write: () => Promise<void>;
}

/**
 * Runs a generation for an HTTP request: one log line whatever becomes of it, nothing left running
 * when it is over, errors in the stream once the stream has begun.
 */
export async function answerGeneration(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (record: RequestRecord, signal: AbortSignal) => Promise<GenerationAnswer>,
) {
  const record = new RequestRecord(context.log, {
    requestId: request.id,
    route: request.routeOptions.url ?? request.url,
  });
  return whileConnected(request, reply, async (signal) => {
    try {
      const answer = await work(record, signal);
      if ('stream' in answer) {
        await streamed(answer, record);
        return reply;
      }
      record.close();
      return answer;
    } catch (error) {
      record.close(toKingletError(error).code);
      throw error;
    }
  });
}

/** Never throws: there is nobody who could still answer. */
async function streamed({ stream, write }: StreamedAnswer, record: RequestRecord): Promise<void> {
  try {
    await write();
    await stream.send('[DONE]');
    record.close();
  } catch (error) {
    const known = toKingletError(error);
    record.close(known.code);
    if (known.code === 'internal_error') record.unexpected(error);
    await stream.send(JSON.stringify(errorBody(known))).catch(() => {});
  } finally {
    stream.end();
  }
}
