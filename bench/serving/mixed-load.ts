/** Sends a mix of requests, and checks that each has the answer that it should have. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { LoadJob, MixedReport } from './load-job.js';
import { RequestMix, type HttpRequest, type WebsocketRequest } from './mixed-requests.js';
import { randomWords } from './random-prompts.js';

/** One request in so many comes on a new connection. */
const NEW_CONNECTION = 4;
/** Words by which the tokens of a word are found. */
const SAMPLE_WORDS = 256;

/** Sends `requests` of the mix, `job.clients` at a time. Throws at the first wrong answer. */
export async function sendMixed(job: LoadJob, requests: number): Promise<MixedReport> {
  const agent = new Agent({ keepAlive: true });
  const mix = new RequestMix(await promptLength(job.origin));
  const started = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < requests) {
      const index = next++;
      const mixed = mix.at(index);
      if (mixed.kind === 'websocket') await converse(job.origin, mixed);
      else await send(job.origin, mixed, index % NEW_CONNECTION === 0 ? false : agent);
    }
  };
  await Promise.all(Array.from({ length: job.clients }, client));
  agent.destroy();
  return { seconds: (performance.now() - started) / 1000 };
}

async function promptLength(origin: string) {
  const response = await fetch(`${origin}/tokenize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: randomWords(SAMPLE_WORDS) }),
  });
  const { count } = (await response.json()) as { readonly count: number };
  return { words: SAMPLE_WORDS, tokens: count, tokensPerWord: count / SAMPLE_WORDS };
}

/** Resolves once the answer has ended, or the client has gone. */
function send(origin: string, mixed: HttpRequest, agent: Agent | false): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(`${origin}${mixed.path}`, {
      method: 'POST',
      agent,
      headers: {
        'content-type': mixed.contentType,
        'content-length': Buffer.byteLength(mixed.body),
      },
    });
    const { leaves } = mixed;
    if (typeof leaves === 'number') setTimeout(() => call.destroy(), leaves).unref();
    call.on('error', (error: NodeJS.ErrnoException) => {
      if (leaves !== 'never') resolve();
      // The server may close an idle connection just when it is used again.
      else if (call.reusedSocket && error.code === 'ECONNRESET')
        send(origin, mixed, false).then(resolve, reject);
      else reject(error);
    });
    call.on('response', (response) => {
      readAnswer(call, response, mixed).then(resolve, reject);
    });
    call.end(mixed.body);
  });
}

async function readAnswer(
  call: ClientRequest,
  response: IncomingMessage,
  { path, body, expected, leaves }: HttpRequest,
): Promise<void> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const piece of response) {
      text += piece as string;
      if (leaves === 'first piece') call.destroy();
    }
  } catch (error) {
    if (leaves === 'never') throw error;
    return;
  }
  const streams = response.headers['content-type']?.startsWith('text/event-stream') === true;
  const broken = streams && leaves === 'never' && !text.endsWith('data: [DONE]\n\n');
  if (response.statusCode === expected && !broken) return;
  throw new Error(
    `${path} answered ${response.statusCode} instead of ${expected}: ${text.slice(-500)}\n` +
      body.slice(0, 500),
  );
}

/** Has each frame answered, on one connection. */
function converse(origin: string, { frames }: WebsocketRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/v1/responses`);
    const waiting = [...frames];
    const sendNext = (): void => {
      const frame = waiting.shift();
      if (frame === undefined) socket.close();
      else socket.send(frame);
    };
    socket.on('open', sendNext);
    socket.on('message', (data: Buffer) => {
      const { type } = JSON.parse(data.toString()) as { readonly type: string };
      if (type === 'response.completed' || type === 'response.incomplete') sendNext();
      else if (type === 'error' || type === 'response.failed') reject(new Error(data.toString()));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}
