/** The whole server over the fake addon: everything but a model and a thread. */
import { pino } from 'pino';
import type { Test } from 'tap';
import type { FastifyInstance } from 'fastify';
import { serveConfig, type ServeConfig } from '../../src/config.js';
import type { StartedEngine } from '../../src/engine/client.js';
import type { EngineOptions } from '../../src/engine/options.js';
import type { GenerationRequest } from '../../src/engine/types.js';
import type { GenerationDefaults } from '../../src/model/generation-defaults.js';
import { buildApp } from '../../src/server/app.js';
import { ServerContext } from '../../src/server/context.js';
import { callSpeller } from '../../src/server/generation/spelled-calls.js';
import type { ServedModel } from '../../src/server/served-model.js';
import { Metrics } from '../../src/server/metrics.js';
import { Prompts } from '../../src/prompts/prompts.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';
import { byteTokenizer, BYTE_EOS, BYTE_VOCAB_SIZE } from './byte-tokenizer.js';
import { engineOptions } from './engine.js';
import { createFakeAddon, type FakeAddonOptions } from './fake-addon.js';
import { createInlineEngine } from './inline-engine.js';

export const MODEL = 'test-model';
const CONTEXT_LENGTH = 512;

export interface TestServerOptions {
  readonly config?: Partial<ServeConfig>;
  readonly fake?: FakeAddonOptions;
  readonly engine?: Partial<EngineOptions>;
  readonly defaults?: GenerationDefaults;
  readonly model?: Partial<ServedModel>;
  readonly tokenizer?: Tokenizer;
  readonly contextLength?: number;
  /** The model is not there yet; `serve()` brings it. */
  readonly loading?: boolean;
}

export interface TestServer {
  readonly app: FastifyInstance;
  readonly context: ServerContext;
  readonly engine: StartedEngine;
  readonly model: ServedModel;
  /** What the engine was asked for, in order. */
  readonly requests: GenerationRequest[];
  /** Lines of the log, parsed. */
  readonly log: Record<string, unknown>[];
  serve(): void;
}

/**
 * A server that ends with the test; it listens only when the test calls `app.listen`. Chats are
 * answered with «Hello.», unless `fake` says otherwise.
 */
export async function testServer(t: Test, options: TestServerOptions = {}): Promise<TestServer> {
  const tokenizer = options.tokenizer ?? byteTokenizer();
  const engine = fakeEngine(options, tokenizer);
  await engine.ready;
  const requests: GenerationRequest[] = [];
  const submit = engine.submit.bind(engine);
  engine.submit = (request, signal) => {
    requests.push(request);
    return submit(request, signal);
  };
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: options.config?.logLevel ?? 'info' },
    { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const config = serveConfig(options.config);
  const context = new ServerContext(config, new Metrics(), logger);
  const prompts = new Prompts(tokenizer, {
    maxQueuedBytes: config.maxPromptQueueBytes,
    maxRenderMs: config.maxRenderMs,
    toolCallParser: config.toolCallParser,
  });
  const model: ServedModel = {
    names: [MODEL, 'org/other-name'],
    engine,
    tokenizer,
    prompts,
    thoughtClosing: await prompts.thoughtClosing(config.reasoningBudgetMessage),
    speller: callSpeller(tokenizer, BYTE_VOCAB_SIZE, prompts.toolFamily),
    vocabSize: BYTE_VOCAB_SIZE,
    contextLength: options.contextLength ?? CONTEXT_LENGTH,
    defaults: options.defaults ?? {},
    fingerprint: 'kinglet-test-fake-0',
    created: 1_700_000_000,
    ...options.model,
  };
  const app = await buildApp(context);
  if (options.loading !== true) context.serve(model);
  const serve = () => context.serve(model);
  const close = async () => {
    const closed = app.close();
    app.server.closeAllConnections();
    for (const client of app.websocketServer.clients) client.terminate();
    await closed;
    await engine.close();
    await model.prompts.close();
  };
  t.teardown(close);
  return { app, context, engine, model, requests, log, serve };
}

function fakeEngine(options: TestServerOptions, tokenizer: Tokenizer): StartedEngine {
  return createInlineEngine(
    engineOptions({
      contextLength: options.contextLength ?? CONTEXT_LENGTH,
      tokenTable: tokenizer.table,
      kvBlocks: 1024,
      maxNumSeqs: 16,
      maxQueue: 256,
      ...options.engine,
    }),
    createFakeAddon(options.fake ?? { next: answering('Hello.') }),
  );
}

/**
 * A `next` for the fake that answers every chat with these bytes, then the end of sequence; prompts
 * that end otherwise are answered with the letter a, without an end.
 */
export function answering(
  text: string,
): (context: { readonly tokens: readonly number[] }) => number {
  const answer = [...Buffer.from(text), BYTE_EOS];
  // What follows the prompt is what has been answered: the prompts of a template end in this.
  const mark = [...Buffer.from('assistant\n')];
  return ({ tokens }) => {
    const at = lastIndexOf(tokens, mark);
    return at < 0 ? 'a'.charCodeAt(0) : (answer[tokens.length - at - mark.length] ?? BYTE_EOS);
  };
}

function lastIndexOf(tokens: readonly number[], mark: readonly number[]): number {
  let at = tokens.length - mark.length;
  while (at >= 0 && !mark.every((token, i) => tokens[at + i] === token)) at--;
  return at;
}

/** The JSON objects of an event stream; `[DONE]` comes as the string. */
export function sseEvents(body: string): unknown[] {
  return body
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length))
    .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as unknown)));
}
