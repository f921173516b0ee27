import { setMaxListeners } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import { KingletError } from '../../errors.js';
import type { ServerContext } from '../context.js';
import { RequestRecord } from '../generation/record.js';
import { errorBody, toKingletError } from '../plugins/errors.js';
import { FrameSender } from './frame-sender.js';
import { ResponseHistory } from './history.js';
import { Lanes, MAX_IN_FLIGHT } from './lanes.js';
import { runResponse } from './run-response.js';
import { responseCreate, type ResponseCreate } from './schema.js';

/** OpenAI's limit; clients open another connection then. */
export const MAX_AGE_MS = 60 * 60 * 1000;
/** Remembered responses, as a multiple of the context that one of them can fill. */
const HISTORY_CONTEXTS = 4;

/** Close codes of RFC 6455 and its registry. */
const NORMAL_CLOSURE = 1000;
const SERVICE_RESTART = 1012;

export interface ConnectionOptions {
  readonly requestId: string;
  readonly cacheSalt: string;
  readonly maxAgeMs?: number;
}

/** One client of the websocket mode: its lanes, what it may continue, and its end. */
export class ResponsesConnection {
  private readonly lanes = new Lanes();
  private readonly sender: FrameSender;
  private readonly gone = new AbortController();
  private readonly age: NodeJS.Timeout;
  private history: ResponseHistory | null = null;
  /** No more requests are taken. */
  private closing = false;

  constructor(
    private readonly context: ServerContext,
    private readonly socket: WebSocket,
    private readonly options: ConnectionOptions,
  ) {
    this.sender = new FrameSender(socket, context.config.readerStallSeconds * 1000);
    setMaxListeners(MAX_IN_FLIGHT, this.gone.signal);
    this.age = setTimeout(() => this.expire(), options.maxAgeMs ?? MAX_AGE_MS);
    // Closing is how a client cancels.
    socket.once('close', () => {
      clearTimeout(this.age);
      this.closing = true;
      this.gone.abort();
    });
    // Errors of the protocol (a frame that is too large …) close the socket; ws has said why.
    socket.on('error', (error) => context.log.debug({ err: error }, 'websocket error'));
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
  }

  /** Lets what is under way finish, takes nothing more, and closes with 1012. */
  drain(): void {
    this.finish(SERVICE_RESTART, 'The server is shutting down.');
  }

  private expire(): void {
    const error = new KingletError(
      'websocket_connection_limit_reached',
      `This connection has lasted ${(this.options.maxAgeMs ?? MAX_AGE_MS) / 60_000} minutes, its limit. Open another one.`,
    );
    void this.sendError(error, undefined)
      .catch(() => {})
      .finally(() => this.finish(NORMAL_CLOSURE, 'The connection has reached its age limit.'));
  }

  private finish(code: number, reason: string): void {
    this.closing = true;
    this.lanes.whenIdle(() => this.socket.close(code, reason));
  }

  private receive(data: RawData, isBinary: boolean): void {
    let lane: string | undefined;
    try {
      const message = parse(data, isBinary);
      lane = laneOf(message);
      this.lanes.open(lane);
      const request = responseCreate(message);
      if (this.closing) {
        throw new KingletError('shutting_down', 'This connection takes no more requests.');
      }
      this.lanes.submit(lane, () => this.respond(request));
    } catch (error) {
      this.sendError(error, lane).catch(() => {});
    }
  }

  /** Runs one request in its lane; never rejects. */
  private async respond(request: ResponseCreate): Promise<void> {
    const { context, options, sender } = this;
    if (this.gone.signal.aborted) return;
    const record = new RequestRecord(context.log, {
      requestId: options.requestId,
      route: '/v1/responses',
    });
    const lane = request.stream_id;
    let sequence = 0;
    try {
      this.history ??= new ResponseHistory(HISTORY_CONTEXTS * context.model.contextLength);
      await runResponse(
        {
          context,
          history: this.history,
          cacheSalt: options.cacheSalt,
          signal: this.gone.signal,
          record,
          emit: ({ type, ...event }) =>
            sender.send({ type, sequence_number: sequence++, ...event, ...inLane(lane) }),
        },
        request,
      );
      record.close();
    } catch (error) {
      const known = toKingletError(error);
      record.close(known.code);
      if (known.code === 'internal_error') context.log.error({ err: error }, 'unexpected error');
      // After its first event a response has ended with response.failed.
      if (sequence === 0) await this.sendError(known, lane).catch(() => {});
    }
  }

  private sendError(error: unknown, lane: string | undefined): Promise<void> {
    const known = toKingletError(error);
    return this.sender.send({
      type: 'error',
      status: known.status,
      ...inLane(lane),
      ...errorBody(known),
    });
  }
}

function inLane(lane: string | undefined) {
  return lane === undefined ? {} : { stream_id: lane };
}

function parse(data: RawData, isBinary: boolean): unknown {
  if (isBinary) throw new KingletError('invalid_json', 'Messages are JSON in text frames.');
  try {
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch (error) {
    throw new KingletError('invalid_json', 'The message is not valid JSON.', { cause: error });
  }
}

/** The stream_id of a message whose other fields may be wrong: its errors go to its lane. */
function laneOf(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('stream_id' in message))
    return undefined;
  return typeof message.stream_id === 'string' ? message.stream_id : undefined;
}
