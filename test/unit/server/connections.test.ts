import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { Connections } from '../../../src/server/listener/connections.js';
import { until } from '../../support/until.js';

/** Connections beyond the limit that are let in to be answered. */
const RESERVED = 32;

/** A server whose requests are answered when the test says so. */
async function start(t: Test, connections: Connections) {
  const server = createServer();
  const waiting: ServerResponse[] = [];
  server.on('connection', (socket) => connections.connected(socket));
  server.on('request', (request: IncomingMessage, response) => {
    connections.requested(request, response);
    waiting.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.teardown(() => {
    connections.closeAll();
    server.close();
  });
  const open = async (bytes = '') => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    if (bytes !== '') socket.write(bytes);
    return socket;
  };
  return { open, waiting };
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const closed = (socket: Socket) => socket.resume() && socket.readableEnded;

t.test('a connection that sends nothing is closed, one that has sent a byte is not', async (t) => {
  const { open } = await start(t, new Connections(10, 100));
  const silent = (await open()).resume();
  const slow = (await open('G')).resume();
  const asking = (await open(REQUEST)).resume();
  await until(() => closed(silent));
  await pause(200);
  t.notOk(closed(slow));
  t.notOk(closed(asking));
});

t.test('who waits longest makes room, but nobody with a request', async (t) => {
  const connections = new Connections(3, 60_000, 0);
  const { open, waiting } = await start(t, connections);
  const busy = (await open(REQUEST)).resume();
  const used = (await open(REQUEST)).resume();
  while (waiting.length < 2) await pause(5);
  waiting[1]!.end();
  const silent = (await open()).resume();
  await until(() => connections.active === 1);
  const next = (await open(REQUEST)).resume();
  // One that never asked goes first...
  await until(() => closed(silent));
  t.notOk(closed(used));
  const after = (await open(REQUEST)).resume();
  // ... then one that asks no more.
  await until(() => closed(used));
  t.notOk(closed(busy) || closed(next) || closed(after));
});

t.test('beyond the limit and its reserve nobody is let in', async (t) => {
  const connections = new Connections(2, 60_000, 0);
  const { open, waiting } = await start(t, connections);
  const all = [];
  for (let i = 0; i < 2 + RESERVED + 3; i++) {
    all.push((await open(REQUEST)).resume());
    await pause(5);
  }
  for (let i = 0; i < 200 && all.filter(closed).length < 3; i++) await pause(25);
  t.equal(all.filter(closed).length, 3);
  t.equal(waiting.length, 2 + RESERVED);
  const beyond = waiting.filter((response) => connections.isBeyond(response.req.socket));
  t.equal(beyond.length, RESERVED);
  let quiet = false;
  connections.whenQuiet(() => (quiet = true));
  t.notOk(quiet);
  for (const response of waiting.splice(0)) response.end();
  for (let i = 0; i < 200 && !quiet; i++) await pause(25);
  t.ok(quiet);
  t.equal(connections.active, 0);
  let told = false;
  connections.whenQuiet(() => (told = true));
  t.ok(told, 'told at once');
});
