/** Request fields of a vote among the samples of an answer. */
import { CLOSED } from './fields.js';
import { Type, type Static } from './type.js';

const MAX_PATTERN_CHARACTERS = 1000;
const MAX_POINTER_CHARACTERS = 256;

const ANSWERS =
  'votes are over what is "boxed", the match of a {"regex"}, or what a {"json_pointer"} leads to';

export const voteField = () =>
  Type.Optional(
    Type.Object(
      {
        /** Where a sample's answer stands. */
        answer: Type.Union(
          [
            Type.Literal('boxed'),
            Type.Object(
              { regex: Type.String({ minLength: 1, maxLength: MAX_PATTERN_CHARACTERS }) },
              CLOSED,
            ),
            Type.Object(
              { json_pointer: Type.String({ maxLength: MAX_POINTER_CHARACTERS }) },
              CLOSED,
            ),
          ],
          { expected: ANSWERS },
        ),
        min_samples: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
        /** Adaptive-Consistency's, arXiv 2305.11860. */
        confidence: Type.Optional(Type.Number({ minimum: 0.5, maximum: 0.9999 })),
      },
      CLOSED,
    ),
  );

export type VoteField = Static<ReturnType<typeof voteField>>;
