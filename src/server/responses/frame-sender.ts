import type { WebSocket } from 'ws';
import { KingletError } from '../../errors.js';

/**
 * Writes frames to one socket, in order. The promise of a frame resolves when the kernel has taken
 * it, so that a slow reader slows the responses that write to him.
 */
export class FrameSender {
  constructor(
    private readonly socket: WebSocket,
    private readonly stallMs: number,
  ) {}

  /** Throws `cancelled` when the socket has closed, `reader_stalled` when nothing is taken for too long. */
  send(frame: object): Promise<void> {
    const { socket, stallMs } = this;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new KingletError('reader_stalled', `The client took nothing for ${stallMs / 1000} s.`),
        );
        // His buffer is full: a closing handshake would not reach him either.
        socket.terminate();
      }, stallMs);
      socket.send(JSON.stringify(frame), (error) => {
        clearTimeout(timer);
        if (error === undefined || error === null) resolve();
        else reject(new KingletError('cancelled', 'The client has gone.', { cause: error }));
      });
    });
  }
}
