import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GenerationRequest } from '../../engine/types.js';
import { invalidValue } from '../../errors/requests.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import { SseBody } from '../sse-body.js';
import { ChatAnswer } from '../generation/chat-answer.js';
import { chatPrompt } from '../generation/chat-prompt.js';
import { chatTools } from '../generation/chat-tools.js';
import { collect } from '../generation/collect.js';
import { grammarOf, heldTo, tellUnenforced } from '../generation/structure.js';
import { repetitionLimits } from '../generation/repetition.js';
import { generationRequest, newId } from '../generation/request.js';
import { generate } from '../generation/run.js';
import { askedThinking, thoughtLimits } from '../generation/thinking.js';
import type { RequestedTools } from '../generation/tool-request.js';
import { chatCompletionSchema, type ChatCompletionBody } from '../schemas/chat-completion.js';
import { checkBestOf, checkStreamOptions } from '../schemas/fields.js';
import { unbuiltMessages } from '../schemas/unbuilt.js';
import { votedEvents } from '../voting/voted-events.js';
import { votePlan } from '../voting/vote-plan.js';
import { answerGeneration } from './answer-generation.js';

/** POST /v1/chat/completions. */
export function chatCompletions(app: FastifyInstance, context: ServerContext) {
  const options = {
    schema: { body: chatCompletionSchema(context.config) },
    preValidation: unbuiltMessages,
  };
  app.post<{ Body: ChatCompletionBody }>('/v1/chat/completions', options, (request, reply) =>
    answerGeneration(context, request, reply, async (record, signal) => {
      const { body } = request;
      const model = context.modelNamed(body.model);
      const tools = chatTools(model, body);
      const vote = await votePlan(model, body, { tools: tools.plan !== null, signal });
      const scope = { signal, cacheSalt: request.cacheSalt, tools, reply };
      const generation = await toGeneration(context, model, body, scope);
      const { id, promptIds } = generation;
      const answer = new ChatAnswer(context, model, body, { id, tools: tools.plan });
      const run = generate(context, model, generation, record, signal);
      const events = vote === null ? run.events : votedEvents(run, vote);
      const n = vote === null ? generation.n : 1;
      const chat = { salt: request.cacheSalt, steering: run.steering };
      if (body.stream !== true) {
        const collected = await context.steered.during(id, chat, () => collect(events, n));
        return answer.whole(collected);
      }
      const stream = SseBody.open(reply, signal, context.config.readerStallSeconds);
      const write = () => answer.stream(stream, events, { n, promptIds });
      return { stream, write: () => context.steered.during(id, chat, write) };
    }),
  );
}

/** What of a chat is not in its body. */
interface ChatScope {
  readonly cacheSalt: string;
  readonly signal: AbortSignal;
  readonly tools: RequestedTools;
  readonly reply: FastifyReply;
}

async function toGeneration(
  context: ServerContext,
  model: ServedModel,
  body: ChatCompletionBody,
  { cacheSalt, signal, tools, reply }: ChatScope,
): Promise<GenerationRequest> {
  checkTogether(body);
  const grammar = await grammarOf(model, heldTo(body, tools.plan), signal);
  tellUnenforced(context, grammar.unenforced, reply);
  const asked = askedThinking(body, body.chat_template_kwargs, {
    effort: body.reasoning_effort,
    field: 'reasoning_effort',
  });
  const scope = { signal, answered: true, toolsJson: tools.toolsJson, thinks: asked.enabled };
  const prompt = await chatPrompt(context, model, body.messages, body, scope);
  if (context.config.logPrompts) context.log.info({ prompt: prompt.text }, 'prompt');
  const maxTokensField =
    body.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens';
  return generationRequest(model, {
    id: newId('chatcmpl'),
    promptIds: prompt.ids,
    fields: body,
    maxTokens: body[maxTokensField] ?? null,
    defaultMaxTokens: model.defaults.maxNewTokens ?? null,
    maxTokensField,
    promptField: 'messages',
    topLogprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : null,
    promptTopLogprobs: null,
    reasoning: prompt.reasoning,
    thought: (maxTokens) => {
      const field = body[maxTokensField] === undefined ? null : maxTokensField;
      return thoughtLimits(context, model, asked, { maxTokens, field });
    },
    repetition: repetitionLimits(context.config, body.repetition_detection, {
      thinks: prompt.reasoning !== null,
      ignoreEos: body.ignore_eos === true,
    }),
    grammar: grammar.use,
    tools: tools.plan,
    cacheSalt,
    maxStopBytes: context.config.maxStopBytes,
  });
}

/** Fields that mean something only beside another. */
function checkTogether(body: ChatCompletionBody): void {
  if (body.top_logprobs !== undefined && body.top_logprobs > 0 && body.logprobs !== true) {
    throw invalidValue('top_logprobs', "it can be asked for only together with 'logprobs': true");
  }
  checkBestOf(body);
  checkStreamOptions(body);
}
