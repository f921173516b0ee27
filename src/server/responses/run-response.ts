import type { GenerationRequest, RequestUsage, ThoughtEnd } from '../../engine/types.js';
import { KingletError } from '../../errors.js';
import { engineFailed } from '../../errors/availability.js';
import { missingParameter, unsupportedParameter } from '../../errors/requests.js';
import type { ServerContext } from '../context.js';
import { answeredName, type ServedModel } from '../served-model.js';
import { chatPrompt } from '../generation/chat-prompt.js';
import type { RequestRecord } from '../generation/record.js';
import { endingFields } from '../generation/ending-fields.js';
import { grammarOf, tellUnenforced, textFormatSources } from '../generation/structure.js';
import type { Steering } from '../generation/steering.js';
import { repetitionLimits } from '../generation/repetition.js';
import { generationRequest, newId } from '../generation/request.js';
import { generate } from '../generation/run.js';
import { type AnswerPiece, joinedParts, ToolAnswer } from '../generation/tool-answer.js';
import { askedThinking, thoughtLimits } from '../generation/thinking.js';
import type { RequestedTools } from '../generation/tool-request.js';
import { toKingletError } from '../plugins/errors.js';
import { votedEvents, type VotedEvent, type VoteResult } from '../voting/voted-events.js';
import { votePlan } from '../voting/vote-plan.js';
import type { Message } from '../schemas/messages.js';
import { assistantMessage, inputMessages } from './conversation.js';
import type { ResponseHistory } from './history.js';
import { ResponseOutput, type OutputEvent } from './output.js';
import { responseObject, type ResponseHead, type ResponseProgress } from './response-object.js';
import { responseTools } from './response-tools.js';
import type { ResponseCreate } from './schema.js';

/** What a response needs of its connection. */
export interface ResponseScope {
  readonly context: ServerContext;
  readonly history: ResponseHistory;
  readonly cacheSalt: string;
  readonly signal: AbortSignal;
  readonly record: RequestRecord;
  /** Told once the response can be steered. */
  readonly begun: (id: string, steering: Steering) => void;
  /** Sends an event of this response; resolves when the reader has room for the next. */
  readonly emit: (event: OutputEvent) => Promise<void>;
}

/**
 * Answers one `response.create`, from `response.created` to `response.completed`, `.incomplete` or
 * `.failed`, and remembers it. Throws what is wrong with the request before the first event.
 */
export async function runResponse(scope: ResponseScope, request: ResponseCreate): Promise<void> {
  const { context, emit, signal, record } = scope;
  const model = context.modelNamed(request.model);
  const conversation = conversationOf(scope, request);
  const tools = responseTools(model, request);
  if ((request.n ?? 1) > 1 && request.vote === undefined) {
    throw unsupportedParameter('n', "a response is one answer; several samples need a 'vote'");
  }
  const vote = await votePlan(model, request, { tools: tools.plan !== null, signal });
  const generation = await toGeneration(scope, model, request, { conversation, tools });
  const run = generate(context, model, generation, record, signal);
  const events = vote === null ? run.events : votedEvents(run, vote);
  const head = headOf(answeredName(model, request.model), request, generation);
  scope.begun(head.id, run.steering);
  const output = new ResponseOutput();
  const progress = (rest: Partial<ResponseProgress>) =>
    responseObject(head, { status: 'in_progress', output: output.items, usage: null, ...rest });
  await emit({ type: 'response.created', response: progress({}) });
  await emit({ type: 'response.in_progress', response: progress({}) });
  try {
    const answer = new ToolAnswer(tools.plan);
    const ending = await emitOutput(scope, request, events, { output, answer });
    const { status, usage, turn, additions } = ending;
    scope.history.add(
      head.id,
      turn === null ? conversation : [...conversation, turn],
      usage.promptTokens + usage.completionTokens,
    );
    await emit({ type: `response.${status}`, response: progress({ status, usage, additions }) });
  } catch (error) {
    const known = toKingletError(error);
    if (known.code !== 'cancelled' && known.code !== 'reader_stalled') {
      await emit({
        type: 'response.failed',
        response: progress({ status: 'failed', error: known.message }),
      });
    }
    throw error;
  }
}

function headOf(
  model: string,
  request: ResponseCreate,
  { id, sampling }: GenerationRequest,
): ResponseHead {
  const { temperature, topP, presencePenalty, frequencyPenalty } = sampling;
  const createdAt = Math.floor(Date.now() / 1000);
  return {
    id,
    model,
    request,
    temperature,
    topP,
    presencePenalty,
    frequencyPenalty,
    createdAt,
  };
}

/** How a generation ended. */
interface Ending {
  readonly status: 'completed' | 'incomplete';
  readonly usage: RequestUsage;
  /** The turn that it adds to the conversation; null where none was asked for. */
  readonly turn: Message | null;
  /** What the response says beside OpenAI's fields. */
  readonly additions: object;
}

/** Sends what is generated, item by item. */
async function emitOutput(
  { emit }: ResponseScope,
  request: ResponseCreate,
  events: AsyncIterable<VotedEvent>,
  { output, answer }: { readonly output: ResponseOutput; readonly answer: ToolAnswer },
): Promise<Ending> {
  let status: Ending['status'] = 'completed';
  let thought = '';
  let vote: VoteResult | null = null;
  let thoughtEnd: ThoughtEnd | null = null;
  let repetition = false;
  const pieces: AnswerPiece[] = [];
  for await (const event of events) {
    if (event.type === 'delta') {
      const { reasoning, finish } = event.delta;
      thoughtEnd ??= event.delta.thoughtEnd?.by ?? null;
      repetition ||= finish?.repetition === true;
      const read = answer.read(event.delta);
      thought += reasoning;
      pieces.push(...read);
      for (const part of output.delta(reasoning, read)) await emit(part);
      if (finish?.reason === 'length') status = 'incomplete';
    } else if (event.type === 'voteProgress') {
      await emit({ type: 'response.vote.progress', vote: event.vote });
    } else if (event.type === 'vote') {
      vote = event.vote;
    } else if (event.type === 'end') {
      const { usage } = event;
      const additions = { ...(vote !== null && { vote }), ...endingFields(repetition, thoughtEnd) };
      if (request.generate === false) {
        return { status: 'completed', usage, turn: null, additions };
      }
      for (const part of output.end(status)) await emit(part);
      const { text, calls } = joinedParts(pieces);
      return { status, usage, turn: assistantMessage(text, thought, calls), additions };
    }
  }
  // generate() ends with an `end` event or throws.
  throw engineFailed();
}

/** The messages that go on: those of the response that is continued, then the input's. */
function conversationOf(scope: ResponseScope, request: ResponseCreate): Message[] {
  const { previous_response_id: previous } = request;
  const messages = [
    ...(previous === undefined ? [] : scope.history.messages(previous)),
    ...inputMessages(request.input),
  ];
  if (messages.length === 0) throw missingParameter('input');
  return messages;
}

async function toGeneration(
  scope: ResponseScope,
  model: ServedModel,
  request: ResponseCreate,
  { conversation, tools }: { conversation: readonly Message[]; tools: RequestedTools },
) {
  const { context } = scope;
  // Instructions are this response's alone: they are rendered, and not remembered.
  const messages: readonly Message[] =
    request.instructions === undefined
      ? conversation
      : [{ role: 'system', content: request.instructions }, ...conversation];
  const held = { sources: textFormatSources(request.text), tools: tools.plan, ignoreEos: false };
  const grammar = await grammarOf(model, held, scope.signal);
  tellUnenforced(context, grammar.unenforced, null);
  const asked = askedThinking(request, request.chat_template_kwargs, {
    effort: request.reasoning?.effort,
    field: 'reasoning.effort',
  });
  const promptScope = {
    ...{ signal: scope.signal, answered: true, toolsJson: tools.toolsJson },
    thinks: asked.enabled,
  };
  const prompt = await chatPrompt(context, model, messages, request, promptScope).catch(
    (error: unknown) => {
      throw inResponsesNames(error, request.instructions !== undefined);
    },
  );
  return generationRequest(model, {
    id: newId('resp'),
    promptIds: prompt.ids,
    fields: { ...request, n: request.n ?? 1 },
    maxTokens: request.generate === false ? 0 : (request.max_output_tokens ?? null),
    defaultMaxTokens: model.defaults.maxNewTokens ?? null,
    maxTokensField: 'max_output_tokens',
    promptField: 'input',
    topLogprobs: null,
    promptTopLogprobs: null,
    reasoning: prompt.reasoning,
    thought: (maxTokens) => {
      const field = request.max_output_tokens === undefined ? null : 'max_output_tokens';
      return thoughtLimits(context, model, asked, { maxTokens, field });
    },
    repetition: repetitionLimits(context.config, request.repetition_detection, {
      thinks: prompt.reasoning !== null,
      ignoreEos: false,
    }),
    grammar: grammar.use,
    tools: tools.plan,
    cacheSalt: scope.cacheSalt,
    maxStopBytes: context.config.maxStopBytes,
  });
}

/** An error of the prompt under the names of this API: the messages come from other fields here. */
function inResponsesNames(error: unknown, hasInstructions: boolean): unknown {
  if (!(error instanceof KingletError) || error.param === null) return error;
  const message = /^messages(?:\[(\d+)\].*)?$/.exec(error.param);
  if (message === null) return error;
  const param = hasInstructions && message[1] === '0' ? 'instructions' : 'input';
  return new KingletError(error.code, error.message.replace(`'${error.param}'`, `'${param}'`), {
    param,
    cause: error,
  });
}
