/**
 * The engine as the rest of Kinglet sees it: requests in, events out. The work itself runs behind
 * an `EngineThread`.
 */
import { setMaxListeners } from 'node:events';
import { KingletError, type ErrorCode } from '../errors.js';
import { engineFailed, modelLoading, queueFull, shuttingDown } from '../errors/availability.js';
import { Signal, SIGNAL_WORDS, type ModelInfo } from '../native/addon.js';
import { AdmissionQueue } from './admission-queue.js';
import { checkRequest } from './check-request.js';
import { systemClock, type Clock } from './clock.js';
import type { EngineThread, StartThread } from './engine-thread.js';
import { EventBuffer } from './event-buffer.js';
import type { FromEngine, RequestKey, TurnMessage } from './messages.js';
import { DEFAULT_MAX_BUFFERED_BYTES, type EngineOptions, type Vocabulary } from './options.js';
import { Throughput } from './throughput.js';
import type {
  Engine,
  EngineObserver,
  EngineRun,
  EngineState,
  EngineStats,
  GenerationRequest,
} from './types.js';
import { startWorkerThread } from './worker-thread.js';

export interface EngineHooks {
  /**
   * The engine can't go on, all requests have got their error: the process should end. A failure to
   * load is told by `ready` alone.
   */
  readonly onFatal?: (error: KingletError) => void;
  readonly clock?: Clock;
}

/** An engine with what only its owner needs. */
export interface StartedEngine extends Engine {
  /** Gives it the vocabulary, once, at any time while the model is loaded. */
  begin(vocabulary: Vocabulary): void;
  /** Waits for the model and the vocabulary; rejects with the error that loading met. */
  readonly ready: Promise<ModelInfo>;
  /** Null until the model is loaded. */
  readonly info: ModelInfo | null;
  /** How far the file of packed weights is: a `CacheWriting`, or an error number, negated. */
  readonly cacheWriting: number;
}

/** Starts loading, in a worker unless told where; `ready` tells when it is done. */
export function createEngine(
  options: EngineOptions,
  hooks: EngineHooks = {},
  startThread: StartThread = startWorkerThread,
): StartedEngine {
  return new EngineClient(options, startThread, hooks);
}

interface Pending {
  readonly events: EventBuffer;
  /** Takes the listener off the caller's signal. */
  readonly detach: () => void;
}

/** Without a sign of life for so long, a working engine counts as stuck. */
const STUCK_SECONDS = 30;

class EngineClient implements StartedEngine {
  readonly ready: Promise<ModelInfo>;
  info: ModelInfo | null = null;
  stats: EngineStats;
  #state: EngineState = 'loading';
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #onFatal: (error: KingletError) => void;
  readonly #signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
  readonly #thread: EngineThread;
  readonly #observers: EngineObserver[] = [];
  readonly #pending = new Map<RequestKey, Pending>();
  readonly #queue: AdmissionQueue;
  readonly #idle: (() => void)[] = [];
  readonly #throughput: Throughput;
  #resolveReady: (info: ModelInfo) => void = () => undefined;
  #rejectReady: (error: KingletError) => void = () => undefined;
  #hasVocabulary = false;
  #submitted = 0;
  #received = 0;
  #lastHeartbeat = 0;
  #lastSignOfLife: number;

  constructor(options: EngineOptions, start: StartThread, hooks: EngineHooks) {
    this.#options = options;
    this.#clock = hooks.clock ?? systemClock;
    this.#onFatal = hooks.onFatal ?? (() => undefined);
    this.#lastSignOfLife = this.#clock();
    this.#throughput = new Throughput(this.#clock);
    this.#queue = new AdmissionQueue(options.maxNumSeqs);
    this.stats = emptyStats(options.kvBlocks);
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever waits for it sees the rejection; nobody has to.
    this.ready.catch(() => undefined);
    this.#thread = start(options, this.#signals, {
      message: (message) => this.#receive(message),
      died: (reason) => this.#fail('engine_failed', reason),
    });
  }

  get state(): EngineState {
    return this.#state;
  }

  get progress(): number {
    if (this.info !== null) return 1;
    return Math.min(1, Math.max(0, Atomics.load(this.#signals, Signal.progress) / 1000));
  }

  get cacheWriting(): number {
    return Atomics.load(this.#signals, Signal.packedCache);
  }

  get healthy(): boolean {
    if (this.#state === 'failed') return false;
    if (this.info === null || !this.#working) return true;
    const heartbeat = Atomics.load(this.#signals, Signal.heartbeat);
    if (heartbeat !== this.#lastHeartbeat) {
      this.#lastHeartbeat = heartbeat;
      this.#lastSignOfLife = this.#clock();
    }
    return this.#clock() - this.#lastSignOfLife < STUCK_SECONDS;
  }

  /** Whether the thread has anything to compute; requests of paused readers are no work. */
  get #working(): boolean {
    return this.#received < this.#submitted || this.stats.running + this.stats.waiting > 0;
  }

  begin(vocabulary: Vocabulary): void {
    this.#thread.post({ type: 'vocabulary', vocabulary });
    this.#hasVocabulary = true;
    this.#settleReady();
  }

  observe(observer: EngineObserver): void {
    this.#observers.push(observer);
  }

  submit(request: GenerationRequest, signal: AbortSignal): EngineRun {
    this.#admit(request);
    if (!this.#working) this.#lastSignOfLife = this.#clock();
    const key = ++this.#submitted;
    const maxBytes = this.#options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES;
    const events = new EventBuffer(request.n, maxBytes, {
      pause: (choice) => this.#thread.post({ type: 'pause', key, choice }),
      resume: (choice) => this.#thread.post({ type: 'resume', key, choice }),
      abandon: () => this.#abort(key, 'cancelled', 'The reader left.'),
    });
    const onAbort = (): void => this.#abort(key, 'cancelled', 'The request was cancelled.');
    // One signal may stand for many requests: all prompts of an HTTP request share it.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue.enter(key, { samples: request.n, promptTokens: request.promptIds.length });
    this.#pending.set(key, {
      events,
      detach: () => signal.removeEventListener('abort', onAbort),
    });
    this.#thread.post({ type: 'submit', key, request, submittedAt: this.#clock() });
    if (signal.aborted) onAbort();
    return {
      [Symbol.asyncIterator]: () => events,
      endThoughts: (choice) => this.#thread.post({ type: 'endThoughts', key, choice }),
      cancelChoices: (choices) => this.#thread.post({ type: 'cancelChoices', key, choices }),
    };
  }

  async drain(graceMs: number): Promise<void> {
    if (this.#state === 'loading' || this.#state === 'ready') this.#state = 'draining';
    if (this.#pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.#idle.push(resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs))),
    ]);
    clearTimeout(timer);
    this.#abortAll(shuttingDown());
  }

  async close(): Promise<void> {
    if (this.#state === 'stopped') return this.#thread.ended();
    this.#abortAll(shuttingDown());
    // Does nothing where loading had ended.
    this.#rejectReady(new KingletError('cancelled', 'The engine was closed.'));
    this.#state = 'stopped';
    Atomics.store(this.#signals, Signal.cancel, 1);
    this.#thread.post({ type: 'close' });
    await this.#thread.ended();
  }

  /** Throws unless the request may be queued now. */
  #admit(request: GenerationRequest): void {
    switch (this.#state) {
      case 'loading':
        throw modelLoading(this.progress);
      case 'draining':
      case 'stopped':
        throw shuttingDown();
      case 'failed':
        throw engineFailed();
      case 'ready':
        break;
    }
    checkRequest(request, this.#options);
    const { maxQueue, maxQueueTokens = Infinity } = this.#options;
    const { places, requests, tokens } = this.#queue.length;
    const fits = requests === 0 || tokens + request.promptIds.length <= maxQueueTokens;
    if (places > 0 || (requests < maxQueue && fits)) return;
    throw queueFull(
      `The queue is full: ${requests} waiting, with ${tokens} prompt tokens.`,
      this.#throughput.secondsFor(requests),
    );
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        if (this.#state === 'stopped') return;
        this.info = message.info;
        this.#settleReady();
        break;
      case 'turn':
        this.#receiveTurn(message);
        break;
      case 'failed':
        this.#fail(message.code, message.message);
        break;
    }
  }

  #settleReady(): void {
    if (this.info === null || !this.#hasVocabulary) return;
    if (this.#state === 'loading') this.#state = 'ready';
    this.#resolveReady(this.info);
  }

  #receiveTurn(message: TurnMessage): void {
    this.#lastSignOfLife = this.#clock();
    this.stats = message.stats;
    this.#received = message.received;
    for (const { key, event } of message.events) {
      const pending = this.#pending.get(key);
      // The request may have been aborted while the step ran.
      if (pending === undefined) continue;
      if (event.type === 'started') this.#queue.start(key);
      if (event.type === 'end') this.#throughput.finished();
      if (event.type === 'end' || event.type === 'error') this.#forget(key, pending);
      pending.events.push(event);
    }
    if (message.report !== null) {
      for (const observer of this.#observers) observer.step(message.report, message.stats);
    }
  }

  #forget(key: RequestKey, pending: Pending): void {
    this.#pending.delete(key);
    this.#queue.leave(key);
    pending.detach();
    if (this.#pending.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #abort(key: RequestKey, code: ErrorCode, message: string): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#thread.post({ type: 'abort', key });
    this.#forget(key, pending);
    pending.events.fail({ type: 'error', code, message });
  }

  #abortAll({ code, message }: KingletError): void {
    for (const key of [...this.#pending.keys()]) this.#abort(key, code, message);
  }

  #fail(code: ErrorCode, message: string): void {
    if (this.#state === 'stopped' || this.#state === 'failed') return;
    this.#state = 'failed';
    const error = new KingletError(code, message);
    const loading = this.info === null;
    this.#rejectReady(error);
    for (const [key, pending] of [...this.#pending]) {
      this.#forget(key, pending);
      pending.events.fail({ type: 'error', code: 'engine_failed', message });
    }
    if (!loading) this.#onFatal(error);
  }
}

function emptyStats(kvBlocksTotal: number): EngineStats {
  return {
    waiting: 0,
    running: 0,
    kvBlocksTotal,
    kvBlocksUsed: 0,
    prefixQueriedTokens: 0,
    prefixHitTokens: 0,
    promptTokens: 0,
    generationTokens: 0,
    preemptions: 0,
    cancelled: 0,
    drafts: 0,
    draftTokens: 0,
    acceptedTokens: 0,
  };
}
