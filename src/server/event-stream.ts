import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { clientGone, readerStalled } from '../errors/availability.js';

/** Below the 60 s after which proxies close an idle connection, and the 15 s that api.md promises. */
const PING_MS = 10_000;

/** Server-sent events, written to the socket as it takes them. */
export class EventStream {
  private readonly pings: NodeJS.Timeout;

  private constructor(
    private readonly response: ServerResponse,
    private readonly signal: AbortSignal,
    private readonly stallMs: number,
  ) {
    this.pings = setInterval(() => {
      if (!response.writableNeedDrain && !response.writableEnded) response.write(': ping\n\n');
    }, PING_MS);
  }

  /** Takes the reply over from Fastify and sends its headers at once. */
  static open(reply: FastifyReply, signal: AbortSignal, stallSeconds: number): EventStream {
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
    return new EventStream(raw, signal, stallSeconds * 1000);
  }

  /**
   * Sends one event; resolves when the reader has room for the next. Throws `cancelled` when he has
   * gone and `reader_stalled` when he takes nothing for too long.
   */
  async send(data: unknown): Promise<void> {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    if (this.signal.aborted) throw clientGone();
    if (this.response.write(`data: ${text}\n\n`)) return;
    await this.room();
  }

  private room(): Promise<void> {
    const { response, signal, stallMs } = this;
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        response.off('drain', drained);
        signal.removeEventListener('abort', gone);
        outcome();
      };
      const drained = () => settle(resolve);
      const gone = () => settle(() => reject(clientGone()));
      const timer = setTimeout(() => {
        settle(() => reject(readerStalled(stallMs)));
        // His buffer is full: an error event would not reach him either.
        response.destroy();
      }, stallMs);
      response.once('drain', drained);
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  end(): void {
    clearInterval(this.pings);
    this.response.end();
  }
}
