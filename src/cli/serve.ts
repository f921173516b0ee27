/** `kinglet serve MODEL`: listens at once, answers when the model is there. */
import type { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { pino, type Logger } from 'pino';
import { checkServeConfig, type ServeConfig } from '../config.js';
import type { KingletError } from '../errors.js';
import { buildApp } from '../server/app.js';
import { ServerContext } from '../server/context.js';
import { ModelLoader } from '../server/load-model.js';
import { Metrics } from '../server/metrics.js';
import { VERSION } from '../version.js';
import { showProgress } from './progress.js';
import { unknownVariables } from './environment.js';
import { MODEL_ARGUMENT } from './model-argument.js';
import { addServeOptions, configOf } from './serve-options.js';

/** Time for the last answers to leave their sockets once the engine has ended. */
const FLUSH_MS = 1000;

export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .description('serves a model over the OpenAI API')
    .argument(...MODEL_ARGUMENT);
  addServeOptions(command).action((model: string) => new Server(model, configOf(command)).run());
}

/** The process: from the first line of the log to its exit status. */
class Server {
  readonly #config: ServeConfig;
  readonly #log: Logger;
  readonly #loader: ModelLoader;
  readonly #context: ServerContext;
  #app: FastifyInstance | null = null;
  #stopping = false;

  constructor(model: string, config: ServeConfig) {
    this.#config = config;
    checkServeConfig(config);
    this.#log = pino({ level: config.logLevel, base: null });
    this.#loader = new ModelLoader(model, config, this.#log, (error) => void this.#die(error));
    this.#context = new ServerContext(
      config,
      new Metrics(),
      this.#log,
      () => this.#loader.progress,
    );
  }

  async run(): Promise<void> {
    for (const warning of unknownVariables(process.env)) this.#log.warn(warning);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => this.#stop(signal));
    }
    this.#app = await buildApp(this.#context);
    const address = await this.#app.listen({
      host: this.#config.host,
      port: this.#config.port,
      listenTextResolver: (at) => `kinglet ${VERSION} listens on ${at}`,
    });
    const endProgress = showProgress(() => this.#loader.progress, this.#log);
    try {
      this.#context.serve(await this.#loader.load());
    } catch (error) {
      if (!this.#stopping) throw error;
      return;
    } finally {
      endProgress();
    }
    this.#log.info(`ready: model ${this.#context.model.names.join(', ')} at ${address}/v1`);
  }

  /** The first signal drains within the grace period; a second one stops at once. */
  #stop(signal: string): void {
    if (this.#stopping) {
      this.#log.warn(`${signal} again: stopping at once`);
      process.exit(1);
    }
    this.#stopping = true;
    this.#log.info(`${signal}: finishing within ${this.#config.gracePeriodSeconds} s`);
    this.#drain().then(
      () => process.exit(0),
      (error: unknown) => {
        this.#log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  }

  /**
   * The server listens on until the last answer is out, so that probes and clients are told what
   * happens instead of finding nobody.
   */
  async #drain(): Promise<void> {
    const deadline = performance.now() + this.#config.gracePeriodSeconds * 1000;
    const model = this.#context.modelIfLoaded;
    this.#context.drain();
    this.#app?.connections.closeIdle();
    await model?.engine.drain(this.#config.gracePeriodSeconds * 1000);
    await this.#answersOut(FLUSH_MS);
    // A client that has not answered the closing handshake has received all there was.
    for (const client of this.#app?.websocketServer.clients ?? []) {
      if (client.readyState === client.CLOSING) client.terminate();
    }
    await this.#answersOut(deadline - performance.now());
    await this.#hangUp();
    await this.#loader.stop();
    this.#log.info('stopped');
  }

  /** The engine is dead: requests have got their errors, and the process must not go on. */
  async #die(error: KingletError): Promise<void> {
    this.#log.fatal({ code: error.code }, `the engine has failed: ${error.message}`);
    this.#context.fail(error.message);
    await this.#answersOut(FLUSH_MS);
    await this.#hangUp();
    process.exit(1);
  }

  /** Waits until every answer has left its socket, at most `ms` milliseconds. */
  async #answersOut(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms)))),
      new Promise<void>((resolve) => {
        if (this.#app === null) resolve();
        else this.#app.connections.whenQuiet(resolve);
      }),
    ]);
    clearTimeout(timer);
  }

  /** Takes no more connections, and closes every one. */
  async #hangUp(): Promise<void> {
    const closed = this.#app?.close();
    for (const client of this.#app?.websocketServer.clients ?? []) client.terminate();
    this.#app?.connections.closeAll();
    await closed;
  }
}
