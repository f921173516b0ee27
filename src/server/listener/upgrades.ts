import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { responseUnderWay } from './response-under-way.js';

/** Headers that ask for another protocol on the connection. */
const UPGRADING = new Set(['upgrade', 'http2-settings']);

/** The one protocol that a connection can be upgraded to. Of a GET only: it has no body. */
export function isWebsocketUpgrade({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Makes a plain request of one that offered another protocol (HTTP/2, as every JDK client does): a
 * server may ignore the offer. Node has taken its parser off the connection when it says so: the
 * request is put back without the offer, and the connection handed to the server anew. (Newer
 * versions of Node ask `shouldUpgradeCallback` before, but lose what is pipelined behind a request
 * that is declined so.)
 */
export function declineUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    const header = name.toLowerCase();
    if (UPGRADING.has(header)) continue;
    if (header !== 'connection') {
      lines.push(`${name}: ${value}`);
      continue;
    }
    const kept = value
      .split(',')
      .map((option) => option.trim())
      .filter((option) => option !== '' && !UPGRADING.has(option.toLowerCase()));
    if (kept.length > 0) lines.push(`${name}: ${kept.join(', ')}`);
  }
  // Header bytes come as latin1 and go back so.
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]);
  const handOver = () => {
    if (socket.destroyed) return;
    // The new parser would know nothing of answers that are under way, and its own would wait for ever.
    const before = responseUnderWay(socket);
    if (before !== null) {
      before.once('close', handOver);
      return;
    }
    socket.unshift(bytes);
    server.emit('connection', socket);
  };
  handOver();
}
