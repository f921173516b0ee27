/** Request fields that say how long a model may think, and when a text counts as stuck. */
import { MAX_PATTERN_TOKENS } from '../../engine/control/repetition-watch.js';
import { EFFORTS } from '../../efforts.js';
import { CLOSED, switchField } from './fields.js';
import { Type, type Static } from './type.js';

/** Names of the one number of tokens that a thought may take; -1 is the server's own. */
export const BUDGET_FIELDS = [
  'thinking_token_budget',
  'reasoning_budget',
  'thinking_budget_tokens',
] as const;

const MAX_COUNT = 2 ** 20;

const budget = () => Type.Optional(Type.Integer({ minimum: -1, maximum: 2 ** 31 - 1 }));

export const effort = () => Type.Optional(Type.Enum(EFFORTS));

/** vLLM's, with a bound of its own on the tokens that all repetitions have together. */
const repetitionDetection = () =>
  Type.Optional(
    Type.Object(
      {
        max_pattern_size: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_PATTERN_TOKENS })),
        min_pattern_size: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_PATTERN_TOKENS })),
        min_count: Type.Optional(Type.Integer({ minimum: 2, maximum: MAX_COUNT })),
        min_tokens: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_COUNT })),
      },
      CLOSED,
    ),
  );

/** Of every route whose model may think, but for the effort, which each has in a place of its own. */
export function thinkingFields() {
  return {
    thinking_token_budget: budget(),
    reasoning_budget: budget(),
    thinking_budget_tokens: budget(),
    enable_thinking: switchField(),
    repetition_detection: repetitionDetection(),
  };
}

type Fields = ReturnType<typeof thinkingFields>;
export type ThinkingFields = { [Field in keyof Fields]?: Static<Fields[Field]> };
