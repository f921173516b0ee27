import type { FastifyInstance } from 'fastify';
import type { ServeConfig } from '../../config.js';
import type { GenerationRequest } from '../../engine/types.js';
import { invalidValue } from '../../errors/requests.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import { SseBody } from '../sse-body.js';
import { collect } from '../generation/collect.js';
import { CompletionAnswer, type EchoablePrompt } from '../generation/completion-answer.js';
import { checkTokenIds, encodePrompts } from '../generation/prompt-ids.js';
import { grammarOf, heldTo } from '../generation/structure.js';
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
      const prompts = await promptsOf(model, body, signal);
      checkQueueable(prompts.length, body.n ?? 1, context.config);
      if (context.config.logPrompts) {
        context.log.info({ prompts: prompts.map((prompt) => prompt.text()) }, 'prompts');
      }
      const { use: grammar } = await grammarOf(model, heldTo(body, null), signal);
      const id = newId('cmpl');
      // All are checked before the first is handed to the engine.
      const checked = prompts.map((prompt, i) => {
        const own = { id: `${id}-${i}`, cacheSalt: request.cacheSalt, grammar };
        return { prompt, generation: toGeneration(context, model, body, prompt, own) };
      });
      const running = checked.map(({ prompt, generation }) => ({
        prompt,
        events: generate(context, model, generation, record, signal).events,
      }));
      const answer = new CompletionAnswer(model, body, id);
      if (body.stream !== true) {
        const whole = running.map(async ({ prompt, events }) => ({
          prompt,
          ...(await collect(events, body.n ?? 1)),
        }));
        return answer.whole(await Promise.all(whole));
      }
      const stream = SseBody.open(reply, signal, context.config.readerStallSeconds);
      return { stream, write: () => answer.stream(stream, running) };
    }),
  );
}

function toGeneration(
  context: ServerContext,
  model: ServedModel,
  body: CompletionBody,
  { ids, field }: EchoablePrompt,
  own: Pick<GenerationRequest, 'id' | 'cacheSalt' | 'grammar'>,
): GenerationRequest {
  return generationRequest(model, {
    ...own,
    promptIds: ids,
    fields: body,
    maxTokens: body.max_tokens ?? null,
    defaultMaxTokens: DEFAULT_MAX_TOKENS,
    maxTokensField: 'max_tokens',
    promptField: field,
    topLogprobs: body.logprobs ?? null,
    promptTopLogprobs: body.echo === true ? (body.logprobs ?? null) : null,
    reasoning: null,
    thought: null,
    repetition: null,
    tools: null,
    maxStopBytes: context.config.maxStopBytes,
  });
}

/** Fields that mean something only beside another. */
function checkTogether(body: CompletionBody): void {
  checkBestOf(body);
  checkStreamOptions(body);
  if (body.max_tokens === 0 && body.echo !== true) {
    throw invalidValue('max_tokens', "0 leaves nothing to answer, unless 'echo' is true");
  }
}

/** Refuses what would be told 429 for ever, because the request alone overflows the queue. */
function checkQueueable(
  prompts: number,
  n: number,
  { maxNumSeqs, maxQueue }: Pick<ServeConfig, 'maxNumSeqs' | 'maxQueue'>,
): void {
  if (prompts * n <= maxNumSeqs || prompts <= Math.max(1, maxQueue)) return;
  throw invalidValue(
    'prompt',
    `${prompts} prompts are more than the ${maxQueue} that may wait (--max-queue). ` +
      'Send fewer at a time',
  );
}

/** The prompts of a body: all of them texts, or all of them ids. */
async function promptsOf(
  model: ServedModel,
  body: CompletionBody,
  signal: AbortSignal,
): Promise<EchoablePrompt[]> {
  const { prompt } = body;
  const several = Array.isArray(prompt) && typeof prompt[0] !== 'number';
  const prompts = (several ? prompt : [prompt]) as string[] | number[][];
  const fieldOf = (i: number) => (several ? `prompt[${i}]` : 'prompt');
  if (!areTexts(prompts)) {
    return prompts.map((given, i) => {
      checkTokenIds(given, model.vocabSize, fieldOf(i));
      const ids = Int32Array.from(given);
      return { ids, field: fieldOf(i), added: 0, text: () => model.tokenizer.decode(given) };
    });
  }
  const addSpecialTokens = body.add_special_tokens ?? true;
  const texts = prompts.map((text, i) => ({ text, field: fieldOf(i) }));
  const terms = { signal, contextLength: model.contextLength };
  const encoded = await encodePrompts(model, texts, addSpecialTokens, terms);
  const added = addSpecialTokens && model.tokenizer.addBos ? 1 : 0;
  return encoded.map(({ ids, field, text }) => ({ ids, field, added, text: () => text }));
}

function areTexts(prompts: string[] | number[][]): prompts is string[] {
  return typeof prompts[0] === 'string';
}
