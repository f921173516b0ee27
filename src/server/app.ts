import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import type { ServerContext } from './context.js';
import { auth } from './plugins/auth.js';
import { errors, sendError } from './plugins/errors.js';
import { hostCheck } from './plugins/host-check.js';
import { limitOptions, limits } from './plugins/limits.js';
import { requestId, requestIdOf } from './plugins/request-id.js';
import { responsesWebsocket } from './responses/route.js';
import { chatCompletions } from './routes/chat-completions.js';
import { completions } from './routes/completions.js';
import { models } from './routes/models.js';
import { operations } from './routes/operations.js';
import { tokenizer } from './routes/tokenizer.js';
import { validator } from './validation/validate.js';

/** The HTTP server over a context. It answers before a model is loaded, with 503. */
export async function buildApp(context: ServerContext): Promise<FastifyInstance> {
  const { config } = context;
  const loggerInstance: FastifyBaseLogger = context.log;
  const app = Fastify({
    ...limitOptions(config),
    loggerInstance,
    // A generation writes its own line; the rest is not worth one.
    logController: new Fastify.LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    // While it drains the server answers itself, in OpenAI's shape.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void sendError(request, reply, error),
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(({ schema }) => {
    const validate = validator(schema as TSchema);
    return (body: unknown) => {
      try {
        return { value: validate(body) };
      } catch (error) {
        return { error: error as Error };
      }
    };
  });

  await app.register(errors);
  await app.register(limits, config);
  await app.register(requestId);
  // Before what may refuse a request: the plugin closes the socket of an upgrade that was refused.
  await app.register(websocket, {
    options: { maxPayload: config.maxFrameBytes, perMessageDeflate: false },
    // Responses end by themselves while the server drains; its owner closes what is left.
    preClose: (done) => done(),
  });
  await app.register(hostCheck, config);
  await app.register(auth, { keys: config.apiKeys });

  operations(app, context);
  models(app, context);
  tokenizer(app, context);
  chatCompletions(app, context);
  completions(app, context);
  responsesWebsocket(app, context);
  return app;
}
