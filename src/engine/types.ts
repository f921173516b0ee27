/** What passes between server/ and the engine. Everything here can be posted to a thread. */
import type { ErrorCode } from '../errors.js';
import type { SamplingNumbers } from '../model/sampling-parameters.js';
import type { Program } from '../grammar/program/program.js';
import type { RepetitionLimits } from './control/repetition-watch.js';

export interface SamplingParams extends SamplingNumbers {
  /** 64 bits; the server draws one where the client gave none. */
  readonly seed: bigint;
  /** (id, bias) pairs. */
  readonly logitBias: readonly (readonly [id: number, bias: number])[];
}

/** How a thought is told from an answer. */
export interface ReasoningTags {
  readonly start: string;
  readonly end: string;
  /** The rendered prompt has opened the thought already. */
  readonly open: boolean;
}

/** How long a thought may be, and how it is ended. */
export interface ThoughtLimits {
  /** Tokens between the tags; null: as many as leave the answer its room. */
  readonly budget: number | null;
  /** What is written in the model's place where a thought has to end: the tag, and what is around it. */
  readonly closing: readonly number[];
  /** Of maxTokens, those that a thought leaves to the answer. */
  readonly answerTokens: number;
}

/**
 * Why a thought ended: the model ended it, or its budget was spent (or the room beside the answer), or
 * it repeated itself, or the client wanted the answer.
 */
export type ThoughtEnd = 'model' | 'budget' | 'repetition' | 'client';

/** What announces that an answer is held to a grammar. */
export interface GrammarTrigger {
  /** Wherever it stands in the answer, the grammar begins behind it. */
  readonly text: string;
  /** Where the answer begins with one of these, it is held from its beginning. */
  readonly starts: readonly string[];
}

/** What answers are held to. */
export interface GrammarUse {
  /** The same for the same program. */
  readonly key: string;
  readonly program: Program;
  /** null: from its beginning. */
  readonly trigger: GrammarTrigger | null;
}

export interface GenerationRequest {
  /** Unique among requests under way; the X-Request-Id's engine side. */
  readonly id: string;
  readonly promptIds: Int32Array;
  /** Samples of the prompt; they share its blocks. */
  readonly n: number;
  readonly sampling: SamplingParams;
  /** Tokens that may be generated; 0 only scores the prompt. */
  readonly maxTokens: number;
  /** No end of sequence and no stop token before this many. */
  readonly minTokens: number;
  /** Matched in the answer, across token borders, never in the thought. Not part of the text. */
  readonly stop: readonly string[];
  readonly stopTokenIds: readonly number[];
  readonly ignoreEos: boolean;
  /** Special tokens whose strings are part of the text all the same, such as markers of calls. */
  readonly shownTokens: readonly number[];
  /** null: no log-probabilities; 0: the drawn tokens'; k: the k best too. */
  readonly topLogprobs: number | null;
  /** Scores every prompt token (echo with logprobs); as topLogprobs. */
  readonly promptTopLogprobs: number | null;
  /** null: everything is answer. */
  readonly reasoning: ReasoningTags | null;
  /** null: a thought may take all there is. */
  readonly thought: ThoughtLimits | null;
  /** null: texts may repeat themselves for ever. */
  readonly repetition: RepetitionLimits | null;
  /** What every answer is held to, its thought left out; null: nothing. */
  readonly grammar: GrammarUse | null;
  /** Prefix-cache entries are shared only under the same salt. */
  readonly cacheSalt: string;
}

export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
  /** Best first. */
  readonly top: readonly { readonly id: number; readonly logprob: number }[];
}

/** `stop`: an end-of-sequence token, a stop token or a stop string. */
export type FinishReason = 'stop' | 'length';

export interface Finish {
  readonly reason: FinishReason;
  /** The stop string or token id that ended it, or null. */
  readonly matched: string | number | null;
  /** It was stuck. */
  readonly repetition: boolean;
}

/** What one choice gained in a step. Text never ends inside a UTF-8 sequence. */
export interface ChoiceDelta {
  readonly choice: number;
  /** Answer text that is certain now (a possible beginning of a stop string is held back). */
  readonly text: string;
  /** Thought text, without the tags. */
  readonly reasoning: string;
  /** Tokens of this step, in order: those drawn, then those written in the model's place. */
  readonly tokenIds: readonly number[];
  /** One for each of tokenIds where asked for; whether it belongs to thought or answer. */
  readonly logprobs: readonly (TokenLogprob & { readonly part: 'answer' | 'reasoning' })[];
  /** The choice's thought ended in this step. */
  readonly thoughtEnd: {
    readonly by: ThoughtEnd;
    /** Between the tags, without what was written in the model's place. */
    readonly tokens: number;
  } | null;
  readonly finish: Finish | null;
}

export interface RequestUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Over all choices. */
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

/** Seconds on the engine's clock. */
export interface RequestTimings {
  readonly queue: number;
  readonly prefill: number;
  readonly decode: number;
  readonly firstToken: number | null;
  readonly total: number;
}

export type EngineEvent =
  /** The request left the queue; `cachedTokens` came from the prefix cache. */
  | { readonly type: 'started'; readonly cachedTokens: number }
  /** Log-probabilities of prompt tokens 1, 2, … (token 0 has none), in one piece. */
  | { readonly type: 'promptScores'; readonly scores: readonly TokenLogprob[] }
  | { readonly type: 'delta'; readonly delta: ChoiceDelta }
  | { readonly type: 'end'; readonly usage: RequestUsage; readonly timings: RequestTimings }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** The engine's state after a step, for gauges and counters. */
export interface EngineStats {
  readonly waiting: number;
  readonly running: number;
  readonly kvBlocksTotal: number;
  readonly kvBlocksUsed: number;
  /** Totals since the start. */
  readonly prefixQueriedTokens: number;
  readonly prefixHitTokens: number;
  readonly promptTokens: number;
  readonly generationTokens: number;
  readonly preemptions: number;
  readonly cancelled: number;
  /** Drafts that were computed, their tokens, and those of them that were drawn. */
  readonly drafts: number;
  readonly draftTokens: number;
  readonly acceptedTokens: number;
}

/** What a step did, for histograms. */
export interface StepReport {
  readonly rows: number;
  readonly prefillRows: number;
  readonly decodeRows: number;
  readonly draftRows: number;
  /** Accepted in this step. */
  readonly generatedTokens: number;
  /** Of the requests whose first token came in this step; what the prefix cache had is left out. */
  readonly promptTokens: number;
  readonly seconds: number;
}

export interface EngineObserver {
  step(report: StepReport, stats: EngineStats): void;
}

/** A request under way: its events, and what can be asked of it meanwhile. */
export interface EngineRun extends AsyncIterable<EngineEvent> {
  /** Has the choice, or every one, end its thought; one that is not thinking goes on as it is. */
  endThoughts(choice: number | null): void;
  /** Ends choices where they are, without a finish. Their tokens count in the usage. */
  cancelChoices(choices: readonly number[]): void;
}

export type EngineState = 'loading' | 'ready' | 'draining' | 'failed' | 'stopped';

/** The engine as server/ sees it. */
export interface Engine {
  readonly state: EngineState;
  /** Loading, 0 to 1. */
  readonly progress: number;
  /** No work, or a sign of life within 30 s. */
  readonly healthy: boolean;
  readonly stats: EngineStats;
  observe(observer: EngineObserver): void;

  /**
   * Hands over a request. Throws `queue_full`, `model_loading`, `shutting_down` or `engine_failed`
   * at once; afterwards the iterator ends with an `end` or an `error` event. Aborting the signal,
   * or leaving the iterator early, frees the request's blocks within one step. Events are buffered
   * at most 1 MiB a choice beyond what the iterator has taken, then the sequence pauses.
   */
  submit(request: GenerationRequest, signal: AbortSignal): EngineRun;

  /** Stops admitting; resolves when all work is done or `graceMs` has passed (the rest aborted). */
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
}
