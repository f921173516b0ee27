/** Any server of OpenAI's API. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isLoopback } from '../../config.js';
import { KingletError } from '../../errors.js';
import { invalidFlag } from '../../errors/starting.js';
import { Fields } from '../fields.js';
import { jsonOf, type HttpAnswer } from './refusal.js';
import { withRetries, type Patience } from './retries.js';
import type { Target } from './target.js';

interface UrlOptions {
  /** With or without /v1. */
  readonly url: string;
  readonly apiKey: string | null;
  /** null: the first that the server lists. */
  readonly model: string | null;
  readonly patience?: Patience;
}

/** Most bytes of an answer. */
const MAX_ANSWER_BYTES = 512 * 2 ** 20;

/** Rejects with `invalid_flag` for what is no URL, and with what the server refuses its list with. */
export async function connect(options: UrlOptions): Promise<Target> {
  const base = baseOf(options.url);
  const server = new Server(base, options);
  const model = options.model ?? firstModel(await server.ask('GET', '/v1/models', null), base);
  return {
    model,
    identity: { url: base, model },
    isHere: isLoopback(new URL(base).hostname),
    post: (path, body) => server.ask('POST', path, { model, ...body }),
    close: () => Promise.resolve(),
  };
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw invalidFlag('--url', 'an address such as http://127.0.0.1:8080/v1', url);
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

function firstModel(answer: unknown, base: string): string {
  const place = `${base}/v1/models`;
  const [first] = new Fields(answer, place, 'invalid_value').objects('data');
  if (first !== undefined) return first.text('id');
  throw new KingletError('model_not_found', `${place} lists no model: name one with --model.`);
}

class Server {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #patience: Patience;

  constructor(base: string, { apiKey, patience = {} }: UrlOptions) {
    this.#base = base;
    this.#patience = patience;
    this.#headers = {
      'content-type': 'application/json',
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    };
  }

  ask(method: string, path: string, body: object | null): Promise<unknown> {
    const url = this.#base + path;
    const text = body === null ? '' : JSON.stringify(body);
    return withRetries(
      async () => jsonOf(await this.#send(method, url, text), url),
      this.#patience,
    );
  }

  /** Without any time limit: an answer on a small machine may take an hour. */
  #send(method: string, url: string, body: string): Promise<HttpAnswer> {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => reject(unreachable(url, cause));
      const headers = { ...this.#headers, 'content-length': String(Buffer.byteLength(body)) };
      const sent = request(url, { method, headers }, (response) => {
        const { statusCode: status = 0, headers: answered } = response;
        bytesOf(response).then(
          (bytes) =>
            resolve({ status, retryAfter: answered['retry-after'], body: bytes.toString() }),
          fail,
        );
      });
      sent.on('error', fail);
      sent.end(body);
    });
  }
}

function unreachable(url: string, cause: Error): KingletError {
  return new KingletError(
    'model_not_readable',
    `${url} does not answer (${cause.message}). What was answered before is kept: the same command goes on there.`,
    { cause },
  );
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`more than ${MAX_ANSWER_BYTES} bytes`);
  }
  return Buffer.concat(pieces);
}
