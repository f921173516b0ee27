import type { FastifyInstance, FastifyReply } from 'fastify';
import { KingletError } from '../../errors.js';
import { invalidValue } from '../../errors/requests.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import { chatPrompt } from '../generation/chat-prompt.js';
import { chatTools } from '../generation/chat-tools.js';
import { checkTokenIds, encodePrompts, withFirst } from '../generation/prompt-ids.js';
import { whileConnected } from '../disconnect.js';
import { JSON_TYPE } from '../json/media-type.js';
import { jsonStream, listPieces } from '../json/json-stream.js';
import { DetokenizeBody, TokenizeBody } from '../schemas/tokenize.js';
import { unbuiltMessages } from '../schemas/unbuilt.js';
import { decodedPieces } from '../../tokenizer/token-table.js';

/** POST /tokenize, POST /detokenize, GET /tokenizer_info in vLLM's shapes. */
export function tokenizer(app: FastifyInstance, context: ServerContext) {
  app.post<{ Body: TokenizeBody }>(
    '/tokenize',
    { schema: { body: TokenizeBody }, preValidation: unbuiltMessages },
    async (request, reply) => {
      const { body } = request;
      const model = context.modelNamed(body.model);
      const ids = await whileConnected(request, reply, (signal) =>
        idsOf(context, model, body, signal),
      );
      return sendPieces(reply, tokenizeAnswer(model, ids, body.return_token_strs === true));
    },
  );

  app.post<{ Body: DetokenizeBody }>(
    '/detokenize',
    { schema: { body: DetokenizeBody } },
    ({ body }, reply) => {
      const model = context.modelNamed(body.model);
      checkTokenIds(body.tokens, model.vocabSize, 'tokens');
      return sendPieces(reply, detokenizeAnswer(model, body.tokens));
    },
  );

  app.get('/tokenizer_info', () => {
    const { tokenizer: own, contextLength } = context.model;
    return {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...own.templateTokens,
      chat_template: own.chatTemplate,
      add_bos_token: own.addBos,
      model_max_length: contextLength,
    };
  });
}

/** {count, max_model_len, tokens, token_strs} in pieces of JSON. */
function* tokenizeAnswer(
  { contextLength, tokenizer }: ServedModel,
  ids: Int32Array,
  withStrings: boolean,
): Generator<string> {
  yield `{"count":${ids.length},"max_model_len":${contextLength},"tokens":`;
  yield* listPieces(ids, (id) => id);
  yield ',"token_strs":';
  if (withStrings) {
    yield* listPieces(ids, (id) => JSON.stringify(tokenizer.tokenString(id)));
  } else {
    yield 'null';
  }
  yield '}';
}

/** {prompt} in pieces of JSON: a request of ids stands for a text many times its size. */
function* detokenizeAnswer({ tokenizer }: ServedModel, ids: readonly number[]): Generator<string> {
  yield '{"prompt":"';
  for (const text of decodedPieces(tokenizer.table, ids, false)) {
    yield JSON.stringify(text).slice(1, -1);
  }
  yield '"}';
}

function sendPieces(reply: FastifyReply, pieces: Iterable<string>): FastifyReply {
  return reply.type(JSON_TYPE).send(jsonStream(pieces));
}

/** Fields that only templates read. */
const TEMPLATED = [
  'add_generation_prompt',
  'continue_final_message',
  'chat_template_kwargs',
  'tools',
];

/** The ids of a text or a chat, however many: a client asks here whether it fits. */
async function idsOf(
  context: ServerContext,
  model: ServedModel,
  body: TokenizeBody,
  signal: AbortSignal,
): Promise<Int32Array> {
  const { prompt, messages } = body;
  if (prompt !== undefined && messages === undefined) {
    const misplaced = TEMPLATED.find((field) => field in body);
    if (misplaced !== undefined) {
      throw invalidValue(misplaced, "it goes together with 'messages' only");
    }
    const prompts = [{ text: prompt, field: 'prompt' }] as const;
    const terms = { signal, contextLength: null };
    const [{ ids }] = await encodePrompts(model, prompts, body.add_special_tokens ?? true, terms);
    return ids;
  }
  if (prompt !== undefined || messages === undefined) {
    throw new KingletError(
      prompt === undefined ? 'missing_required_parameter' : 'invalid_value',
      "Give either 'prompt' or 'messages'.",
      { param: prompt === undefined ? 'prompt' : 'messages' },
    );
  }
  const { toolsJson } = chatTools(model, body);
  const scope = { signal, answered: false, toolsJson, thinks: null };
  const { ids } = await chatPrompt(context, model, messages, body, scope);
  const { bosId, addBos } = model.tokenizer;
  const addsBos = body.add_special_tokens === true && addBos && bosId !== null && ids[0] !== bosId;
  return addsBos ? withFirst(bosId, ids) : ids;
}
