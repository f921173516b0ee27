import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { ParseTurns } from '../json/turns.js';
import type { Hold } from '../pending-bytes.js';

/** What a message costs beyond its bytes while it stands in a list. */
const MESSAGE_BYTES = 128;
/** Bytes that may wait to be sent before the peer's messages are left unread. */
const MAX_UNSENT_BYTES = 2 ** 20;

export interface WebsocketMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/**
 * Takes the messages of one socket at the pace at which its peer takes the answers: while an error
 * has not been taken, or too much waits to be sent, the socket is not read. What has arrived by then
 * waits here, and holds pending bytes like a message that is not whole yet.
 */
export class Inbox {
  readonly #socket: WebSocket;
  readonly #hold: Hold;
  readonly #turns: ParseTurns;
  readonly #handle: (message: WebsocketMessage) => void;
  readonly #overflow: (error: unknown) => void;

  readonly #waiting: WebsocketMessage[] = [];
  #waitingBytes = 0;
  /** Of the message that is arriving. */
  #partialBytes = 0;
  #messageEnded = false;
  /** Answers that have not been taken; a long message that waits for its turn counts as one. */
  #unread = 0;
  /** It is the first waiting message's turn. */
  #due = false;

  /**
   * `handle` takes one message; `overflow` hears that what arrives has no room any more, and must
   * end the connection.
   */
  constructor(
    socket: WebSocket,
    transport: Socket,
    hold: Hold,
    turns: ParseTurns,
    handle: (message: WebsocketMessage) => void,
    overflow: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#hold = hold;
    this.#turns = turns;
    this.#handle = handle;
    this.#overflow = overflow;
    socket.on('message', (data: RawData, isBinary) => {
      this.#messageEnded = true;
      this.#partialBytes = 0;
      // One buffer: neither fragments nor other types are asked for.
      this.#receive({ data: data as Buffer, isBinary });
    });
    transport.on('data', (chunk: Buffer) => this.#arrived(chunk.length));
    socket.once('close', () => this.stop());
  }

  /** Leaves the socket unread until an answer has been taken, or has failed. */
  async until(taken: Promise<void>): Promise<void> {
    this.#unread++;
    this.#pauseOrResume();
    try {
      await taken;
    } finally {
      this.#unread--;
      this.#takeWaiting();
    }
  }

  /** Forgets what waits; what still arrives is for the socket alone. */
  stop(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#partialBytes = 0;
    this.#hold.release();
    if (this.#socket.isPaused) this.#socket.resume();
  }

  /** Handles what waits, as far as the peer reads. */
  #takeWaiting(): void {
    while (this.#open && this.#reading) {
      const [message] = this.#waiting;
      if (message === undefined) break;
      const { data } = message;
      if (this.#turns.isLong(data.length) && !this.#due) {
        void this.until(this.#turns.next().then(() => void (this.#due = true)));
        break;
      }
      this.#due = false;
      this.#waiting.shift();
      this.#waitingBytes -= data.length + MESSAGE_BYTES;
      // From here on it is counted as what becomes of it.
      this.#account();
      this.#handle(message);
    }
    this.#account();
    this.#pauseOrResume();
  }

  get #reading(): boolean {
    return this.#unread === 0 && this.#socket.bufferedAmount <= MAX_UNSENT_BYTES;
  }

  get #open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  #receive(message: WebsocketMessage): void {
    if (!this.#open) return;
    this.#waiting.push(message);
    this.#waitingBytes += message.data.length + MESSAGE_BYTES;
    this.#takeWaiting();
  }

  /** After the socket's messages: what came since the last one belongs to the next. */
  #arrived(bytes: number): void {
    this.#partialBytes = this.#messageEnded ? 0 : this.#partialBytes + bytes;
    this.#messageEnded = false;
    this.#account();
  }

  #account(): void {
    if (!this.#open) return;
    try {
      this.#hold.set(this.#waitingBytes + this.#partialBytes);
    } catch (error) {
      this.stop();
      this.#overflow(error);
    }
  }

  #pauseOrResume(): void {
    if (!this.#open) return;
    if (!this.#reading) this.#socket.pause();
    else if (this.#socket.isPaused) this.#socket.resume();
  }
}
