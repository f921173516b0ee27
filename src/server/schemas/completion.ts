import { Type, type Static } from './type.js';
import type { RequestLimits } from '../../config.js';
import {
  CLOSED,
  generationFields,
  modelName,
  onlyNothing,
  switchField,
  tokenCount,
  tokenId,
} from './fields.js';
import { structureFields } from './structure.js';

/** The body of POST /v1/completions. */
export function completionSchema(limits: RequestLimits) {
  const prompts = { minItems: 1, maxItems: limits.maxPrompts };
  return Type.Object(
    {
      model: modelName(),
      prompt: Type.Union(
        [
          Type.String(),
          Type.Array(Type.String(), prompts),
          Type.Array(tokenId(), { minItems: 1 }),
          Type.Array(
            Type.Array(tokenId(), {
              minItems: 1,
              expected: 'a list of token ids that is not empty',
            }),
            prompts,
          ),
        ],
        {
          expected:
            'a string, a list of token ids that is not empty, or a list of 1 to ' +
            `${limits.maxPrompts} of either`,
        },
      ),
      ...generationFields(limits, limits.maxStopStrings),
      ...structureFields(),
      /** 0 only together with echo. */
      max_tokens: tokenCount(0),
      logprobs: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.maxTopLogprobs })),
      echo: switchField(),
      /** Whether string prompts get the special tokens that the tokenizer adds; vLLM's name. */
      add_special_tokens: switchField(),
      suffix: onlyNothing('the model cannot fill in before a suffix', ''),
    },
    CLOSED,
  );
}

export type CompletionBody = Static<ReturnType<typeof completionSchema>>;
