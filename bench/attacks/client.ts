/** A client with bad manners: nothing here waits politely or reads what it is sent unless it must. */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Target {
  readonly origin: string;
  readonly model: string;
}

export interface Outcome {
  /** null: no answer came. */
  readonly status: number | null;
  readonly body: string;
  /** Seconds of Retry-After, or null. */
  readonly retryAfter: number | null;
}

/** Posts a body and resolves with the answer, or with none where the connection ends first. */
export function post(
  { origin }: Target,
  path: string,
  body: string | Buffer,
  options: { readonly leaveAfterMs?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const call = request(`${origin}${path}`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    let status: number | null = null;
    let text = '';
    let retryAfter: number | null = null;
    const end = (): void => resolve({ status, body: text, retryAfter });
    call.on('response', (response) => {
      status = response.statusCode ?? null;
      const { 'retry-after': seconds } = response.headers;
      if (seconds !== undefined) retryAfter = Number(seconds);
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('close', end);
    });
    call.on('error', end);
    call.end(body);
    if (options.leaveAfterMs !== undefined) {
      setTimeout(() => call.destroy(), options.leaveAfterMs);
    }
  });
}

/** A chat of one message. */
export function chatBody(model: string, content: string, more: object = {}): string {
  return JSON.stringify({ model, messages: [{ role: 'user', content }], max_tokens: 1, ...more });
}

export function completionBody(model: string, prompt: unknown, more: object = {}): string {
  return JSON.stringify({ model, prompt, max_tokens: 1, ...more });
}

/** A connection that has sent `head` and will say no more by itself. */
export function dial({ origin }: Target, head: string | Buffer): Promise<Socket | null> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(head);
      resolve(socket);
    });
    socket.on('error', () => resolve(null));
  });
}

/** A websocket of the Responses API, upgraded and paused: whoever wants its answers resumes it. */
export async function dialWebsocket(target: Target): Promise<Socket | null> {
  const { host } = new URL(target.origin);
  const socket = await dial(
    target,
    `GET /v1/responses HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  if (socket === null) return null;
  await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
  socket.pause();
  return socket;
}

/** A masked text frame (RFC 6455), with a mask of zeros. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = payload.length;
  const head =
    length < 126
      ? Buffer.from([0x81, 0x80 | length])
      : length < 65536
        ? Buffer.from([0x81, 0x80 | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0]), uint32(length)]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
