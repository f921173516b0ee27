import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../context.js';
import { CLOSED } from '../schemas/fields.js';
import { Type, type Static } from '../schemas/type.js';

const ReasoningEnd = Type.Object(
  {
    /** The choice; without it all that think. */
    index: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
  },
  CLOSED,
);

/** POST /v1/chat/completions/{id}/reasoning_end: an answer under way stops thinking and answers. */
export function reasoningEnd(app: FastifyInstance, context: ServerContext) {
  app.post<{ Params: { id: string }; Body: Static<typeof ReasoningEnd> | undefined }>(
    '/v1/chat/completions/:id/reasoning_end',
    { schema: { body: ReasoningEnd } },
    ({ params: { id }, body, cacheSalt }) => {
      const indices = context.steered.of(id, cacheSalt).endThoughts(body?.index ?? null);
      return { id, object: 'chat.completion.reasoning_end', indices };
    },
  );
}
