/** HTTP and websocket byte by byte, as no client library would send them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class RawSocket {
  readonly socket: Socket;
  closed = false;
  #received: Buffer[] = [];

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (bytes: Buffer) => this.#received.push(bytes));
    this.socket.on('error', () => {}).on('close', () => (this.closed = true));
  }

  static async open(port: number): Promise<RawSocket> {
    const raw = new RawSocket(port);
    await once(raw.socket, 'connect');
    return raw;
  }

  /** Sends each piece in a packet of its own. */
  async send(...pieces: (string | Buffer)[]): Promise<this> {
    for (const piece of pieces) {
      this.socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this;
  }

  get text(): string {
    return Buffer.concat(this.#received).toString('utf8');
  }

  /** Waits until what has come matches, or the server has hung up. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text) && !this.closed) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.text;
  }

  /** All that comes until the server hangs up. */
  async ending(): Promise<string> {
    while (!this.closed) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.text;
  }
}

/** Status lines of what a server has sent. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => Number(match[1]));
}

/** The last body of what a server has sent, as JSON. */
export function lastBody(text: string): unknown {
  return JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n')));
}

/** A request with a JSON body, and whatever headers a test wants. */
export function post(path: string, body: object | string, headers = ''): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`
  );
}

export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
}

export const WEBSOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** A masked frame of a client; the mask is zero. */
export function frame(payload: string | Buffer, opcode = 1, final = true): Buffer {
  const bytes = Buffer.from(payload as string);
  const first = (final ? 0x80 : 0) | opcode;
  const mask = Buffer.alloc(4);
  if (bytes.length < 126)
    return Buffer.concat([Buffer.of(first, 0x80 | bytes.length), mask, bytes]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  return Buffer.concat([Buffer.of(first, 0xff), length, mask, bytes]);
}
