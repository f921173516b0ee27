/** A server that runs as a process: its address, its signals, its end. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { ServeConfig } from '../config.js';
import type { KingletError } from '../errors.js';
import { buildApp } from '../server/app.js';
import { ServerContext } from '../server/context.js';
import type { BegunModel, ModelLoader } from '../server/load-model.js';
import { Metrics } from '../server/metrics.js';
import { VERSION } from '../version.js';
import { showProgress } from './progress.js';

/** Time for the last answers to leave their sockets once the engine has ended. */
const FLUSH_MS = 1000;

/** The process: from the first address that it listens on to its exit status. */
export class ServerProcess {
  readonly #config: ServeConfig;
  readonly #log: Logger;
  readonly #loader: ModelLoader;
  readonly #context: ServerContext;
  #app: FastifyInstance | null = null;
  #stopping = false;

  constructor(config: ServeConfig, log: Logger, loader: ModelLoader) {
    this.#config = config;
    this.#log = log;
    this.#loader = loader;
    this.#context = new ServerContext(config, new Metrics(), log, () => loader.progress);
  }

  /** Listens, and serves the model once the loader has it: false where it was ended before. */
  async run(begun: BegunModel): Promise<boolean> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => this.#stop(signal));
    }
    this.#app = await buildApp(this.#context);
    const address = await this.#app.listen({
      host: this.#config.host,
      port: this.#config.port,
      listenTextResolver: (at) => `kinglet ${VERSION} listens on ${at}`,
    });
    const endProgress = await showProgress(() => this.#loader.progress, this.#log);
    try {
      this.#context.serve(await this.#loader.finish(begun));
    } catch (error) {
      if (!this.#stopping) throw error;
      return false;
    } finally {
      endProgress();
    }
    this.#log.info(`ready: model ${this.#context.model.names.join(', ')} at ${address}/v1`);
    return true;
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
  async die(error: KingletError): Promise<void> {
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
