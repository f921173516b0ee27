import type { ErrorCode } from '../errors.js';
import type { Addon, NativeModel, StepBatch } from '../native/addon.js';
import { allocateBatch } from '../native/batch.js';
import type { Clock } from './clock.js';
import {
  failure,
  type FromEngine,
  type RequestEvent,
  type RequestKey,
  type ToEngine,
} from './messages.js';
import { batchLimits, maxRows, type EngineOptions } from './options.js';
import { packBatch } from './pack-batch.js';
import { postprocess, type StepOutcome } from './postprocess.js';
import { RequestState } from './request-state.js';
import { Scheduler, type Chunk } from './scheduler.js';
import type { Sequence, SequenceOptions } from './sequence.js';
import { TokenRules } from './token-rules.js';
import type { ChoiceDelta, EngineEvent, EngineStats, StepReport } from './types.js';

export interface LoopPorts {
  post(message: FromEngine): void;
  readonly clock: Clock;
}

/**
 * The engine's main loop, a turn at a time: schedule, pack, step, postprocess, post. Synchronous;
 * whoever runs it hands over messages between turns.
 */
export class EngineLoop implements StepOutcome {
  readonly #sequenceOptions: SequenceOptions;
  readonly #model: NativeModel;
  readonly #batch: StepBatch;
  readonly #scheduler: Scheduler;
  readonly #ports: LoopPorts;
  readonly #requests = new Map<RequestKey, RequestState>();
  #events: RequestEvent[] = [];
  #received = 0;
  #promptTokens = 0;
  #generationTokens = 0;
  /** Prompt tokens, computed and not found, of the requests that the step brought to answer. */
  #answeredPromptTokens = 0;
  #cancelled = 0;
  #state: 'open' | 'failed' | 'closed' = 'open';

  /** Loads the model and says `ready`; throws what loading throws. */
  static load(
    addon: Addon,
    options: EngineOptions,
    signals: Int32Array,
    ports: LoopPorts,
  ): EngineLoop {
    const { source, compute, quantize, threads, cpus, kvBlocks, isa } = options;
    const { files, spec, tensors } = source;
    const model = addon.loadModel({
      ...{ files, spec, tensors, compute, quantize, threads, cpus, kvBlocks, isa, signals },
      maxRows: maxRows(options),
    });
    ports.post({ type: 'ready', info: model.info });
    return new EngineLoop(options, model, ports);
  }

  private constructor(options: EngineOptions, model: NativeModel, ports: LoopPorts) {
    // A tokenizer may know ids that the model has no row for: they are never drawn.
    const eosIds = options.eosIds.filter((id) => id < options.source.spec.vocabSize);
    const { tokenTable, rules } = options;
    const tokenRules = rules === undefined ? {} : { tokenRules: new TokenRules(rules) };
    this.#sequenceOptions = { tokenTable, eosIds, ...tokenRules };
    this.#model = model;
    this.#batch = allocateBatch(batchLimits(options));
    this.#scheduler = new Scheduler(options, (request) => this.#started(request));
    this.#ports = ports;
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Runs a step if there is work for one; whether there is more. */
  turn(): boolean {
    if (this.#state !== 'open') return false;
    try {
      const began = this.#ports.clock();
      const plan = this.#scheduler.schedule();
      if (plan.chunks.length === 0) {
        this.#post(null);
        return this.#scheduler.hasWork;
      }
      packBatch(plan, this.#batch);
      if (plan.copies.length > 0) this.#model.copyBlocks(Int32Array.from(plan.copies));
      this.#model.step(this.#batch);
      const seconds = this.#ports.clock() - began;
      this.#scheduler.record(plan, seconds);
      const generatedBefore = this.#generationTokens;
      this.#answeredPromptTokens = 0;
      postprocess(plan, this.#batch.results, this);
      const { prefillRows, decodeRows } = plan;
      this.#post({
        ...{ rows: prefillRows + decodeRows, prefillRows, decodeRows, seconds },
        generatedTokens: this.#generationTokens - generatedBefore,
        promptTokens: this.#answeredPromptTokens,
      });
      return this.#scheduler.hasWork;
    } catch (error) {
      this.#state = 'failed';
      this.#ports.post(failure(error));
      return false;
    }
  }

  receive(message: ToEngine): void {
    switch (message.type) {
      case 'submit': {
        const { key, request, submittedAt } = message;
        const options = this.#sequenceOptions;
        const state = new RequestState(key, request, ++this.#received, submittedAt, options);
        this.#requests.set(key, state);
        this.#scheduler.add(state);
        break;
      }
      case 'abort': {
        const request = this.#requests.get(message.key);
        if (request === undefined) break;
        this.#cancelled++;
        this.#drop(request);
        break;
      }
      case 'pause':
      case 'resume': {
        const sequence = this.#requests.get(message.key)?.sequences[message.choice];
        if (sequence !== undefined) this.#scheduler[message.type](sequence);
        break;
      }
      case 'close':
        if (!this.closed) this.#model.close();
        this.#state = 'closed';
        break;
    }
  }

  computed(chunk: Chunk): void {
    this.#scheduler.commit(chunk);
  }

  promptComputed({ request }: Sequence): void {
    const scores = request.takeScores();
    if (scores !== null) this.#emit(request, { type: 'promptScores', scores });
  }

  delta(sequence: Sequence, delta: ChoiceDelta): void {
    const { request } = sequence;
    if (!request.answered) {
      request.answered = true;
      this.#answeredPromptTokens += request.request.promptIds.length - request.cachedTokens;
    }
    this.#generationTokens += delta.tokenIds.length;
    if (delta.tokenIds.length > 0) request.firstTokenAt ??= this.#ports.clock();
    this.#emit(request, { type: 'delta', delta });
    if (delta.finish === null) return;
    this.#scheduler.finish(sequence);
    if (--request.unfinished === 0) this.#ended(request);
  }

  failed({ request }: Sequence, code: ErrorCode, message: string): void {
    this.#emit(request, { type: 'error', code, message });
    this.#drop(request);
  }

  #started(request: RequestState): void {
    request.startedAt = this.#ports.clock();
    this.#promptTokens += request.request.promptIds.length;
    this.#emit(request, { type: 'started', cachedTokens: request.cachedTokens });
  }

  #ended(request: RequestState): void {
    const { submittedAt, startedAt, firstTokenAt, sequences, cachedTokens } = request;
    const now = this.#ports.clock();
    const started = startedAt ?? now;
    this.#emit(request, {
      type: 'end',
      usage: {
        promptTokens: request.request.promptIds.length,
        cachedTokens,
        completionTokens: sequences.reduce((sum, { generated }) => sum + generated.length, 0),
        reasoningTokens: sequences.reduce((sum, { text }) => sum + text.reasoningTokens, 0),
      },
      timings: {
        queue: started - submittedAt,
        prefill: (firstTokenAt ?? now) - started,
        decode: firstTokenAt === null ? 0 : now - firstTokenAt,
        firstToken: firstTokenAt === null ? null : firstTokenAt - submittedAt,
        total: now - submittedAt,
      },
    });
    this.#requests.delete(request.key);
  }

  #drop(request: RequestState): void {
    for (const sequence of request.sequences) this.#scheduler.finish(sequence);
    this.#requests.delete(request.key);
  }

  #emit({ key }: RequestState, event: EngineEvent): void {
    this.#events.push({ key, event });
  }

  #post(report: StepReport | null): void {
    const events = this.#events;
    this.#events = [];
    this.#ports.post({
      type: 'turn',
      events,
      report,
      stats: this.#stats(),
      received: this.#received,
    });
  }

  #stats(): EngineStats {
    const { kv, waiting, running, preemptions } = this.#scheduler;
    return {
      waiting,
      running,
      kvBlocksTotal: kv.total,
      kvBlocksUsed: kv.used,
      prefixQueriedTokens: kv.queriedTokens,
      prefixHitTokens: kv.hitTokens,
      promptTokens: this.#promptTokens,
      generationTokens: this.#generationTokens,
      preemptions,
      cancelled: this.#cancelled,
    };
  }
}
