import { CLOSED } from '../schemas/fields.js';
import { Type, type Static } from '../schemas/type.js';
import { validator } from '../validation/validate.js';

const NAME = 'response.reasoning.end';

/** A client's message while a response runs: it is to stop thinking, and answer. */
const ReasoningEnd = Type.Object(
  {
    type: Type.Literal(NAME),
    /** Without it the response of the lane. */
    response_id: Type.Optional(Type.String({ maxLength: 256 })),
    stream_id: Type.Optional(Type.String({ maxLength: 256 })),
  },
  CLOSED,
);

export type ReasoningEnd = Static<typeof ReasoningEnd>;

export function isReasoningEnd(message: unknown): boolean {
  return (message as { type?: unknown } | null)?.type === NAME;
}

/** Checks it; throws a KingletError whose `param` is what was wrong. */
export const reasoningEnd = validator(ReasoningEnd);
