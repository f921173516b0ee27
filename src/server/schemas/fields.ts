/** Request fields that several routes share. */
import { Type, type TInteger, type TNumber, type TOptional } from './type.js';
import type { RequestLimits } from '../../config.js';
import { isWhole, SAMPLING_ROWS, type SamplingField } from '../../model/sampling-parameters.js';
import { invalidValue, unsupportedParameter } from '../../errors/requests.js';

/** Objects of requests take no field that they do not name. */
export const CLOSED = { additionalProperties: false } as const;

// Why fields are refused, where several have one reason.
export const MODEL_CALLS = 'only the model calls tools';
export const TEXT_ONLY = 'messages may hold text only';
export const NO_VERBOSITY = 'the length of answers cannot be set';
export const CACHE_IN_MEMORY = 'the prefix cache keeps in memory what fits';
export const NO_MODERATION = 'there is no moderation';
export const NO_PADDING = 'streams are not padded';
export const ONE_TIER = 'there is one tier';
const NO_SPECIAL_TOKENS = 'special tokens are no part of an answer';
const NO_BEAMS = 'there is no beam search';
const NO_TOKEN_IDS = 'answers carry no token ids; see /tokenize';

/** What a message's content is expected to be. */
export const TEXT_OR_PARTS = 'a string or a list of text parts';

/** Tokens that a request may name in stop_token_ids. */
const MAX_STOP_TOKEN_IDS = 128;
const MAX_TOKENS = 2 ** 31 - 1;
/** Of every label that is taken and not looked at, and of ids and names in a history. */
export const LABEL_CHARACTERS = 1024;
/** Of a model's name: answers may carry it, once in every chunk. */
const MODEL_NAME_CHARACTERS = 256;

/** A field whose every value asks for something that is not built. */
export const refused = (unsupported: string) =>
  Type.Optional(Type.Unsafe<never>({ not: {}, unsupported }));

/**
 * A field that is not built, and the values of it that ask for nothing: those are taken, any other
 * is refused with `unsupported`. The table of docs/api.md lists them.
 */
export const onlyNothing = <T extends string | number | boolean>(
  unsupported: string,
  ...values: [T, ...T[]]
) =>
  Type.Optional(
    Type.Unsafe<T>(
      values.length === 1 ? { const: values[0], unsupported } : { enum: values, unsupported },
    ),
  );

/** The same for a field whose empty list asks for nothing. */
export const onlyEmptyList = (unsupported: string) =>
  Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0, unsupported }));

/** Absent or '': the one model that is served. */
export const modelName = () => Type.Optional(Type.String({ maxLength: MODEL_NAME_CHARACTERS }));

export const label = () => Type.Optional(Type.String({ maxLength: LABEL_CHARACTERS }));

export const tokenId = () => Type.Integer({ minimum: 0, maximum: MAX_TOKENS });

export const tokenCount = (minimum: number) =>
  Type.Optional(Type.Integer({ minimum, maximum: MAX_TOKENS }));

export const switchField = () => Type.Optional(Type.Boolean());

/** The sampling parameters as fields of a request. */
export function samplingFields() {
  const fields = SAMPLING_ROWS.map(([, parameter]) => {
    const range = { minimum: parameter.request.least, maximum: parameter.request.most };
    const schema = isWhole(parameter) ? Type.Integer(range) : Type.Number(range);
    return [parameter.field, Type.Optional(schema)];
  });
  return Object.fromEntries(fields) as Record<SamplingField, TOptional<TNumber | TInteger>>;
}

/** How tokens are drawn and when a choice ends. Additive names (top_k …) are vLLM's. */
export function generationFields(limits: RequestLimits, stopStrings: number) {
  return {
    ...samplingFields(),
    /** 64 bits; beyond 2^53 JSON's numbers are rounded to the nearest double. */
    seed: Type.Optional(
      Type.Integer({
        minimum: -(2 ** 63),
        maximum: 2 ** 63,
        expected: 'an integer of 64 bits',
      }),
    ),
    logit_bias: Type.Optional(
      Type.Record(Type.String(), Type.Number({ minimum: -100, maximum: 100 }), {
        maxProperties: limits.maxLogitBias,
      }),
    ),
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxSamples })),
    stop: Type.Optional(
      Type.Union(
        [
          Type.String({ minLength: 1 }),
          Type.Array(Type.String({ minLength: 1 }), { maxItems: stopStrings }),
        ],
        { expected: `a string that is not empty or a list of at most ${stopStrings} of them` },
      ),
    ),
    stop_token_ids: Type.Optional(Type.Array(tokenId(), { maxItems: MAX_STOP_TOKEN_IDS })),
    min_tokens: tokenCount(0),
    ignore_eos: switchField(),
    stream: switchField(),
    stream_options: Type.Optional(
      Type.Object(
        {
          include_usage: switchField(),
          /** vLLM's: the counts so far in every chunk. */
          continuous_usage_stats: switchField(),
          include_obfuscation: onlyNothing(NO_PADDING, false),
        },
        CLOSED,
      ),
    ),
    user: label(),
    ...fieldsOfNoEffect(limits),
  };
}

/** Of vLLM's and OpenAI's fields, the values that ask for nothing. */
function fieldsOfNoEffect(limits: RequestLimits) {
  return {
    best_of: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxSamples })),
    skip_special_tokens: onlyNothing(NO_SPECIAL_TOKENS, true),
    spaces_between_special_tokens: onlyNothing(NO_SPECIAL_TOKENS, true),
    include_stop_str_in_output: onlyNothing('an answer ends before its stop string', false),
    use_beam_search: onlyNothing(NO_BEAMS, false),
    length_penalty: onlyNothing(NO_BEAMS, 1),
    early_stopping: onlyNothing(NO_BEAMS, false),
    bad_words: onlyEmptyList('words cannot be forbidden; see logit_bias'),
    return_token_ids: onlyNothing(NO_TOKEN_IDS, false),
    return_tokens_as_token_ids: onlyNothing(NO_TOKEN_IDS, false),
    priority: onlyNothing('requests are served in their order', 0),
    store: onlyNothing('nothing is stored', false),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String(), { maxProperties: 16 })),
    service_tier: onlyNothing(ONE_TIER, 'auto', 'default'),
  };
}

/** Refuses best_of where it is more than `n`: choosing among samples is not built. */
export function checkBestOf(body: { best_of?: number; n?: number }): void {
  if (body.best_of === undefined || body.best_of === (body.n ?? 1)) return;
  throw unsupportedParameter('best_of', "ask for 'n' choices and choose among them");
}

/** What a request may say of its stream. */
export interface StreamFields {
  stream?: boolean;
  stream_options?: { include_usage?: boolean; continuous_usage_stats?: boolean };
}

/** stream_options that ask for something mean it only in a stream. */
export function checkStreamOptions({ stream, stream_options: options }: StreamFields): void {
  const asked = options?.include_usage === true || options?.continuous_usage_stats === true;
  if (asked && stream !== true) {
    throw invalidValue('stream_options', "it can be given only together with 'stream': true");
  }
}
