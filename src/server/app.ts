import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type {
  FastifySchemaControllerOptions,
  FastifyValidationResult,
} from 'fastify/types/schema.js';
import { KingletError } from '../errors.js';
import type { ServerContext } from './context.js';
import type { Connections } from './listener/connections.js';
import { Listener } from './listener/create-server.js';
import { answerRaw } from './listener/raw-answer.js';
import { admission } from './plugins/admission.js';
import { auth } from './plugins/auth.js';
import { draining } from './plugins/draining.js';
import { errors, errorSender, type SendError } from './plugins/errors.js';
import { hostCheck } from './plugins/host-check.js';
import { jsonBody } from './plugins/json-body.js';
import { requestId, requestIdOf } from './plugins/request-id.js';
import { unmatched } from './plugins/unmatched.js';
import { RESPONSES_ROUTE } from './responses/connection.js';
import { responsesWebsocket } from './responses/route.js';
import { chatCompletions } from './routes/chat-completions.js';
import { completions } from './routes/completions.js';
import { models } from './routes/models.js';
import { operations } from './routes/operations.js';
import { reasoningEnd } from './routes/reasoning-end.js';
import { tokenizer } from './routes/tokenizer.js';
import type { TSchema } from './schemas/type.js';
import { validator } from './validation/validate.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The open connections of all servers that listen. */
    connections: Connections;
  }
}

/** Chunks of one websocket message that is not whole yet; each costs far more than its bytes. */
const MAX_FRAME_CHUNKS = 16 * 1024;

/** The HTTP server over a context. It answers before a model is loaded, with 503. */
export async function buildApp(context: ServerContext): Promise<FastifyInstance> {
  const { config, pending } = context;
  const listener = new Listener(context);
  const { connections } = listener;
  const sendError = errorSender(context);
  const app = bareApp(context, listener, sendError);
  app.decorate('connections', connections);

  await app.register(errors, { sendError });
  await app.register(requestId);
  app.addHook('onRequest', (request, _reply, next) => {
    // Probes and scrapes are no work.
    if (request.method === 'POST') context.metrics.asked();
    next();
  });
  // Before what may refuse a request: the plugin closes the socket of an upgrade that was refused.
  await takeWebsockets(app, context, listener);
  await app.register(draining, context);
  await app.register(admission, {
    connections,
    websocketRoutes: new Set([RESPONSES_ROUTE]),
  });
  await app.register(hostCheck, config);
  await app.register(auth, { keys: config.apiKeys });
  await app.register(unmatched);
  await app.register(jsonBody, {
    maxBodyBytes: config.maxBodyBytes,
    pending,
    turns: context.parseTurns,
  });

  operations(app, context);
  models(app, context);
  tokenizer(app, context);
  chatCompletions(app, context);
  reasoningEnd(app, context);
  completions(app, context);
  responsesWebsocket(app, context);
  return app;
}

function bareApp(
  { config, log }: ServerContext,
  listener: Listener,
  sendError: SendError,
): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  return Fastify({
    bodyLimit: config.maxBodyBytes,
    keepAliveTimeout: config.keepAliveSeconds * 1000,
    serverFactory: (handler) => listener.create(handler),
    // The listener answers what isn't HTTP, on all of its servers.
    clientErrorHandler: () => {},
    loggerInstance,
    // With builders of its own Fastify loads neither ajv nor fast-json-stringify.
    schemaController: {
      compilersFactory: { buildValidator, buildSerializer: () => () => JSON.stringify },
    },
    // A generation writes its own line, and so does a refusal; the rest is not worth one.
    logController: new Fastify.LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    // While it drains the server answers itself, in OpenAI's shape.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void sendError(request, reply, error),
  });
}

type Compilers = NonNullable<FastifySchemaControllerOptions['compilersFactory']>;

// Its declared type is that of ajv's own compiler, which takes the schema alone.
const buildValidator = (() => validatorOf) as unknown as NonNullable<Compilers['buildValidator']>;

function validatorOf({ schema }: { readonly schema: TSchema }): FastifyValidationResult {
  const validate = validator(schema);
  return (body: unknown) => {
    try {
      return { value: validate(body) };
    } catch (error) {
      return { error: error as Error };
    }
  };
}

async function takeWebsockets(
  app: FastifyInstance,
  { config, refusals }: ServerContext,
  { upgrades }: Listener,
): Promise<void> {
  await app.register(websocket, {
    options: {
      // It listens to this for upgrades, and to nothing else.
      server: upgrades as FastifyInstance['server'],
      maxPayload: config.maxFrameBytes,
      maxBufferedChunks: MAX_FRAME_CHUNKS,
      perMessageDeflate: false,
    },
    // Responses end by themselves while the server drains; its owner closes what is left.
    preClose: (done) => done(),
  });
  app.websocketServer.on('wsClientError', (error: Error, socket, request) => {
    const refused = new KingletError(
      'invalid_value',
      `The websocket's handshake: ${error.message}.`,
    );
    const id = requestIdOf(request);
    refusals.tell({ requestId: id, route: RESPONSES_ROUTE }, refused);
    answerRaw(socket, refused, id);
  });
}
