/** The table of docs/api.md: each value in it is sent, and changes nothing of what is computed. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocket } from 'ws';
import type { GenerationRequest } from '../../src/engine/types.js';
import { REPOSITORY } from '../support/reference.js';
import { answering, MODEL, testServer, type TestServer } from '../support/test-server.js';

type Fields = Record<string, unknown>;
type Else = 'refused' | 'honoured' | 'taken' | 'unknown';
interface Row {
  readonly where: string;
  readonly values: readonly Fields[];
  readonly others: Else;
}

/** A value of a field that asks for something, whatever the field. */
const SOMETHING = ['other'];

const section = readFileSync(new URL('docs/api.md', REPOSITORY), 'utf8')
  .split(/^## /m)
  .find((each) => each.startsWith('What asks for nothing'))!;
const lines = section.split('\n').filter((line) => line.startsWith('| '));
const rows: readonly Row[] = lines
  .map((line) => /^\| ([a-z, ]+) \| (`.*`) \| (refused|honoured|taken|unknown) \|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, where = '', values = '', others]) => ({
    where,
    values: [...values.matchAll(/`([^`]+)`/g)].map(([, code]) => JSON.parse(`{${code}}`) as Fields),
    others: others as Else,
  }));

const user = { role: 'user', content: 'Hello?' };
const assistant = { role: 'assistant', content: 'Yes.' };

/** A request with the fields at the place that a row names; without fields, what it is compared with. */
const PLACES: Record<string, (fields: Fields) => { url: string; body: Fields; prefix?: string }> = {
  chat: (fields) => ({ url: '/v1/chat/completions', body: { messages: [user], ...fields } }),
  completions: (fields) => ({ url: '/v1/completions', body: { prompt: 'Hello', ...fields } }),
  'assistant message': (fields) => ({
    url: '/v1/chat/completions',
    body: { messages: [user, { ...assistant, ...fields }, user] },
    prefix: 'messages[1].',
  }),
  'called function': (fields) => {
    const call = { id: 'call_1', function: { name: 'f', arguments: '{}', ...fields } };
    const messages = [user, { role: 'assistant', tool_calls: [call] }, user];
    return { url: '/v1/chat/completions', body: { messages } };
  },
  message: (fields) => ({
    url: '/v1/chat/completions',
    body: { messages: [{ ...user, ...fields }, { ...assistant, ...fields }, user] },
  }),
  'text part': (fields) => ({
    url: '/v1/chat/completions',
    body: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?', ...fields }] }] },
  }),
  responses: (fields) => ({ url: 'ws', body: { input: 'Hello?', ...fields } }),
  'input item': (fields) => ({
    url: 'ws',
    body: { input: [user, { type: 'message', ...assistant, ...fields }, user] },
  }),
};

/** Asks over HTTP or the websocket; the error that came instead of an answer, or null. */
async function asker(server: TestServer) {
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/responses`);
  await once(socket, 'open');
  const overSocket = (body: Fields): Promise<Fields | null> =>
    new Promise((resolve) => {
      const listen = (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as { type: string; error?: Fields };
        if (!/^error$|^response\.(completed|incomplete|failed)$/.test(frame.type)) return;
        socket.off('message', listen);
        resolve(frame.error ?? null);
      };
      socket.on('message', listen);
      socket.send(JSON.stringify({ type: 'response.create', ...body }));
    });
  const overHttp = async (url: string, body: Fields): Promise<Fields | null> => {
    const response = await server.app.inject({ method: 'POST', url, payload: body });
    return response.json<{ error?: Fields }>().error ?? null;
  };
  const ask = (url: string, body: Fields) => {
    const named = { model: MODEL, ...body };
    return url === 'ws' ? overSocket(named) : overHttp(url, named);
  };
  return { ask, close: () => socket.terminate() };
}

/** What the engine was asked for, but for what is another in each request. */
function computed({ id: _, sampling: { seed: __, ...sampling }, ...rest }: GenerationRequest) {
  return { ...rest, sampling };
}

t.test('what asks for nothing changes nothing', async (t) => {
  t.equal(rows.length, lines.length - 2, 'every row but the head is read');
  t.ok(rows.length > 20);
  const server = await testServer(t, { fake: { next: answering('Yes.') } });
  const { ask, close } = await asker(server);
  t.teardown(close);
  for (const { where, values, others } of rows) {
    for (const name of where.split(', ')) {
      const place = PLACES[name];
      if (place === undefined) throw new Error(`no request has a place called '${name}'`);
      const plain = place({});
      t.equal(await ask(plain.url, plain.body), null, name);
      const expected = computed(server.requests.at(-1)!);
      for (const fields of values) {
        const told = `${name}: ${JSON.stringify(fields)}`;
        const { url, body } = place(fields);
        const before = server.requests.length;
        t.equal(await ask(url, body), null, told);
        t.equal(server.requests.length, before + 1, told);
        t.strictSame(computed(server.requests.at(-1)!), expected, told);
      }
      if (others === 'honoured' || others === 'taken') continue;
      for (const field of new Set(values.map((each) => Object.keys(each).at(-1)!))) {
        const something = field === 'best_of' ? 3 : SOMETHING;
        const { url, body, prefix = '' } = place({ [field]: something });
        t.match(
          await ask(url, body),
          {
            code: others === 'refused' ? 'unsupported_parameter' : 'unknown_parameter',
            param: `${prefix}${field}`,
          },
          `${name}: another ${field}`,
        );
      }
    }
  }
});
