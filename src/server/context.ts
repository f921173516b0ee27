import type { Logger } from 'pino';
import type { ServeConfig } from '../config.js';
import type { EngineState } from '../engine/types.js';
import { KingletError } from '../errors.js';
import { engineFailed, modelLoading, shuttingDown } from '../errors/availability.js';
import { echoed } from './echo.js';
import { SteeredChats } from './generation/steered-chats.js';
import { ParseTurns } from './json/turns.js';
import type { Metrics } from './metrics.js';
import { PendingBytes } from './pending-bytes.js';
import { Refusals } from './refusals.js';
import { isUnnamed, type ServedModel } from './served-model.js';
import { DEFAULT_PENDING_BYTES } from './request-memory.js';

/** All that routes share. The server listens before a model is there, and while it drains. */
export class ServerContext {
  /** What waits for the engine. */
  readonly pending: PendingBytes;
  readonly refusals: Refusals;
  readonly parseTurns = new ParseTurns();
  readonly steered = new SteeredChats();
  readonly #loadingProgress: () => number;
  readonly #draining = new AbortController();
  #loaded: ServedModel | null = null;
  #failure: string | null = null;

  /** `loadingProgress` tells how far loading is, 0 to 1. */
  constructor(
    readonly config: ServeConfig,
    readonly metrics: Metrics,
    readonly log: Logger,
    loadingProgress: () => number = () => 0,
  ) {
    this.#loadingProgress = loadingProgress;
    this.pending = new PendingBytes(config.maxPendingBytes ?? DEFAULT_PENDING_BYTES);
    this.refusals = new Refusals(log, metrics);
    metrics.watchPending(() => this.pending.used);
  }

  get state(): EngineState {
    if (this.#failure !== null) return 'failed';
    if (this.#draining.signal.aborted)
      return this.#loaded?.engine.state === 'failed' ? 'failed' : 'draining';
    return this.#loaded?.engine.state ?? 'loading';
  }

  /** How far loading is, 0 to 1. */
  get progress(): number {
    return this.#loaded === null ? this.#loadingProgress() : 1;
  }

  /** False when work would not be done: the engine failed or shows no sign of life. */
  get healthy(): boolean {
    if (this.state === 'failed') return false;
    return this.#loaded === null || this.#loaded.engine.healthy;
  }

  /** Admits requests from now on. */
  serve(model: ServedModel): void {
    this.#loaded = model;
    this.metrics.serve(model);
  }

  /** Refuses every request from now on. */
  fail(message: string): void {
    this.#failure = message;
  }

  /** Refuses new requests from now on; those under way go on. */
  drain(): void {
    this.#draining.abort();
  }

  /** Aborted when the server takes no more requests. */
  get drainSignal(): AbortSignal {
    return this.#draining.signal;
  }

  /** The model, or null before it is loaded. */
  get modelIfLoaded(): ServedModel | null {
    return this.#loaded;
  }

  /** The model; throws `model_loading`, `shutting_down` or `engine_failed` where none can answer. */
  get model(): ServedModel {
    switch (this.state) {
      case 'failed':
        throw engineFailed(this.#failure ?? undefined);
      case 'draining':
      case 'stopped':
        throw shuttingDown();
      case 'ready':
        if (this.#loaded !== null) return this.#loaded;
        break;
      case 'loading':
        break;
    }
    throw modelLoading(this.progress);
  }

  /** The model under the name that a request gives, if any; throws `model_not_found` for another. */
  modelNamed(name: string | undefined): ServedModel {
    const model = this.model;
    if (!isUnnamed(name) && model.anyName !== true && !model.names.includes(name)) {
      throw new KingletError(
        'model_not_found',
        `The model '${echoed(name)}' does not exist. This server has '${model.names.join("', '")}'.`,
        { param: 'model' },
      );
    }
    return model;
  }
}
