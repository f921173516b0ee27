import { randomBytes } from 'node:crypto';
import type { SamplingParams } from '../../engine/types.js';
import { noSuchToken } from '../../errors/requests.js';
import type { GenerationDefaults } from '../../model/generation-defaults.js';
import { echoed } from '../echo.js';
import { meant, perParameter, type SamplingNumberFields } from '../../model/sampling-parameters.js';

/** Characters of a key of logit_bias that an error repeats. */
const ECHOED = 60;

/** The fields of a request that say how tokens are drawn. */
export interface SamplingFields extends SamplingNumberFields {
  seed?: number;
  logit_bias?: Record<string, number>;
}

/**
 * How tokens are drawn: what the request says, else what the checkpoint says, else OpenAI's
 * defaults. Throws `invalid_value` for a logit_bias of no token.
 */
export function samplingParams(
  fields: SamplingFields,
  defaults: GenerationDefaults,
  vocabSize: number,
): SamplingParams {
  return {
    ...perParameter((name, parameter) =>
      meant(parameter, fields[parameter.field] ?? defaults[name] ?? parameter.neutral),
    ),
    seed: fields.seed === undefined ? randomSeed() : BigInt.asUintN(64, BigInt(fields.seed)),
    logitBias: Object.entries(fields.logit_bias ?? {}).map(([token, bias]) => {
      const id = Number(token);
      if (!/^\d+$/.test(token) || id >= vocabSize) {
        const shown = echoed(token, ECHOED);
        throw noSuchToken('logit_bias', `'${shown}'`, vocabSize, `logit_bias.${shown}`);
      }
      return [id, bias] as const;
    }),
  };
}

function randomSeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
