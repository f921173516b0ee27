import type { FastifyInstance } from 'fastify';
import { KingletError } from '../../errors.js';
import type { ServedModel, ServerContext } from '../context.js';
import { chatPrompt } from '../generation/chat-prompt.js';
import { checkTokenIds, promptIds } from '../generation/prompt-ids.js';
import { vocabularyString } from '../generation/token-text.js';
import { DetokenizeBody, TokenizeBody } from '../schemas/tokenize.js';
import { unbuiltMessages } from '../schemas/unbuilt.js';

/** POST /tokenize, POST /detokenize, GET /tokenizer_info in vLLM's shapes. */
export function tokenizer(app: FastifyInstance, context: ServerContext) {
  app.post<{ Body: TokenizeBody }>(
    '/tokenize',
    { schema: { body: TokenizeBody }, preValidation: unbuiltMessages },
    async ({ body }) => {
      const model = context.modelNamed(body.model);
      const ids = [...(await idsOf(context, model, body))];
      return {
        count: ids.length,
        max_model_len: model.contextLength,
        tokens: ids,
        token_strs:
          body.return_token_strs === true
            ? ids.map((id) => vocabularyString(model.tokenizer, id))
            : null,
      };
    },
  );

  app.post<{ Body: DetokenizeBody }>(
    '/detokenize',
    { schema: { body: DetokenizeBody } },
    ({ body }) => {
      const model = context.modelNamed(body.model);
      checkTokenIds(body.tokens, model.vocabSize, 'tokens');
      return { prompt: model.tokenizer.decode(body.tokens) };
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

async function idsOf(context: ServerContext, model: ServedModel, body: TokenizeBody) {
  const templated = ['add_generation_prompt', 'continue_final_message', 'chat_template_kwargs'];
  if ((body.prompt === undefined) === (body.messages === undefined)) {
    throw new KingletError(
      body.prompt === undefined ? 'missing_required_parameter' : 'invalid_value',
      "Give either 'prompt' or 'messages'.",
      { param: body.prompt === undefined ? 'prompt' : 'messages' },
    );
  }
  if (body.messages === undefined) {
    const misplaced = templated.find((field) => field in body);
    if (misplaced !== undefined) {
      throw new KingletError(
        'invalid_value',
        `Invalid '${misplaced}': it goes together with 'messages' only.`,
        { param: misplaced },
      );
    }
    return promptIds(model, body.prompt!, body.add_special_tokens ?? true);
  }
  const { ids } = await chatPrompt(context, model, body.messages, body, false);
  const { bosId, addBos } = model.tokenizer;
  const addsBos = body.add_special_tokens === true && addBos && bosId !== null && ids[0] !== bosId;
  return addsBos ? Int32Array.of(bosId, ...ids) : ids;
}
