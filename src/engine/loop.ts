import type { Addon, NativeModel, StepBatch } from '../native/addon.js';
import { allocateBatch } from '../native/batch.js';
import type { ChoiceGain } from './accept-draws.js';
import type { Clock } from './clock.js';
import {
  failure,
  type FromEngine,
  type RequestEvent,
  type RequestKey,
  type SubmitMessage,
  type ToEngine,
} from './messages.js';
import { Grammars } from './grammar/grammars.js';
import { batchLimits, modelLoad, type EngineOptions, type Vocabulary } from './options.js';
import { packBatch } from './pack-batch.js';
import { postprocess, type ChunkOutcome, type ComputedChunk } from './postprocess.js';
import { RequestState } from './request-state.js';
import { Scheduler, type Chunk } from './scheduler.js';
import { sequencesOf, type Sequence, type SequenceOptions } from './sequence.js';
import type { DraftSource } from './speculation/draft-source.js';
import { TokenRules } from './token-rules.js';
import type { EngineEvent, EngineStats, StepReport } from './types.js';

export interface LoopPorts {
  post(message: FromEngine): void;
  /** The pool computes a step, with which this thread has not begun to help. */
  computing?(): void;
  readonly clock: Clock;
  /** Where drafts come from, if not from the texts of the requests. */
  readonly drafts?: DraftSource;
}

/** What a step brought, for its report. */
type StepGain = Pick<StepReport, 'generatedTokens' | 'promptTokens'>;

/** And how many drafted tokens were drawn. */
type ChunkGain = StepGain & { readonly accepted: number };

/**
 * The engine's main loop, a turn at a time: schedule, pack, step, postprocess, post. Synchronous;
 * whoever runs it hands over messages between turns.
 */
export class EngineLoop {
  readonly #options: EngineOptions;
  /** Null until the vocabulary has come. */
  #sequenceOptions: SequenceOptions | null = null;
  readonly #addon: Addon;
  readonly #model: NativeModel;
  readonly #batch: StepBatch;
  readonly #scheduler: Scheduler;
  readonly #ports: LoopPorts;
  /** The sequences of each request under way. */
  readonly #requests = new Map<RequestKey, readonly Sequence[]>();
  #events: RequestEvent[] = [];
  #received = 0;
  #promptTokens = 0;
  #generationTokens = 0;
  #cancelled = 0;
  #drafts = 0;
  #draftTokens = 0;
  #acceptedTokens = 0;
  /** When the last step ended, where the next one follows. */
  #steppedAt: number | null = null;
  #state: 'open' | 'failed' | 'closed' = 'open';

  /** Loads the model and says `ready`; throws what loading throws. */
  static load(
    addon: Addon,
    options: EngineOptions,
    signals: Int32Array,
    ports: LoopPorts,
  ): EngineLoop {
    const model = addon.loadModel({
      ...modelLoad(options),
      packedCache: options.packedCache ?? null,
      signals,
    });
    ports.post({ type: 'ready', info: model.info });
    return new EngineLoop(addon, options, model, ports);
  }

  private constructor(addon: Addon, options: EngineOptions, model: NativeModel, ports: LoopPorts) {
    this.#addon = addon;
    this.#options = options;
    this.#model = model;
    this.#batch = allocateBatch(batchLimits(options));
    this.#scheduler = new Scheduler(options, ports.drafts);
    this.#ports = ports;
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Runs a step if there is work for one; whether there is more. */
  turn(): boolean {
    if (this.#state !== 'open') return false;
    try {
      this.#post(this.#step());
      if (this.#scheduler.hasWork) return true;
      this.#steppedAt = null;
      return false;
    } catch (error) {
      this.#state = 'failed';
      this.#ports.post(failure(error));
      return false;
    }
  }

  receive(message: ToEngine): void {
    switch (message.type) {
      case 'vocabulary':
        this.#sequenceOptions = this.#optionsOfSequences(message.vocabulary);
        break;
      case 'submit':
        this.#submit(message);
        break;
      case 'abort':
        if (this.#drop(message.key)) this.#cancelled++;
        break;
      case 'pause': {
        const sequence = this.#requests.get(message.key)?.[message.choice];
        if (sequence !== undefined) this.#scheduler.pause(sequence);
        break;
      }
      case 'resume': {
        const sequence = this.#requests.get(message.key)?.[message.choice];
        if (sequence !== undefined) this.#scheduler.resume(sequence);
        break;
      }
      case 'endThoughts':
        this.#endThoughts(message.key, message.choice);
        break;
      case 'cancelChoices':
        this.#cancelChoices(message.key, message.choices);
        break;
      case 'close':
        if (!this.closed) this.#model.close();
        this.#state = 'closed';
        break;
    }
  }

  #optionsOfSequences({ tokenTable, eosIds }: Vocabulary): SequenceOptions {
    const { rules, source, maxAutomatonBytes } = this.#options;
    return {
      tokenTable,
      // A tokenizer may know ids that the model has no row for: they are never drawn.
      eosIds: eosIds.filter((id) => id < source.spec.vocabSize),
      grammars: new Grammars(
        this.#addon,
        { tokenTable, eosIds },
        { vocabSize: source.spec.vocabSize, maxAutomatonBytes },
      ),
      ...(rules === undefined ? {} : { tokenRules: new TokenRules(rules) }),
    };
  }

  #submit({ key, request: generation, submittedAt }: SubmitMessage): void {
    if (this.#sequenceOptions === null) throw new Error('A request came before the vocabulary.');
    const order = { serial: ++this.#received, submittedAt };
    const request = new RequestState(key, generation, order);
    const sequences = sequencesOf(request, this.#sequenceOptions);
    this.#requests.set(key, sequences);
    this.#scheduler.add(sequences);
  }

  /** Null: there was nothing to compute. */
  #step(): StepReport | null {
    const began = this.#steppedAt ?? this.#ports.clock();
    const plan = this.#scheduler.schedule(began);
    for (const request of plan.started) {
      this.#promptTokens += request.generation.promptIds.length;
      this.#emit(request, { type: 'started', cachedTokens: request.cachedTokens });
    }
    if (plan.chunks.length === 0) {
      this.#steppedAt = null;
      return null;
    }
    packBatch(plan, this.#batch);
    if (plan.copies.length > 0) this.#model.copyBlocks(Int32Array.from(plan.copies));
    this.#model.startStep(this.#batch);
    this.#ports.computing?.();
    this.#model.finishStep();
    this.#steppedAt = this.#ports.clock();
    const seconds = this.#steppedAt - began;
    const { accepted, ...gain } = this.#apply(postprocess(plan, this.#batch.results));
    this.#scheduler.record(plan, seconds, accepted);
    const { prefillRows, decodeRows, draftRows } = plan;
    const rows = prefillRows + decodeRows + draftRows;
    this.#drafts += plan.chunks.filter(({ draft }) => draft !== null).length;
    this.#draftTokens += draftRows;
    this.#acceptedTokens += accepted;
    return { rows, prefillRows, decodeRows, draftRows, seconds, ...gain };
  }

  #apply(outcomes: readonly ChunkOutcome[]): ChunkGain {
    const gain = { generatedTokens: 0, promptTokens: 0, accepted: 0 };
    for (const outcome of outcomes) {
      const { request, state } = outcome.chunk.sequence;
      // Another choice of the same request may have failed just before, and this one with it.
      if (state === 'finished') continue;
      if (outcome.type === 'failed') {
        const { code, message } = outcome;
        this.#emit(request, { type: 'error', code, message });
        this.#drop(request.key);
      } else {
        const { generatedTokens, promptTokens, accepted } = this.#applyComputed(outcome);
        gain.generatedTokens += generatedTokens;
        gain.promptTokens += promptTokens;
        gain.accepted += accepted;
      }
    }
    this.#generationTokens += gain.generatedTokens;
    return gain;
  }

  #applyComputed({ chunk, scores, gains }: ComputedChunk): ChunkGain {
    const { request } = chunk.sequence;
    const { promptIds } = request.generation;
    request.addScores(scores);
    const accepted = this.#acceptDraft(chunk, gains);
    this.#scheduler.commit(chunk, chunk.draft === null ? chunk.rows : 1 + accepted);
    if (gains.length === 0) return { generatedTokens: 0, promptTokens: 0, accepted };
    const promptScores = request.takeScores();
    if (promptScores !== null) this.#emit(request, { type: 'promptScores', scores: promptScores });
    const promptTokens = request.answered ? 0 : promptIds.length - request.cachedTokens;
    request.answered = true;
    let generatedTokens = 0;
    for (const gain of gains) {
      generatedTokens += gain.delta.tokenIds.length;
      this.#applyGain(gain, accepted);
    }
    return { generatedTokens, promptTokens, accepted };
  }

  /**
   * Appends the drafted tokens that were drawn, but for the last token that came, which has no KV
   * that counts; how many these are.
   */
  #acceptDraft(chunk: Chunk, gains: ComputedChunk['gains']): number {
    const [gain] = gains;
    if (chunk.draft === null || gain === undefined) return 0;
    const { delta, drawn } = gain;
    this.#scheduler.judge(chunk, delta.tokenIds.slice(0, drawn));
    const accepted = Math.max(0, drawn - 1);
    append(gain, 0, accepted);
    return accepted;
  }

  /** `appended`: so many of its tokens the sequence has already. */
  #applyGain(gain: ChoiceGain, appended: number): void {
    const { sequence, delta } = gain;
    const { request } = sequence;
    append(gain, appended, delta.tokenIds.length);
    request.completionTokens += delta.tokenIds.length;
    if (delta.tokenIds.length > 0) request.firstTokenAt ??= this.#ports.clock();
    this.#emit(request, { type: 'delta', delta });
    if (delta.finish !== null) this.#end(sequence);
  }

  /** A choice is over; with the last one its request. */
  #end(sequence: Sequence): void {
    const { request } = sequence;
    this.#scheduler.finish(sequence);
    request.reasoningTokens += sequence.text.reasoningTokens;
    if (--request.unfinished > 0) return;
    this.#emit(request, request.end(this.#ports.clock()));
    this.#requests.delete(request.key);
  }

  #endThoughts(key: RequestKey, choice: number | null): void {
    for (const sequence of this.#requests.get(key) ?? []) {
      if (choice === null || sequence.choice === choice) sequence.thought?.ask('client');
    }
  }

  #cancelChoices(key: RequestKey, choices: readonly number[]): void {
    const sequences = this.#requests.get(key) ?? [];
    for (const choice of choices) {
      const sequence = sequences[choice];
      if (sequence !== undefined && sequence.state !== 'finished') this.#end(sequence);
    }
  }

  /** Takes a request out, wherever its sequences are. False: it had ended. */
  #drop(key: RequestKey): boolean {
    for (const sequence of this.#requests.get(key) ?? []) this.#scheduler.finish(sequence);
    return this.#requests.delete(key);
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
      drafts: this.#drafts,
      draftTokens: this.#draftTokens,
      acceptedTokens: this.#acceptedTokens,
    };
  }
}

/** Gives the sequence the tokens from `begin` to `end` of what it gained. */
function append({ sequence, delta, phases }: ChoiceGain, begin: number, end: number): void {
  for (const [i, token] of delta.tokenIds.slice(begin, end).entries()) {
    sequence.append(token, phases[begin + i]);
  }
}
