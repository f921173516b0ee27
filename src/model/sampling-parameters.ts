/**
 * The numbers that say how tokens are drawn, each described once. The fields of requests and their
 * checks, the defaults that a checkpoint may bring, the engine's own check and the arrays of a batch
 * follow from this table; CONTRIBUTING.md says what else a new parameter takes.
 */
import { integerOfAtLeast } from '../errors/model-file.js';

export interface NumberRange {
  readonly least: number;
  readonly most: number;
}

export interface SamplingParameter {
  /** A request's field: OpenAI's name, or vLLM's where OpenAI has none. */
  readonly field: string;
  /** The array of a batch that carries it; one of integers carries whole numbers. */
  readonly array: Int32ArrayConstructor | Float32ArrayConstructor;
  /** Changes nothing; taken where neither request nor checkpoint says otherwise. */
  readonly neutral: number;
  /** What a request may ask for. */
  readonly request: NumberRange;
  /** What the engine takes, in the array's precision. */
  readonly engine: NumberRange;
  /** How a checkpoint gives its default; without it none can. */
  readonly checkpoint?: CheckpointDefault;
  /** Means what 0 means, in a request and in a checkpoint. */
  readonly alsoZero?: number;
  /** Stands for anything smaller. */
  readonly smallest?: number;
}

export interface CheckpointDefault extends NumberRange {
  /** The key in generation_config.json. */
  readonly huggingFace: string;
  /** The key in a GGUF file, after `general.sampling.`. */
  readonly gguf: string;
  /** The range in words. */
  readonly expected: string;
}

/** The least above 0 and the largest number of single precision. */
const MIN_SINGLE = 2 ** -149;
const MAX_SINGLE = 2 ** 128 - 2 ** 104;
const MAX_INT32 = 2 ** 31 - 1;
const PENALTY = { least: -2, most: 2 } as const;
export const ANY_SINGLE = { least: -MAX_SINGLE, most: MAX_SINGLE } as const;

export const SAMPLING_PARAMETERS = {
  /** 0 is greedy. */
  temperature: {
    field: 'temperature',
    array: Float32Array,
    neutral: 1,
    request: { least: 0, most: 2 },
    engine: { least: 0, most: MAX_SINGLE },
    checkpoint: {
      huggingFace: 'temperature',
      gguf: 'temp',
      least: 0,
      most: 100,
      expected: '0 to 100',
    },
  },
  /** The likeliest tokens that together have this share. A request's 0: the likeliest alone. */
  topP: {
    field: 'top_p',
    array: Float32Array,
    neutral: 1,
    request: { least: 0, most: 1 },
    engine: { least: MIN_SINGLE, most: 1 },
    checkpoint: { huggingFace: 'top_p', gguf: 'top_p', least: 0, most: 1, expected: '0 to 1' },
    smallest: 1e-9,
  },
  /** Only this many of the likeliest tokens; 0: all. */
  topK: {
    field: 'top_k',
    array: Int32Array,
    neutral: 0,
    request: { least: -1, most: MAX_INT32 },
    engine: { least: 0, most: MAX_INT32 },
    checkpoint: {
      huggingFace: 'top_k',
      gguf: 'top_k',
      least: 0,
      most: MAX_INT32,
      expected: integerOfAtLeast(0),
    },
    alsoZero: -1,
  },
  /** Tokens that are at least as likely as this share of the likeliest one. */
  minP: {
    field: 'min_p',
    array: Float32Array,
    neutral: 0,
    request: { least: 0, most: 1 },
    engine: { least: 0, most: 1 },
    checkpoint: { huggingFace: 'min_p', gguf: 'min_p', least: 0, most: 1, expected: '0 to 1' },
  },
  /** Divides the logit of a token of prompt or answer if it is positive, else multiplies it. */
  repetitionPenalty: {
    field: 'repetition_penalty',
    array: Float32Array,
    neutral: 1,
    request: { least: 0.01, most: 100 },
    engine: { least: MIN_SINGLE, most: MAX_SINGLE },
    checkpoint: {
      huggingFace: 'repetition_penalty',
      gguf: 'penalty_repeat',
      // The smallest normal number of single precision.
      least: 2 ** -126,
      most: 100,
      expected: 'above 0 up to 100',
    },
  },
  /** Taken off the logit of each token of the answer. */
  presencePenalty: {
    field: 'presence_penalty',
    array: Float32Array,
    neutral: 0,
    request: PENALTY,
    engine: ANY_SINGLE,
  },
  /** Taken off the logit of a token as often as it stands in the answer. */
  frequencyPenalty: {
    field: 'frequency_penalty',
    array: Float32Array,
    neutral: 0,
    request: PENALTY,
    engine: ANY_SINGLE,
  },
} as const satisfies Readonly<Record<string, SamplingParameter>>;

type Table = typeof SAMPLING_PARAMETERS;
export type SamplingName = keyof Table;
export type SamplingField = Table[SamplingName]['field'];

/** A value for each parameter. */
export type SamplingNumbers = { readonly [Name in keyof Table]: number };

/** The parameters' arrays in a batch, an element a draw. */
export type SamplingArrays = { readonly [Name in keyof Table]: InstanceType<Table[Name]['array']> };

/** The parameters as a request's fields. */
export type SamplingNumberFields = { [Name in keyof Table as Table[Name]['field']]?: number };

/** The table's rows, in its order. */
export const SAMPLING_ROWS = Object.entries(SAMPLING_PARAMETERS) as readonly [
  SamplingName,
  SamplingParameter & { readonly field: SamplingField },
][];

/** Those rows whose default a checkpoint may give. */
export const CHECKPOINT_ROWS = SAMPLING_ROWS.flatMap(([name, { checkpoint }]) =>
  checkpoint === undefined ? [] : [[name, checkpoint] as const],
);

export const isWhole = ({ array }: SamplingParameter): boolean => array === Int32Array;

/** What the engine takes for a value of a request or a checkpoint. */
export function meant(
  { alsoZero, smallest = -Infinity }: SamplingParameter,
  value: number,
): number {
  return value === alsoZero ? 0 : Math.max(smallest, value);
}

/** An object with what `make` returns for each parameter. */
export function perParameter<Value>(
  make: (name: SamplingName, parameter: (typeof SAMPLING_ROWS)[number][1]) => Value,
): Record<SamplingName, Value> {
  const entries = SAMPLING_ROWS.map(([name, parameter]) => [name, make(name, parameter)]);
  return Object.fromEntries(entries) as Record<SamplingName, Value>;
}
