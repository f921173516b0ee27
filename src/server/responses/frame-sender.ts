import type { WebSocket } from 'ws';
import { ReaderStall } from '../reader-stall.js';

/**
 * Writes frames to one socket, in order. The promise of a frame resolves when the kernel has taken
 * it, so that a slow reader slows the responses that write to it.
 */
export class FrameSender {
  readonly #socket: WebSocket;
  readonly #stall: ReaderStall;

  constructor(socket: WebSocket, stallMs: number) {
    this.#socket = socket;
    this.#stall = new ReaderStall(stallMs, () => socket.terminate());
  }

  /** Throws `cancelled` when the socket has closed, `reader_stalled` when nothing is taken for too long. */
  send(frame: object): Promise<void> {
    this.#stall.wrote();
    return new Promise((resolve, reject) => {
      this.#socket.send(JSON.stringify(frame), (error) => {
        this.#stall.taken();
        if (error === undefined || error === null) resolve();
        else reject(this.#stall.failure(error));
      });
    });
  }
}
