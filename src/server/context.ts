import type { Logger } from 'pino';
import type { ServeConfig } from '../config.js';
import type { Engine, EngineState } from '../engine/types.js';
import { KingletError } from '../errors.js';
import { engineFailed, modelLoading, shuttingDown } from '../errors/availability.js';
import type { GenerationDefaults } from '../model/generation-defaults.js';
import type { Prompts } from '../prompts/prompts.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { echoed } from './echo.js';
import { ParseTurns } from './json/turns.js';
import type { Metrics } from './metrics.js';
import { availableMemory } from '../machine/memory-available.js';
import { PendingBytes } from './pending-bytes.js';
import { Refusals } from './refusals.js';
import { defaultPendingBytes } from './request-memory.js';

/** A model that is loaded and what requests need to know of it. */
export interface ServedModel {
  /** Names that requests may use; answers carry the first. */
  readonly names: readonly [string, ...string[]];
  /** Requests may use any other name too, and answers carry the one that was asked for. */
  readonly anyName?: boolean;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly prompts: Prompts;
  readonly vocabSize: number;
  /** Prompt and answer together, in tokens. */
  readonly contextLength: number;
  readonly defaults: GenerationDefaults;
  /** Names build, kernel table and weights. */
  readonly fingerprint: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** '' is what clients send whose settings have no name. */
function isUnnamed(name: string | undefined): name is '' | undefined {
  return name === undefined || name === '';
}

/** The name of a model in the answer to a request that gave `asked`. */
export function answeredName(model: ServedModel, asked: string | undefined): string {
  return model.anyName === true && !isUnnamed(asked) ? asked : model.names[0];
}

/** All that routes share. The server listens before a model is there, and while it drains. */
export class ServerContext {
  private loaded: ServedModel | null = null;
  private failure: string | null = null;
  private readonly draining = new AbortController();
  /** What waits for the engine. */
  readonly pending: PendingBytes;
  readonly refusals: Refusals;
  readonly parseTurns = new ParseTurns();

  constructor(
    readonly config: ServeConfig,
    readonly metrics: Metrics,
    readonly log: Logger,
    /** How far loading is, 0 to 1. */
    private readonly loadingProgress: () => number = () => 0,
  ) {
    this.pending = new PendingBytes(
      config.maxPendingBytes ?? defaultPendingBytes(availableMemory().bytes),
    );
    this.refusals = new Refusals(log, metrics);
    metrics.watchPending(() => this.pending.used);
  }

  get state(): EngineState {
    if (this.failure !== null) return 'failed';
    if (this.draining.signal.aborted)
      return this.loaded?.engine.state === 'failed' ? 'failed' : 'draining';
    return this.loaded?.engine.state ?? 'loading';
  }

  /** How far loading is, 0 to 1. */
  get progress(): number {
    return this.loaded === null ? this.loadingProgress() : 1;
  }

  /** False when work would not be done: the engine failed or shows no sign of life. */
  get healthy(): boolean {
    if (this.state === 'failed') return false;
    return this.loaded === null || this.loaded.engine.healthy;
  }

  /** Admits requests from now on. */
  serve(model: ServedModel): void {
    this.loaded = model;
    this.metrics.serve(model);
  }

  /** Refuses requests from now on, without an end. */
  fail(message: string): void {
    this.failure = message;
  }

  /** Refuses new requests from now on; those under way go on. */
  drain(): void {
    this.draining.abort();
  }

  /** Aborted when the server takes no more requests. */
  get drainSignal(): AbortSignal {
    return this.draining.signal;
  }

  /** The model, or null before it is loaded. */
  get modelIfLoaded(): ServedModel | null {
    return this.loaded;
  }

  /** The model; throws `model_loading`, `shutting_down` or `engine_failed` where none can answer. */
  get model(): ServedModel {
    switch (this.state) {
      case 'failed':
        throw engineFailed(this.failure ?? undefined);
      case 'draining':
      case 'stopped':
        throw shuttingDown();
      case 'loading':
        throw modelLoading(this.progress);
      case 'ready':
        return this.loaded!;
    }
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
