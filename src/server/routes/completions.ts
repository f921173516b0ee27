import type { FastifyInstance } from 'fastify';
import type { ServeConfig } from '../../config.js';
import { KingletError } from '../../errors.js';
import type { ServedModel, ServerContext } from '../context.js';
import { EventStream } from '../event-stream.js';
import { collect } from '../generation/collect.js';
import { CompletionAnswer, type EchoablePrompt } from '../generation/completion-answer.js';
import { checkTokenIds, promptIds } from '../generation/prompt-ids.js';
import { generationRequest, newId } from '../generation/request.js';
import { generate } from '../generation/run.js';
import { completionSchema, type CompletionBody } from '../schemas/completion.js';
import { checkBestOf, checkStreamOptions } from '../schemas/fields.js';
import { answerGeneration } from './answer-generation.js';

/** Length of an answer without max_tokens: OpenAI's, and vLLM's. */
const DEFAULT_MAX_TOKENS = 16;

/** POST /v1/completions: one or many prompts, texts or token ids. */
export function completions(app: FastifyInstance, context: ServerContext) {
  const schema = { body: completionSchema(context.config) };
  app.post<{ Body: CompletionBody }>('/v1/completions', { schema }, (request, reply) =>
    answerGeneration(context, request, reply, async (record, signal) => {
      const { body } = request;
      const model = context.modelNamed(body.model);
      checkTogether(body);
      const prompts = await promptsOf(model, body);
      checkQueueable(prompts.length, body.n ?? 1, context.config);
      if (context.config.logPrompts) {
        context.log.info({ prompts: prompts.map((prompt) => prompt.text()) }, 'prompts');
      }
      const id = newId('cmpl');
      const generations = prompts.map(({ ids, field }, i) =>
        generationRequest(model, {
          id: `${id}-${i}`,
          promptIds: ids,
          fields: body,
          maxTokens: body.max_tokens ?? null,
          defaultMaxTokens: DEFAULT_MAX_TOKENS,
          maxTokensField: 'max_tokens',
          promptField: field,
          topLogprobs: body.logprobs ?? null,
          promptTopLogprobs: body.echo === true ? (body.logprobs ?? null) : null,
          reasoning: null,
          cacheSalt: request.cacheSalt,
          maxStopBytes: context.config.maxStopBytes,
        }),
      );
      const n = body.n ?? 1;
      const answer = new CompletionAnswer(model, body, id, prompts);
      const events = generations.map((each) => generate(context, model, each, record, signal));
      if (body.stream !== true) {
        return answer.whole(await Promise.all(events.map((each) => collect(each, n))));
      }
      const stream = EventStream.open(reply, signal, context.config.readerStallSeconds);
      return { stream, chunks: answer.chunks(events) };
    }),
  );
}

/** Fields that mean something only beside another. */
function checkTogether(body: CompletionBody): void {
  checkBestOf(body);
  checkStreamOptions(body);
  if (body.max_tokens === 0 && body.echo !== true) {
    throw new KingletError(
      'invalid_value',
      "Invalid 'max_tokens': 0 leaves nothing to answer, unless 'echo' is true.",
      { param: 'max_tokens' },
    );
  }
}

/** Refuses what would be told 429 for ever, because the request alone overflows the queue. */
function checkQueueable(
  prompts: number,
  n: number,
  { maxNumSeqs, maxQueue }: Pick<ServeConfig, 'maxNumSeqs' | 'maxQueue'>,
): void {
  if (prompts * n <= maxNumSeqs || prompts <= Math.max(1, maxQueue)) return;
  throw new KingletError(
    'invalid_value',
    `Invalid 'prompt': ${prompts} prompts are more than the ${maxQueue} that may wait (--max-queue). ` +
      'Send fewer at a time.',
    { param: 'prompt' },
  );
}

async function promptsOf(model: ServedModel, body: CompletionBody): Promise<EchoablePrompt[]> {
  const { prompt } = body;
  const several = Array.isArray(prompt) && typeof prompt[0] !== 'number';
  const prompts = (several ? prompt : [prompt]) as (string | number[])[];
  const addSpecialTokens = body.add_special_tokens ?? true;
  return Promise.all(
    prompts.map(async (given, i) => {
      const field = several ? `prompt[${i}]` : 'prompt';
      if (typeof given === 'string') {
        const ids = await promptIds(model, given, addSpecialTokens);
        const added = addSpecialTokens && model.tokenizer.addBos ? 1 : 0;
        return { ids, field, added, text: () => given };
      }
      checkTokenIds(given, model.vocabSize, field);
      return {
        ids: Int32Array.from(given),
        field,
        added: 0,
        text: () => model.tokenizer.decode(given),
      };
    }),
  );
}
