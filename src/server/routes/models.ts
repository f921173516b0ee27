import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';

/** GET /v1/models and /v1/models/{id}. */
export function models(app: FastifyInstance, context: ServerContext) {
  app.get('/v1/models', () => ({
    object: 'list',
    data: context.model.names.map((name) => modelObject(context.model, name)),
  }));
  // Names may hold slashes ("org/model").
  app.get<{ Params: { '*': string } }>('/v1/models/*', (request) => {
    const name = request.params['*'];
    return modelObject(context.modelNamed(name), name);
  });
}

/** OpenAI's model object; max_model_len is vLLM's addition, which clients read. */
function modelObject(model: ServedModel, id: string) {
  return {
    id,
    object: 'model',
    created: model.created,
    owned_by: 'kinglet',
    root: model.names[0],
    max_model_len: model.contextLength,
  };
}
