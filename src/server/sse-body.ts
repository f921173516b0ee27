import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { ReaderStall } from './reader-stall.js';

/** Below the 60 s after which proxies close an idle connection; docs/api.md promises it. */
const PING_MS = 10_000;

/** The body of an answer in server-sent events, written to the socket as it takes them. */
export class SseBody {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #stall: ReaderStall;
  readonly #pings: NodeJS.Timeout;

  /** `signal` is aborted when the client goes. */
  constructor(response: ServerResponse, signal: AbortSignal, stallMs: number) {
    this.#response = response;
    this.#signal = signal;
    this.#stall = new ReaderStall(stallMs, () => response.destroy());
    this.#pings = setInterval(() => {
      if (!response.writableNeedDrain && !response.writableEnded) response.write(': ping\n\n');
    }, PING_MS);
  }

  /** Takes the reply over from Fastify and sends its headers at once. */
  static open(reply: FastifyReply, signal: AbortSignal, stallSeconds: number): SseBody {
    reply.hijack();
    const { raw } = reply;
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    raw.setHeader('content-type', 'text/event-stream; charset=utf-8');
    raw.setHeader('cache-control', 'no-cache');
    raw.setHeader('x-accel-buffering', 'no');
    raw.writeHead(200);
    raw.flushHeaders();
    return new SseBody(raw, signal, stallSeconds * 1000);
  }

  /**
   * Sends one event; resolves when the reader has room for the next. Throws `cancelled` when the
   * client has gone and `reader_stalled` when it takes nothing for too long.
   */
  async send(data: string): Promise<void> {
    if (!this.#write(data)) await this.#room();
  }

  /** Sends what each item says as soon as it comes; throws as `send`, and what the items throw. */
  async sendEach<T>(
    items: AsyncIterable<T>,
    textsOf: (item: T) => readonly string[],
  ): Promise<void> {
    for await (const item of items) {
      for (const text of textsOf(item)) {
        if (!this.#write(text)) await this.#room();
      }
    }
  }

  /** Whether there is room for more. */
  #write(data: string): boolean {
    if (this.#signal.aborted || this.#response.destroyed) throw this.#stall.failure();
    return this.#response.write(`data: ${data}\n\n`);
  }

  #room(): Promise<void> {
    this.#stall.wrote();
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => {
        this.#stall.taken();
        this.#response.off('drain', drained).off('close', gone);
        this.#signal.removeEventListener('abort', gone);
        outcome();
      };
      const drained = () => settle(resolve);
      const gone = () => settle(() => reject(this.#stall.failure()));
      this.#response.once('drain', drained).once('close', gone);
      this.#signal.addEventListener('abort', gone, { once: true });
    });
  }

  end(): void {
    clearInterval(this.#pings);
    this.#response.end();
  }
}
