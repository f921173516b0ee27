import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Beyond the limit, for those who ask how the server is. */
const RESERVED_CONNECTIONS = 32;
/** Time for the first byte: a client that sends none holds a connection and asks nothing. */
const FIRST_BYTE_MS = 10_000;
/** A connection may be closed for another one once it has been without a request for this long. */
const EVICTABLE_MS = 1000;

interface Connection {
  readonly firstByte: NodeJS.Timeout;
  /** It came when the limit was reached. */
  readonly beyond: boolean;
  /** Requests that are being read or answered; an upgraded connection has one for ever. */
  requests: number;
  /** When it began to wait for a request; `performance.now`. */
  since: number;
}

/**
 * The open connections, so that those who ask nothing don't shut out those who do. Where the limit is
 * reached, a new connection takes the place of the one that has waited longest without a request,
 * those first that never had one. Where all have requests, some more are let in: `isBeyond` tells
 * which, and they may ask for no work.
 */
export class Connections {
  readonly #limit: number;
  readonly #firstByteMs: number;
  readonly #evictableMs: number;

  readonly #open = new Map<Socket, Connection>();
  // Those of the open ones that wait: for their first request, and for another. Insertion order is age.
  readonly #silent = new Map<Socket, Connection>();
  readonly #idle = new Map<Socket, Connection>();
  #quietListeners: (() => void)[] = [];
  #busy = 0;

  /** Times in milliseconds. */
  constructor(limit: number, firstByteMs = FIRST_BYTE_MS, evictableMs = EVICTABLE_MS) {
    this.#limit = limit;
    this.#firstByteMs = firstByteMs;
    this.#evictableMs = evictableMs;
  }

  /** Connections with a request. */
  get active(): number {
    return this.#busy;
  }

  connected(socket: Socket): void {
    // A connection comes again when its upgrade was declined.
    if (this.#open.has(socket)) return;
    this.#makeRoom(1);
    const most = this.#limit + RESERVED_CONNECTIONS;
    if (this.#open.size >= most) this.#evict(0);
    if (this.#open.size >= most) {
      socket.destroy();
      return;
    }
    const firstByte = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy();
    }, this.#firstByteMs);
    firstByte.unref();
    const connection = {
      firstByte,
      beyond: this.#open.size >= this.#limit,
      requests: 0,
      since: performance.now(),
    };
    this.#open.set(socket, connection);
    this.#silent.set(socket, connection);
    socket.once('close', () => this.#closed(socket));
  }

  /** A request has begun to arrive: its headers are read. */
  requested({ socket }: IncomingMessage, response: ServerResponse): void {
    if (this.#begin(socket)) response.once('close', () => this.#end(socket));
    this.#makeRoom(0);
  }

  /** The connection speaks another protocol from now on. */
  upgraded(socket: Socket): void {
    this.#begin(socket);
  }

  /** Whether a connection may only ask how the server is. */
  isBeyond(socket: Socket): boolean {
    return this.#open.get(socket)?.beyond === true && this.#open.size > this.#limit;
  }

  /** Calls `listener` once, when no connection has a request; at once where that is so. */
  whenQuiet(listener: () => void): void {
    if (this.#busy === 0) listener();
    else this.#quietListeners.push(listener);
  }

  /** Closes those that have no request. */
  closeIdle(): void {
    for (const socket of [...this.#silent.keys(), ...this.#idle.keys()]) socket.destroy();
  }

  closeAll(): void {
    for (const socket of [...this.#open.keys()]) socket.destroy();
  }

  #begin(socket: Socket): boolean {
    const connection = this.#open.get(socket);
    if (connection === undefined) return false;
    clearTimeout(connection.firstByte);
    this.#silent.delete(socket);
    this.#idle.delete(socket);
    if (connection.requests++ === 0) this.#busy++;
    return true;
  }

  #end(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection === undefined || --connection.requests > 0) return;
    connection.since = performance.now();
    this.#idle.set(socket, connection);
    this.#lessBusy();
  }

  #closed(socket: Socket): void {
    const connection = this.#open.get(socket);
    // It was closed for another one before.
    if (connection === undefined) return;
    clearTimeout(connection.firstByte);
    this.#open.delete(socket);
    this.#silent.delete(socket);
    this.#idle.delete(socket);
    if (connection.requests > 0) this.#lessBusy();
  }

  #lessBusy(): void {
    if (--this.#busy > 0) return;
    for (const listener of this.#quietListeners.splice(0)) listener();
  }

  #makeRoom(places: number): void {
    while (this.#open.size + places > this.#limit && this.#evict(this.#evictableMs));
  }

  /** Closes what has waited longest without a request, if for `age` ms; whether there was one. */
  #evict(age: number): boolean {
    for (const waiting of [this.#silent, this.#idle]) {
      const [oldest] = waiting;
      if (oldest === undefined) continue;
      const [socket, { since }] = oldest;
      if (performance.now() - since < age) continue;
      this.#closed(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}
