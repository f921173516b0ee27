import { randomBytes } from 'node:crypto';
import type { SamplingParams } from '../../engine/types.js';
import { KingletError } from '../../errors.js';
import type { GenerationDefaults } from '../../model/generation-defaults.js';

/** The fields of a request that say how tokens are drawn. */
export interface SamplingFields {
  temperature?: number;
  top_p?: number;
  top_k?: number;
  min_p?: number;
  repetition_penalty?: number;
  presence_penalty?: number;
  frequency_penalty?: number;
  seed?: number;
  logit_bias?: Record<string, number>;
}

/** top_p 0 means the likeliest token alone; the sampler wants a number above 0. */
const SMALLEST_TOP_P = 1e-9;

/**
 * How tokens are drawn: what the request says, else what the checkpoint's generation_config.json
 * says, else OpenAI's defaults. Throws `invalid_value` for a logit_bias of no token.
 */
export function samplingParams(
  fields: SamplingFields,
  defaults: GenerationDefaults,
  vocabSize: number,
): SamplingParams {
  return {
    temperature: fields.temperature ?? defaults.temperature ?? 1,
    topK: Math.max(0, fields.top_k ?? defaults.topK ?? 0),
    topP: Math.max(SMALLEST_TOP_P, fields.top_p ?? defaults.topP ?? 1),
    minP: fields.min_p ?? defaults.minP ?? 0,
    repetitionPenalty: fields.repetition_penalty ?? defaults.repetitionPenalty ?? 1,
    presencePenalty: fields.presence_penalty ?? 0,
    frequencyPenalty: fields.frequency_penalty ?? 0,
    seed: fields.seed === undefined ? randomSeed() : BigInt.asUintN(64, BigInt(fields.seed)),
    logitBias: Object.entries(fields.logit_bias ?? {}).map(([token, bias]) => {
      const id = Number(token);
      if (!/^\d+$/.test(token) || id >= vocabSize) {
        throw new KingletError(
          'invalid_value',
          `Invalid 'logit_bias': '${token.slice(0, 60)}' is not a token id below ${vocabSize}.`,
          { param: `logit_bias.${token.slice(0, 60)}` },
        );
      }
      return [id, bias] as const;
    }),
  };
}

function randomSeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
