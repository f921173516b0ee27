import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { KingletError } from '../../errors.js';
import { shuttingDown } from '../../errors/availability.js';
import type { ServerContext } from '../context.js';
import { RequestRecord } from '../generation/record.js';
import { readJson } from '../json/read-json.js';
import type { Hold } from '../pending-bytes.js';
import { errorBody, logUnexpected, toKingletError } from '../plugins/errors.js';
import { FrameSender } from './frame-sender.js';
import { ResponseHistory } from './history.js';
import { Inbox, type WebsocketMessage } from './inbox.js';
import { Lanes, MAX_IN_FLIGHT, MAX_NAME_CHARACTERS } from './lanes.js';
import { runResponse } from './run-response.js';
import { isReasoningEnd, reasoningEnd } from './reasoning-end.js';
import { responseCreate, type ResponseCreate } from './schema.js';
import { SteeredResponses } from './steered-responses.js';

export const RESPONSES_ROUTE = '/v1/responses';

/** OpenAI's limit; clients open another connection then. */
const MAX_AGE_MS = 60 * 60 * 1000;
/** Remembered responses, as a multiple of the context that one of them can fill. */
const HISTORY_CONTEXTS = 4;

/** Close codes of RFC 6455 and its registry. */
const NORMAL_CLOSURE = 1000;
const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;
/** What a peer has for reading the last frames, where its own are not read any more. */
const LAST_FRAMES_MS = 1000;

export interface ConnectionOptions {
  readonly requestId: string;
  readonly cacheSalt: string;
  /** What the websocket runs over. */
  readonly transport: Socket;
  readonly maxAgeMs?: number;
}

/** One client of the websocket mode: its lanes, what it may continue, and its end. */
export class ResponsesConnection {
  readonly #context: ServerContext;
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #lanes = new Lanes();
  readonly #steered = new SteeredResponses();
  readonly #sender: FrameSender;
  readonly #inbox: Inbox;
  readonly #gone = new AbortController();
  readonly #age: NodeJS.Timeout;
  #history: ResponseHistory | null = null;
  readonly #historyHold: Hold;
  /** No more requests are taken. */
  #closing = false;

  constructor(context: ServerContext, socket: WebSocket, options: ConnectionOptions) {
    this.#context = context;
    this.#socket = socket;
    this.#options = options;
    this.#historyHold = context.pending.hold();
    this.#sender = new FrameSender(socket, context.config.readerStallSeconds * 1000);
    setMaxListeners(MAX_IN_FLIGHT, this.#gone.signal);
    this.#age = setTimeout(() => this.#expire(), options.maxAgeMs ?? MAX_AGE_MS);
    // Closing is how a client cancels.
    socket.once('close', () => {
      clearTimeout(this.#age);
      this.#closing = true;
      this.#gone.abort();
      this.#historyHold.release();
    });
    // Errors of the protocol (a frame that is too large …) close the socket; ws has said why.
    socket.on('error', (error) => context.log.debug({ err: error }, 'websocket error'));
    this.#inbox = new Inbox(
      socket,
      options.transport,
      context.pending.hold(),
      context.parseTurns,
      (message) => this.#receive(message),
      (error) => this.#overflow(error),
    );
  }

  /** Lets what is under way finish, takes nothing more, and closes with 1012. */
  drain(): void {
    this.#finish(SERVICE_RESTART, shuttingDown().message);
  }

  #expire(): void {
    const error = new KingletError(
      'websocket_connection_limit_reached',
      `This connection has lasted ${(this.#options.maxAgeMs ?? MAX_AGE_MS) / 60_000} minutes, its limit. Open another one.`,
    );
    void this.#sendError(error, undefined).finally(() =>
      this.#finish(NORMAL_CLOSURE, 'The connection has reached its age limit.'),
    );
  }

  #finish(code: number, reason: string): void {
    this.#closing = true;
    this.#lanes.whenIdle(() => {
      this.#socket.close(code, reason);
      this.#inbox.stop();
    });
  }

  /** There is no room for what arrives: the rest of it is not read. */
  #overflow(error: unknown): void {
    this.#closing = true;
    void this.#sendError(error, undefined);
    this.#socket.close(TRY_AGAIN_LATER, 'The server holds too much already.');
    this.#socket.pause();
    setTimeout(() => this.#socket.terminate(), LAST_FRAMES_MS).unref();
  }

  #receive(message: WebsocketMessage): void {
    let lane: string | undefined;
    const hold = this.#context.pending.hold();
    try {
      const parsed = parse(message, hold);
      lane = laneOf(parsed);
      if (isReasoningEnd(parsed)) {
        hold.release();
        this.#steered.endThought(reasoningEnd(parsed));
        return;
      }
      this.#lanes.open(lane);
      const request = responseCreate(parsed);
      if (this.#closing) {
        throw new KingletError('shutting_down', 'This connection takes no more requests.');
      }
      this.#submit(lane, request, message, hold);
    } catch (error) {
      hold.release();
      void this.#sendError(error, lane);
    }
  }

  /** What waits is kept as it was sent, which is the least that it can take; it is read again then. */
  #submit(
    lane: string | undefined,
    request: ResponseCreate,
    { data, isBinary }: WebsocketMessage,
    hold: Hold,
  ): void {
    // What waits keeps this alive, and nothing else.
    let held: ResponseCreate | WebsocketMessage = request;
    let started = false;
    this.#lanes.submit(lane, data.length, async () => {
      started = true;
      try {
        if (this.#gone.signal.aborted) return;
        await this.#respond('data' in held ? responseCreate(parse(held, hold)) : held);
      } catch (error) {
        await this.#sendError(error, lane);
      } finally {
        hold.release();
      }
    });
    if (started) return;
    held = { data: Buffer.from(data), isBinary };
    hold.set(data.length);
  }

  /** Runs one request in its lane; never rejects. */
  async #respond(request: ResponseCreate): Promise<void> {
    const context = this.#context;
    if (this.#gone.signal.aborted) return;
    const record = new RequestRecord(context.log, {
      requestId: this.#options.requestId,
      route: RESPONSES_ROUTE,
    });
    const lane = request.stream_id;
    let sequence = 0;
    let steered: string | null = null;
    try {
      this.#history ??= new ResponseHistory(
        HISTORY_CONTEXTS * context.model.contextLength,
        this.#historyHold,
      );
      await runResponse(
        {
          context,
          history: this.#history,
          cacheSalt: this.#options.cacheSalt,
          signal: this.#gone.signal,
          record,
          begun: (id, steering) => this.#steered.add((steered = id), lane, steering),
          emit: ({ type, ...event }) =>
            this.#sender.send({ type, sequence_number: sequence++, ...event, ...inLane(lane) }),
        },
        request,
      );
      record.close();
    } catch (error) {
      const known = toKingletError(error);
      record.close(known.code);
      if (known.code === 'internal_error') logUnexpected(context.log, error);
      // After its first event a response has ended with response.failed.
      if (sequence === 0) await this.#sendError(known, lane);
    } finally {
      if (steered !== null) this.#steered.remove(steered);
    }
  }

  /** Sends an error, and reads no more until it has been taken. Never rejects. */
  async #sendError(error: unknown, lane: string | undefined): Promise<void> {
    const known = toKingletError(error);
    const { requestId } = this.#options;
    this.#context.refusals.tell({ requestId, route: RESPONSES_ROUTE }, known);
    const frame = { type: 'error', status: known.status, ...inLane(lane), ...errorBody(known) };
    // A client that does not get it has gone.
    await this.#inbox.until(this.#sender.send(frame)).catch(() => {});
  }
}

function inLane(lane: string | undefined) {
  return lane === undefined ? {} : { stream_id: lane };
}

function parse({ data, isBinary }: WebsocketMessage, hold: Hold): unknown {
  if (isBinary) throw new KingletError('invalid_json', 'Messages are JSON in text frames.');
  return readJson(data, 'message', (cost) => hold.set(Math.max(cost, data.length)));
}

/**
 * The stream_id of a message whose other fields may be wrong: its errors go to its lane. One that is
 * longer than any lane's is not repeated.
 */
function laneOf(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('stream_id' in message))
    return undefined;
  const { stream_id: lane } = message;
  return typeof lane === 'string' && lane.length <= MAX_NAME_CHARACTERS ? lane : undefined;
}
