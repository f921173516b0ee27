/** Request fields that several routes share. */
import Type from 'typebox';
import type { RequestLimits } from '../../config.js';
import { KingletError } from '../../errors.js';

/** Objects of requests take no field that they do not name. */
export const CLOSED = { additionalProperties: false } as const;

/** Why tools are refused. */
export const NO_TOOLS = 'tool calling is not built yet';

/** Tokens that a request may name in stop_token_ids. */
const MAX_STOP_TOKEN_IDS = 128;
const MAX_TOKENS = 2 ** 31 - 1;
/** Of every label that is taken and not looked at. */
const LABEL_CHARACTERS = 1024;

/** A field whose every value asks for something that is not built. */
export const refused = (unsupported: string) =>
  Type.Optional(Type.Unsafe<never>({ not: {}, unsupported }));

export const label = () => Type.Optional(Type.String({ maxLength: LABEL_CHARACTERS }));

export const tokenId = () => Type.Integer({ minimum: 0, maximum: MAX_TOKENS });

export const tokenCount = (minimum: number) =>
  Type.Optional(Type.Integer({ minimum, maximum: MAX_TOKENS }));

export const switchField = () => Type.Optional(Type.Boolean());

/** How tokens are drawn and when a choice ends. Additive names (top_k …) are vLLM's. */
export function generationFields(limits: RequestLimits, stopStrings: number) {
  return {
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
    top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** -1 and 0: all. */
    top_k: Type.Optional(Type.Integer({ minimum: -1, maximum: MAX_TOKENS })),
    min_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    repetition_penalty: Type.Optional(Type.Number({ minimum: 0.01, maximum: 100 })),
    presence_penalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
    frequency_penalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
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
          include_obfuscation: Type.Optional(
            Type.Literal(false, { unsupported: 'streams are not padded' }),
          ),
        },
        CLOSED,
      ),
    ),
    user: label(),
  };
}

/** stream_options mean something only in a stream. */
export function checkStreamOptions(body: { stream?: boolean; stream_options?: unknown }): void {
  if (body.stream_options !== undefined && body.stream !== true) {
    throw new KingletError(
      'invalid_value',
      "Invalid 'stream_options': it can be given only together with 'stream': true.",
      { param: 'stream_options' },
    );
  }
}
