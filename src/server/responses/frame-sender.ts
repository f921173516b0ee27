import type { WebSocket } from 'ws';
import type { KingletError } from '../../errors.js';
import { clientGone, readerStalled } from '../../errors/availability.js';

/**
 * Writes frames to one socket, in order. The promise of a frame resolves when the kernel has taken
 * it, so that a slow reader slows the responses that write to him.
 */
export class FrameSender {
  private waiting = 0;
  private stall: NodeJS.Timeout | null = null;
  /** Frames that fail from now on were not taken in time. */
  private stalled = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly stallMs: number,
  ) {}

  /** Throws `cancelled` when the socket has closed, `reader_stalled` when nothing is taken for too long. */
  send(frame: object): Promise<void> {
    this.waiting++;
    // One timer for all frames: as long as one after the other is taken, nothing stalls.
    this.stall ??= setTimeout(() => this.giveUp(), this.stallMs);
    return new Promise((resolve, reject) => {
      this.socket.send(JSON.stringify(frame), (error) => {
        this.taken();
        if (error === undefined || error === null) resolve();
        else reject(this.failure(error));
      });
    });
  }

  private taken(): void {
    if (--this.waiting > 0) {
      this.stall?.refresh();
    } else if (this.stall !== null) {
      clearTimeout(this.stall);
      this.stall = null;
    }
  }

  private giveUp(): void {
    this.stalled = true;
    // His buffer is full: a closing handshake would not reach him either.
    this.socket.terminate();
  }

  private failure(cause: Error): KingletError {
    return this.stalled ? readerStalled(this.stallMs, cause) : clientGone(cause);
  }
}
