/** Engines over the fake addon, requests with defaults, and answers in one piece. */
import type { EngineOptions, Vocabulary } from '../../src/engine/options.js';
import type {
  ChoiceDelta,
  EngineEvent,
  GenerationRequest,
  RequestTimings,
  RequestUsage,
  SamplingParams,
  TokenLogprob,
} from '../../src/engine/types.js';
import type { ModelSpec } from '../../src/model/model-spec.js';
import { perParameter, type SamplingNumbers } from '../../src/model/sampling-parameters.js';
import { BYTE_EOS, BYTE_VOCAB_SIZE, byteTokenizer } from './byte-tokenizer.js';

const { table } = byteTokenizer();

/** Parameters under which tokens are drawn from the model's own distribution. */
export const NEUTRAL_SAMPLING: SamplingNumbers = perParameter((_, { neutral }) => neutral);

/** Hyperparameters of a model that is never computed. */
export function fakeSpec(contextLength: number): ModelSpec {
  return {
    architecture: 'llama',
    layers: 1,
    hiddenSize: 32,
    ffnSize: 32,
    heads: 1,
    kvHeads: 1,
    headDim: 32,
    vocabSize: BYTE_VOCAB_SIZE,
    contextLength,
    rmsNormEpsilon: 1e-5,
    attentionScale: 1,
    rope: {
      pairing: 'half',
      inverseFrequencies: new Float32Array(16),
      magnitude: 1,
      layers: Uint8Array.of(1),
    },
    qkNorm: false,
    attentionTemperature: null,
  };
}

/** With the vocabulary that the engine begins with. */
export type TestEngineOptions = EngineOptions & Vocabulary;

export function engineOptions(
  overrides: Partial<TestEngineOptions> & { contextLength?: number } = {},
): TestEngineOptions {
  const { contextLength = 1024, ...rest } = overrides;
  return {
    source: { files: [], spec: fakeSpec(contextLength), tensors: [] },
    compute: 'auto',
    kvCacheType: 'f16',
    quantize: 'none',
    threads: 1,
    cpus: [],
    kvBlocks: 256,
    isa: '',
    tokenTable: table,
    eosIds: [BYTE_EOS],
    maxNumSeqs: 8,
    maxNumBatchedTokens: 64,
    maxStepMs: 250,
    maxQueue: 64,
    prefixCaching: true,
    ...rest,
  };
}

export type RequestOverrides = Partial<Omit<GenerationRequest, 'sampling' | 'promptIds'>> & {
  readonly prompt?: string | Int32Array;
  readonly sampling?: Partial<SamplingParams>;
};

export function generation(overrides: RequestOverrides = {}): GenerationRequest {
  const { prompt = 'hello', sampling, ...rest } = overrides;
  return {
    id: 'test',
    promptIds: typeof prompt === 'string' ? Int32Array.from(Buffer.from(prompt)) : prompt,
    n: 1,
    maxTokens: 16,
    minTokens: 0,
    stop: [],
    stopTokenIds: [],
    shownTokens: [],
    ignoreEos: false,
    topLogprobs: null,
    promptTopLogprobs: null,
    reasoning: null,
    thought: null,
    repetition: null,
    grammar: null,
    cacheSalt: '',
    ...rest,
    sampling: {
      ...NEUTRAL_SAMPLING,
      temperature: 0,
      seed: 1n,
      logitBias: [],
      ...sampling,
    },
  };
}

/** What a request came to. */
export interface Answer {
  started: boolean;
  cachedTokens: number;
  /** By choice. */
  texts: string[];
  reasonings: string[];
  tokens: number[][];
  finishes: (string | null)[];
  matched: (string | number | null)[];
  repetitions: boolean[];
  thoughtEnds: ChoiceDelta['thoughtEnd'][];
  logprobs: TokenLogprob[][];
  scores: readonly TokenLogprob[] | null;
  usage: RequestUsage | null;
  timings: RequestTimings | null;
  error: string | null;
}

export function emptyAnswer(n: number): Answer {
  const perChoice = <T>(make: () => T): T[] => Array.from({ length: n }, make);
  return {
    started: false,
    cachedTokens: 0,
    texts: perChoice(() => ''),
    reasonings: perChoice(() => ''),
    tokens: perChoice(() => []),
    finishes: perChoice(() => null),
    matched: perChoice(() => null),
    repetitions: perChoice(() => false),
    thoughtEnds: perChoice(() => null),
    logprobs: perChoice(() => []),
    scores: null,
    usage: null,
    timings: null,
    error: null,
  };
}

/** Adds an event to an answer; throws where the order of events makes no sense. */
export function addEvent(answer: Answer, event: EngineEvent): void {
  if (answer.usage !== null || answer.error !== null) throw new Error('an event after the end');
  if (event.type !== 'started' && event.type !== 'error' && !answer.started) {
    throw new Error(`${event.type} before started`);
  }
  switch (event.type) {
    case 'started':
      if (answer.started) throw new Error('started twice');
      answer.started = true;
      answer.cachedTokens = event.cachedTokens;
      break;
    case 'promptScores':
      answer.scores = event.scores;
      break;
    case 'delta': {
      const { choice, text, reasoning, tokenIds, logprobs, thoughtEnd, finish } = event.delta;
      if (answer.finishes[choice] !== null) throw new Error('a delta after the finish');
      answer.texts[choice] += text;
      answer.reasonings[choice] += reasoning;
      answer.tokens[choice]!.push(...tokenIds);
      answer.logprobs[choice]!.push(...logprobs);
      answer.finishes[choice] = finish?.reason ?? null;
      answer.matched[choice] = finish?.matched ?? null;
      answer.repetitions[choice] = finish?.repetition ?? false;
      if (thoughtEnd === null) break;
      if (answer.thoughtEnds[choice] !== null) throw new Error('a thought ended twice');
      answer.thoughtEnds[choice] = thoughtEnd;
      break;
    }
    case 'end':
      answer.usage = event.usage;
      answer.timings = event.timings;
      break;
    case 'error':
      answer.error = event.code;
      break;
  }
}

/** Reads a request to its end. */
export async function collect(events: AsyncIterable<EngineEvent>, n = 1): Promise<Answer> {
  const answer = emptyAnswer(n);
  for await (const event of events) addEvent(answer, event);
  return answer;
}

/** A signal that nobody aborts. */
export function noAbort(): AbortSignal {
  return new AbortController().signal;
}
