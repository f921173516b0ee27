/** A test server on a port of its own, and raw sockets to it. */
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { RawSocket } from './raw-socket.js';
import { testServer, type TestServer, type TestServerOptions } from './test-server.js';

export interface ListeningServer {
  readonly server: TestServer;
  readonly port: number;
  /** A connection that ends with the test. */
  readonly open: () => Promise<RawSocket>;
}

export async function listeningServer(
  t: Test,
  options: TestServerOptions = {},
): Promise<ListeningServer> {
  const server = await testServer(t, options);
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const open = async (): Promise<RawSocket> => {
    const raw = await RawSocket.open(port);
    t.teardown(() => raw.socket.destroy());
    return raw;
  };
  return { server, port, open };
}
